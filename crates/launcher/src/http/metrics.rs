//! `GET /metrics`.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;

use super::extract::MetricsReader;
use super::openapi::problems::MetricsProblems;
use super::state::AppState;
use crate::problem::Problem;

/// Figures for Prometheus
///
/// For this machine itself, or with `LAUNCHER_METRICS_TOKEN` as bearer where that is set. With `LAUNCHER_METRICS_BIND`, at that
/// address alone.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operations", security((), ("metrics" = [])),
    responses(
        (status = 200, description = "In Prometheus's text format", body = String, content_type = "text/plain"),
        MetricsProblems,
    ))]
pub(crate) async fn metrics(
    state: Data<AppState>,
    _reader: MetricsReader,
) -> Result<HttpResponse, Problem> {
    let services = &state.services;
    let (running, queued) = services.coordinator.load();
    let gauge = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    services.metrics.running.set(gauge(running));
    services.metrics.queued.set(gauge(queued));
    let text = services
        .metrics
        .text()
        .map_err(|_| Problem::metrics_unwritten())?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(text))
}
