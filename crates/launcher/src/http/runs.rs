//! `/api/sync/runs/{run}`: how a run goes, and stopping it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::Front;
use super::answers::RunProblems;
use crate::problem::Problem;
use crate::runs::RunView;

/// How a run goes
#[utoipa::path(
    get,
    path = "/api/sync/runs/{run}",
    operation_id = "showRun",
    tag = "runs",
    params(("run" = Uuid, Path, description = "The run's id")),
    responses(
        (status = 200, description = "The run", body = RunView),
        RunProblems,
    ),
)]
pub(crate) async fn show(
    front: Data<Front>,
    request: HttpRequest,
    run: Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = front.caller(&request).await?;
    let run = front.run(&caller, &run)?;
    Ok(HttpResponse::Ok().json(run.view()))
}

/// Stop a run
///
/// Rows already saved stay. A run that has ended is left as it is.
#[utoipa::path(
    delete,
    path = "/api/sync/runs/{run}",
    operation_id = "cancelRun",
    tag = "runs",
    params(("run" = Uuid, Path, description = "The run's id")),
    responses(
        (status = 200, description = "It had ended, or was being stopped already", body = RunView),
        (status = 202, description = "It is being stopped", body = RunView),
        RunProblems,
    ),
)]
pub(crate) async fn cancel(
    front: Data<Front>,
    request: HttpRequest,
    run: Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = front.caller(&request).await?;
    let run = front.run(&caller, &run)?;
    let status = if run.stop() {
        tracing::info!(run_id = %run.id, by = caller.name, "a run is being stopped");
        StatusCode::ACCEPTED
    } else {
        StatusCode::OK
    };
    Ok(HttpResponse::build(status).json(run.view()))
}
