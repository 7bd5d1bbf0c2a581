//! `/api/sync/runs/{run}`: a run's state, and stopping it.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::extract::{RunInPath, RunOf};
use super::openapi::problems::{CancelProblems, RunProblems};
use super::preconditions::{Target, expect_no_tag};
use super::state::AppState;
use crate::problem::Problem;
use crate::runs::RunView;

/// A run's state
#[utoipa::path(
    get,
    path = "/api/sync/runs/{run}",
    operation_id = "showRun",
    tag = "runs",
    params(RunInPath),
    responses(
        (status = 200, description = "The run", body = RunView),
        RunProblems,
    ),
)]
pub(crate) async fn show(asked: RunOf) -> HttpResponse {
    HttpResponse::Ok().json(asked.run().view())
}

/// Stop a run
///
/// Rows already saved are kept. A run that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/api/sync/runs/{run}",
    operation_id = "cancelRun",
    tag = "runs",
    params(RunInPath),
    responses(
        (status = 200, description = "It had ended, or was being stopped already", body = RunView),
        (status = 202, description = "It is being stopped", body = RunView),
        CancelProblems,
    ),
)]
pub(crate) async fn cancel(
    state: Data<AppState>,
    request: HttpRequest,
    asked: RunOf,
) -> Result<HttpResponse, Problem> {
    expect_no_tag(&request, Target::Readable)?;
    let run = asked.run();
    let stopping = state.services.coordinator.stop(run).await;
    let is_first = stopping.map_err(|_| Problem::coordinator_unreachable())?;
    let status = if is_first {
        tracing::info!(run_id = %run.id, by = asked.caller().name(), "a run is being stopped");
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    Ok(HttpResponse::build(status).json(run.view()))
}
