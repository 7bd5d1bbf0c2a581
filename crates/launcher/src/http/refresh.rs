//! `POST /api/sync/refresh-establishment`: the address and the shape that today's dashboard uses.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, VARY};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sync_protocol::Summary;
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::{InBody, RefreshRequest, SchoolOf};
use super::openapi::problems::RefreshProblems;
use super::preconditions::{Target, expect_no_tag};
use super::preferences::{PREFER, PREFERENCE_APPLIED, RESPOND_ASYNC, prefers_async};
use super::state::AppState;
use crate::cache::Cleared;
use crate::problem::Problem;
use crate::refresh::{Requested, join_or_start};
use crate::runs::RunView;
use crate::supervise::Ending;

/// A refresh that finished. Members are named as today's dashboard and the summary name them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refreshed {
    /// Always true.
    success: bool,
    /// A sentence for a person.
    message: String,
    /// Whether some rows were not saved; the summary's warnings name them.
    partial: bool,
    /// Whether the run had been started by an earlier request.
    joined: bool,
    /// The run.
    run_id: Uuid,
    /// What it did.
    summary: Summary,
    /// Whether the school's entries in the dashboard's cache are gone; absent if there is no cache to clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_cleared: Option<bool>,
    /// How many entries were removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_keys_deleted: Option<u64>,
    /// Anything else to know, as sentences.
    warnings: Vec<String>,
}

/// A run that has not ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Whether the run had been started by an earlier request.
    joined: bool,
    #[serde(flatten)]
    run: RunView,
}

/// Refresh one school
///
/// Waits for the end of the run, at most for `LAUNCHER_MAX_WAIT`; then, or with `Prefer: respond-async`, answers 202 with the
/// run's address. The run continues if the caller leaves.
#[utoipa::path(
    post,
    path = "/api/sync/refresh-establishment",
    operation_id = "refreshEstablishment",
    tag = "refresh",
    request_body = RefreshRequest,
    params(("Prefer" = Option<String>, Header, description = "`respond-async` for an immediate answer")),
    responses(
        (status = 200, description = "Refreshed", body = Refreshed),
        (
            status = 202,
            description = "The run has not ended",
            body = Accepted,
            headers(
                ("Location" = String, description = "The run's address"),
                ("Preference-Applied" = String, description = "`respond-async`, if that was preferred"),
            ),
        ),
        RefreshProblems,
    ),
)]
pub(crate) async fn refresh(
    state: Data<AppState>,
    request: HttpRequest,
    asked: SchoolOf<InBody>,
) -> Result<HttpResponse, Problem> {
    expect_no_tag(&request, Target::WriteOnly)?;
    let requested = join_or_start(&state.services, asked.school(), asked.caller());
    let requested = asked.deadline().within(requested).await?;
    let mut response = if prefers_async(request.headers()) {
        let mut response = accepted(&requested);
        let applied = HeaderValue::from_static(RESPOND_ASYNC);
        response.headers_mut().insert(PREFERENCE_APPLIED, applied);
        response
    } else {
        at_the_end(&state, &asked, &requested).await?
    };
    response
        .headers_mut()
        .append(VARY, HeaderValue::from(PREFER));
    Ok(response)
}

/// The run's end, if it comes in time.
async fn at_the_end(
    state: &AppState,
    asked: &SchoolOf<InBody>,
    requested: &Requested,
) -> Result<HttpResponse, Problem> {
    let left = state
        .config
        .max_wait
        .saturating_sub(asked.arrived().elapsed());
    let services = &state.services;
    let closing = async {
        services.background.closing().await;
        // One of our own ends before we do.
        if !services.coordinator.is_elsewhere(&requested.run) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        (ending, cache) = requested.run.wait() => finished(requested, ending, cache.as_ref()),
        () = tokio::time::sleep(left) => Ok(accepted(requested)),
        () = closing => Ok(accepted(requested)),
    }
}

fn accepted(Requested { run, has_joined }: &Requested) -> HttpResponse {
    HttpResponse::build(StatusCode::ACCEPTED)
        .insert_header((LOCATION, format!("/api/sync/runs/{}", run.id)))
        .json(Accepted {
            joined: *has_joined,
            run: run.view(),
        })
}

fn finished(
    Requested { run, has_joined }: &Requested,
    ending: Ending,
    cache: Option<&Cleared>,
) -> Result<HttpResponse, Problem> {
    let summary = match ending {
        Ending::Finished(summary) => *summary,
        Ending::Failed { problem, .. } => return Err(problem.of_run(run.id)),
    };
    let mut warnings = Vec::new();
    if cache.is_some_and(|cleared| !cleared.is_complete) {
        warnings.push(
            "The dashboard's cache could not be cleared, so some figures may be out of date for up to half an hour."
                .to_owned(),
        );
    }
    Ok(HttpResponse::Ok().json(Refreshed {
        success: true,
        message: message(&summary, &run.school.name),
        partial: summary.partial,
        joined: *has_joined,
        run_id: run.id,
        summary,
        cache_cleared: cache.map(|cleared| cleared.is_complete),
        cache_keys_deleted: cache.map(|cleared| cleared.keys_deleted),
        warnings,
    }))
}

fn message(summary: &Summary, school: &str) -> String {
    if summary.partial {
        format!(
            "Data refreshed for {school}, except for the rows that the database refused; see the summary's warnings"
        )
    } else {
        format!("Data refreshed successfully for {school}")
    }
}
