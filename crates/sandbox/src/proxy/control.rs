//! The proxy's own HTTP surface, for a page, a script or another process that wants a fault.

use actix_web::web::{Data, Json, ServiceConfig, delete, get, post};
use actix_web::{HttpResponse, web};

use super::rule::ProxyRule;
use super::seen::Seen;
use super::state::State;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/_sandbox/faults")
                .route(post().to(inject))
                .route(delete().to(clear)),
        )
        .service(
            web::resource("/_sandbox/seen")
                .route(get().to(seen))
                .route(delete().to(forget)),
        );
}

async fn inject(state: Data<State>, Json(rule): Json<ProxyRule>) -> HttpResponse {
    state.rules.add(rule);
    HttpResponse::NoContent().finish()
}

async fn clear(state: Data<State>) -> HttpResponse {
    state.rules.clear();
    HttpResponse::NoContent().finish()
}

async fn seen(state: Data<State>) -> Json<Vec<Seen>> {
    Json(state.log.all())
}

async fn forget(state: Data<State>) -> HttpResponse {
    state.log.clear();
    HttpResponse::NoContent().finish()
}
