//! `/api/sync/runs/{run}`: how a run goes, and stopping it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::Front;
use crate::problem::{Problem, ProblemDetails};
use crate::runs::RunView;

/// How a run goes
#[utoipa::path(
    get,
    path = "/api/sync/runs/{run}",
    tag = "runs",
    params(("run" = String, Path, description = "The run's id")),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 401, description = "Who is calling?", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such run, or another school's", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The user named is not known", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "Access cannot be checked", body = ProblemDetails, content_type = "application/problem+json"),
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
    tag = "runs",
    params(("run" = String, Path, description = "The run's id")),
    responses(
        (status = 200, description = "It had ended, or was being stopped already", body = RunView),
        (status = 202, description = "It is being stopped", body = RunView),
        (status = 401, description = "Who is calling?", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such run, or another school's", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "The user named is not known", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "Access cannot be checked", body = ProblemDetails, content_type = "application/problem+json"),
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
