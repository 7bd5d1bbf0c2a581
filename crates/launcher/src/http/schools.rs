//! `/api/establishments` and what belongs to a school: the caller's schools, how fresh their data is, and the figures
//! on the page.

use actix_web::HttpResponse;
use actix_web::web::Data;
use dashboard::School;
use futures_util::TryFutureExt;
use futures_util::future;
use jiff::Timestamp;
use serde::Serialize;
use sync_protocol::{AcademicYear, KnackRecordId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::deadline::AnswerDeadline;
use super::extract::{InPath, InQuery, SchoolInPath, SchoolInQuery, SchoolOf};
use super::openapi::problems::{ListProblems, SchoolProblems};
use super::state::AppState;
use crate::access::Caller;
use crate::clock;
use crate::freshness::is_stale;
use crate::overview::{CommentCounts, Completion, CycleFigures};
use crate::problem::Problem;
use crate::runs::RunView;

/// How fresh a school's data is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchoolStatus {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    establishment_name: String,
    academic_year: AcademicYear,
    /// The launcher's time, from which ages are calculated: a browser's clock may be wrong.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// When this school was last refreshed.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
    /// When all schools were last synced, if those syncs are logged.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_full_sync_at: Option<Timestamp>,
    /// Whether both are long ago, or there is neither.
    stale: bool,
    /// The run that is queued or running.
    active_run: Option<RunView>,
    /// Whole seconds until the next refresh may start; 0 if it may start now.
    cooldown_seconds: u64,
    /// How long a refresh of this school usually takes, as a median.
    usual_duration_seconds: Option<f64>,
}

/// One of the caller's schools.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchoolEntry {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    name: String,
    /// When it was last refreshed.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
    /// Whether that and the last sync of all schools are long ago, or there is neither.
    stale: bool,
}

/// The caller's schools.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchoolList {
    /// The launcher's time, from which ages are calculated: a browser's clock may be wrong.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// When all schools were last synced, if those syncs are logged.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_full_sync_at: Option<Timestamp>,
    establishments: Vec<SchoolEntry>,
}

/// What the page shows of a school.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    establishment_name: String,
    academic_year: AcademicYear,
    /// Students stored of this year.
    students: u64,
    /// Of them, those with at least one completed questionnaire.
    completed: u64,
    /// Of them, those without any.
    not_completed: u64,
    /// Completed of all stored, from 0 to 1; `null` where none is stored.
    response_rate: Option<f64>,
    /// Records of this school in Knack without a completion date, as the last refresh counted them. They are not stored, may
    /// be of students who have left, and are part of no rate. `null` until a refresh has counted them.
    without_completion_date: Option<u64>,
    /// Answers to the questions stored of this year; `null` where they could not be read.
    answers: Option<u64>,
    /// By cycle.
    cycles: Vec<CycleFigures>,
    comments: CommentCounts,
    /// When this school was last refreshed.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
    /// When its last refresh failed; `null` if one has succeeded since.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_failure_at: Option<Timestamp>,
}

/// How fresh a school's data is
#[utoipa::path(
    get,
    path = "/api/sync/status",
    operation_id = "schoolStatus",
    tag = "schools",
    params(SchoolInQuery),
    responses(
        (status = 200, description = "The status", body = SchoolStatus),
        SchoolProblems,
    ),
)]
pub(crate) async fn status(
    state: Data<AppState>,
    asked: SchoolOf<InQuery>,
) -> Result<HttpResponse, Problem> {
    let services = &state.services;
    let school = asked.school();
    let history = services.history.of_school(school);
    let reading = future::try_join(history, services.history.last_full_sync());
    let reading = reading.map_err(Problem::database_unavailable);
    let (history, last_full_sync) = asked.deadline().within(reading).await?;
    let metrics = &services.metrics.runs;
    if let Some(at) = history.last_refresh {
        metrics.refreshed(school.knack_id, at);
    }
    let newest = history.last_refresh.max(last_full_sync);
    // Of the runs of launchers that cannot be asked, nothing is said.
    let active = services.coordinator.active(school).await.ok().flatten();
    let now = clock::now();
    Ok(HttpResponse::Ok().json(SchoolStatus {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        establishment_name: school.name.clone(),
        academic_year: school.academic_year(clock::now()),
        now,
        last_refresh_at: history.last_refresh,
        last_full_sync_at: last_full_sync,
        stale: is_stale(newest, state.config.stale_after, now),
        active_run: active.map(|run| run.view()),
        cooldown_seconds: services.cooldown_seconds(school, &history).await,
        usual_duration_seconds: history.usual_seconds,
    }))
}

/// The caller's schools
#[utoipa::path(
    get,
    path = "/api/establishments",
    operation_id = "listSchools",
    tag = "schools",
    responses(
        (status = 200, description = "By name", body = SchoolList),
        ListProblems,
    ),
)]
pub(crate) async fn list(state: Data<AppState>, caller: Caller) -> Result<HttpResponse, Problem> {
    let services = &state.services;
    let reading = async {
        let schools = services.schools.schools_for(&caller).await?;
        let last = services.history.last_refreshes(&schools);
        let both = tokio::try_join!(last, services.history.last_full_sync());
        let (last, last_full_sync) = both.map_err(Problem::database_unavailable)?;
        Ok((schools, last, last_full_sync))
    };
    let (schools, last, last_full_sync) = AnswerDeadline::start().within(reading).await?;
    let metrics = &services.metrics.runs;
    metrics.last_syncs(&schools, &last, last_full_sync);
    let now = clock::now();
    let entry = |school: &School| {
        let last_refresh_at = last.get(&school.id).copied();
        let newest = last_refresh_at.max(last_full_sync);
        SchoolEntry {
            establishment_id: school.knack_id,
            establishment_uuid: school.id,
            name: school.name.clone(),
            last_refresh_at,
            stale: is_stale(newest, state.config.stale_after, now),
        }
    };
    Ok(HttpResponse::Ok().json(SchoolList {
        now,
        last_full_sync_at: last_full_sync,
        establishments: schools.iter().map(entry).collect(),
    }))
}

/// What the page shows of a school
#[utoipa::path(
    get,
    path = "/api/establishments/{id}/overview",
    operation_id = "schoolOverview",
    tag = "schools",
    params(SchoolInPath),
    responses(
        (status = 200, description = "The overview", body = Overview),
        SchoolProblems,
    ),
)]
pub(crate) async fn overview(
    state: Data<AppState>,
    asked: SchoolOf<InPath>,
) -> Result<HttpResponse, Problem> {
    let services = &state.services;
    let school = asked.school();
    let figures = services.overviews.of(school);
    let figures = figures.map_err(Problem::database_unavailable);
    let history = services.history.of_school(school);
    let history = history.map_err(Problem::database_unavailable);
    let reading = future::try_join(figures, history);
    let (figures, history) = asked.deadline().within(reading).await?;
    let completion = Completion::of(&figures);
    Ok(HttpResponse::Ok().json(Overview {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        establishment_name: school.name.clone(),
        academic_year: school.academic_year(clock::now()),
        students: figures.students,
        completed: figures.completed,
        not_completed: completion.not_completed,
        response_rate: completion.response_rate,
        without_completion_date: history.not_completed,
        answers: figures.answers,
        cycles: figures.cycles,
        comments: figures.comments,
        last_refresh_at: history.last_refresh,
        last_failure_at: history.last_failure(),
    }))
}
