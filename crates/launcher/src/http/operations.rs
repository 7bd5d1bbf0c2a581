//! What operators ask: is it alive, may it be sent requests, how much does it do.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::Front;
use super::answers::MetricsProblems;
use super::this_machine::is_sent_by_this_machine;
use crate::problem::{Code, Problem};
use crate::readiness::Readiness;

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
        (status = 503, description = "Not ready", body = Readiness),
    ))]
pub(crate) async fn readyz(front: Data<Front>) -> HttpResponse {
    let readiness = front.launcher.readiness().await;
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

/// Figures for Prometheus
///
/// For this machine itself, or with `LAUNCHER_METRICS_TOKEN` as bearer where that is set.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operations", security((), ("metrics" = [])),
    responses(
        (status = 200, description = "In Prometheus's text format", body = String, content_type = "text/plain"),
        MetricsProblems,
    ))]
pub(crate) async fn metrics(
    front: Data<Front>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if !front.may_see_metrics(&request) {
        return Err(Problem::new(
            Code::Unauthenticated,
            "The metrics are for this machine itself, or for who has their token.",
        ));
    }
    let launcher = &front.launcher;
    let (running, queued) = launcher.runs.load();
    let gauge = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    launcher.metrics.running.set(gauge(running));
    launcher.metrics.queued.set(gauge(queued));
    let text = launcher
        .metrics
        .text()
        .map_err(|_| Problem::new(Code::Internal, "The metrics cannot be written."))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(text))
}

impl Front {
    fn may_see_metrics(&self, request: &HttpRequest) -> bool {
        let Some(token) = &self.config.metrics_token else {
            return is_sent_by_this_machine(request);
        };
        let brought = request.headers().get(AUTHORIZATION);
        let brought = brought.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        brought.is_some_and(|brought| {
            brought
                .as_bytes()
                .ct_eq(token.expose_secret().as_bytes())
                .into()
        })
    }
}
