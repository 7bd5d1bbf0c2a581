//! Which address is answered by what.

use std::sync::Arc;

use actix_web::web::{self, Data, ServiceConfig};

use super::resource::{at, not_found};
use super::state::AppState;
use super::{events, health, metrics, openapi, page, refresh, runs, schools};

/// Everything that is answered.
pub(super) fn routes(app: &mut ServiceConfig, state: &Arc<AppState>) {
    app.app_data(Data::from(Arc::clone(state)))
        .service(
            at("/api/sync/refresh-establishment", "POST").route(web::post().to(refresh::refresh)),
        )
        .service(
            at("/api/sync/runs/{run}", "GET, DELETE")
                .route(web::get().to(runs::show))
                .route(web::delete().to(runs::cancel)),
        )
        .service(at("/api/sync/runs/{run}/events", "GET").route(web::get().to(events::follow)))
        .service(at("/api/sync/status", "GET").route(web::get().to(schools::status)))
        .service(at("/api/establishments", "GET").route(web::get().to(schools::list)))
        .service(
            at("/api/establishments/{id}/overview", "GET").route(web::get().to(schools::overview)),
        )
        .service(
            at("/healthz", "GET, HEAD")
                .route(web::get().to(health::healthz))
                .route(web::head().to(health::healthz)),
        )
        .service(
            at("/readyz", "GET, HEAD")
                .route(web::get().to(health::readyz))
                .route(web::head().to(health::readyz)),
        )
        .service(at("/metrics", "GET").route(web::get().to(metrics::metrics)))
        .service(
            at("/openapi.json", "GET, HEAD")
                .route(web::get().to(openapi::openapi_document))
                .route(web::head().to(openapi::openapi_document)),
        )
        .configure(|app| page::routes(app, state))
        .default_service(web::to(not_found));
}
