//! `POST /api/establishments/{id}/explain`: explains why a student is missing, or why their data is what it is.

use actix_web::HttpResponse;
use actix_web::web::Data;
use sync_protocol::Explanation;

use super::extract::{ExplainRequest, QuestionOf, SchoolInPath};
use super::openapi::problems::ExplainProblems;
use super::state::AppState;
use crate::explain::explain as answer;
use crate::problem::Problem;

/// Explain what becomes of a record
///
/// What the next refresh would do with this record or e-mail of the school, and why. Reads Knack and Supabase; nothing is
/// written. One question at a time for each school, and ten a minute for each caller.
#[utoipa::path(
    post,
    path = "/api/establishments/{id}/explain",
    operation_id = "explain",
    tag = "schools",
    request_body = ExplainRequest,
    params(SchoolInPath),
    responses(
        (status = 200, description = "The explanation", body = Explanation),
        ExplainProblems,
    ),
)]
pub(crate) async fn explain(
    state: Data<AppState>,
    asked: QuestionOf,
) -> Result<HttpResponse, Problem> {
    let QuestionOf {
        caller,
        school,
        question,
    } = asked;
    let explanation = answer(&state.services, &school, &caller, question).await?;
    Ok(HttpResponse::Ok().json(explanation))
}
