//! Maps each address to its handler.

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};

use super::resource::{at, not_found, reads};
use super::state::AppState;
use super::{
    changes, events, explain, health, history, metrics, openapi, page, refresh, runs, schools,
};

/// Which of the launcher's addresses is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Everything, but the metrics only if they have no address of their own.
    Main,
    /// The metrics and nothing else.
    Metrics,
}

/// Everything that is answered at this entrance.
pub(super) fn routes(app: &mut ServiceConfig, state: &Arc<AppState>, entrance: Entrance) {
    app.app_data(Data::from(Arc::clone(state)));
    if entrance == Entrance::Metrics || state.config.metrics_bind.is_none() {
        app.service(reads("/metrics", metrics::metrics));
    }
    if entrance == Entrance::Main {
        app.configure(api).configure(|app| page::routes(app, state));
    }
    app.default_service(web::to(not_found));
}

fn api(app: &mut ServiceConfig) {
    app.service(
        at("/api/sync/refresh-establishment", "POST").route(web::post().to(refresh::refresh)),
    )
    .service(reads("/api/sync/runs", history::list))
    .service(
        at("/api/sync/runs/{run}", "GET, HEAD, DELETE")
            .route(web::get().to(runs::show))
            .route(web::head().to(runs::show))
            .route(web::delete().to(runs::cancel)),
    )
    .service(
        at("/api/sync/runs/{run}/events", "GET, HEAD")
            .route(web::get().to(events::follow))
            .route(web::head().to(events::head)),
    )
    .service(reads("/api/sync/runs/{run}/changes", changes::changes))
    .service(reads("/api/sync/status", schools::status))
    .service(reads("/api/establishments", schools::list))
    .service(reads(
        "/api/establishments/{id}/overview",
        schools::overview,
    ))
    .service(at("/api/establishments/{id}/explain", "POST").route(web::post().to(explain::explain)))
    .service(reads("/healthz", health::healthz))
    .service(reads("/readyz", health::readyz))
    .service(reads("/openapi.json", openapi::openapi_document));
}
