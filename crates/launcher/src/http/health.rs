//! `/healthz` and `/readyz`: whether the service is alive, and whether it can start refreshes.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::Data;

use super::state::AppState;
use crate::readiness::{CHECKED_AGAIN_SECONDS, Readiness, readiness};

/// Alive
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "operations", security(()),
    responses((status = 200, description = "Alive", body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body("ok\n")
}

/// Ready to start refreshes
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "operations", security(()),
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness,
            headers(("Retry-After" = u64, description = "Seconds until the state is checked again"))),
    ))]
pub(crate) async fn readyz(state: Data<AppState>) -> HttpResponse {
    let readiness = readiness(&state.services).await;
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        let mut unready = HttpResponse::ServiceUnavailable();
        unready.insert_header((RETRY_AFTER, CHECKED_AGAIN_SECONDS));
        unready
    };
    response.json(readiness)
}
