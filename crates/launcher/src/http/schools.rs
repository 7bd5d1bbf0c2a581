//! What is told of schools: how fresh they are, which are the caller's, and what the page draws.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use dashboard::School;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sync_protocol::{AcademicYear, EstablishmentId, KnackRecordId};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ListProblems, SchoolProblems};
use super::caller::establishment_id;
use super::{Front, in_time};
use crate::clock;
use crate::launcher::unreadable;
use crate::overview::{CommentCounts, CycleFigures};
use crate::problem::Problem;
use crate::runs::RunView;

/// Which school a status is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct StatusQuery {
    #[serde(rename = "establishmentId", default)]
    establishment_id: String,
}

/// How fresh a school is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchoolStatus {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    establishment_name: String,
    academic_year: AcademicYear,
    /// When this school was refreshed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
    /// When all schools were synced last, if those syncs are logged.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_full_sync_at: Option<Timestamp>,
    /// Whether both are long ago, or never were.
    stale: bool,
    /// The run that goes on.
    active_run: Option<RunView>,
    /// Whole seconds until the next refresh may start; 0 if it may start now.
    cooldown_seconds: u64,
    /// What a refresh of this school usually takes, as a median.
    usual_duration_seconds: Option<f64>,
}

/// A school of the caller's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchoolEntry {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    name: String,
    /// When it was refreshed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
}

/// The caller's schools.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchoolList {
    establishments: Vec<SchoolEntry>,
}

/// What the page draws of a school.
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
    /// Students who have not completed any; unknown until a refresh has counted them.
    not_completed: Option<u64>,
    /// Completed of all, from 0 to 1, where that is known.
    response_rate: Option<f64>,
    /// By cycle.
    cycles: Vec<CycleFigures>,
    comments: CommentCounts,
    /// When this school was refreshed last.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_refresh_at: Option<Timestamp>,
}

/// How fresh a school is
#[utoipa::path(
    get,
    path = "/api/sync/status",
    operation_id = "schoolStatus",
    tag = "schools",
    params(("establishmentId" = String, Query, description = "The school, by its Knack record id or its Supabase UUID", pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")),
    responses(
        (status = 200, description = "The status", body = SchoolStatus),
        SchoolProblems,
    ),
)]
pub(crate) async fn status(
    front: Data<Front>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let caller = front.caller(&request).await?;
    let query = Query::<StatusQuery>::from_query(request.query_string());
    let asked = query.map_or_else(
        |_| String::new(),
        |query| query.into_inner().establishment_id,
    );
    let id = establishment_id(&asked)?;
    let launcher = &front.launcher;
    let (school, history, full_sync) = in_time(async {
        let school = front.school(&caller, id).await?;
        let (history, full_sync) = tokio::try_join!(
            launcher.history.of_school(&school),
            launcher.history.last_full_sync()
        )
        .map_err(unreadable)?;
        Ok((school, history, full_sync))
    })
    .await?;
    let now = clock::now();
    let newest = history.last_refresh.max(full_sync);
    let stale_after = SignedDuration::try_from(front.config.stale_after).unwrap_or_default();
    Ok(HttpResponse::Ok().json(SchoolStatus {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        establishment_name: school.name.clone(),
        academic_year: school.academic_year(clock::today()),
        last_refresh_at: history.last_refresh,
        last_full_sync_at: full_sync,
        stale: newest.is_none_or(|newest| now.duration_since(newest) > stale_after),
        active_run: launcher.runs.active(&school).map(|run| run.view()),
        cooldown_seconds: history
            .cooldown_seconds(now)
            .max(launcher.runs.cooldown_seconds(&school)),
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
pub(crate) async fn list(
    front: Data<Front>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let caller = front.caller(&request).await?;
    let launcher = &front.launcher;
    let (schools, last) = in_time(async {
        let mut schools = match caller.authority.candidates() {
            None => launcher.directory.all().await.map_err(unreadable)?,
            Some(ids) => front.some_schools(ids.iter().copied()).await?,
        };
        schools.retain(|school| caller.authority.covers(school));
        let last = launcher.history.last_refreshes(&schools).await;
        Ok((schools, last.map_err(unreadable)?))
    })
    .await?;
    let entry = |school: &School| SchoolEntry {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        name: school.name.clone(),
        last_refresh_at: last.get(&school.id).copied(),
    };
    Ok(HttpResponse::Ok().json(SchoolList {
        establishments: schools.iter().map(entry).collect(),
    }))
}

/// What the page draws of a school
#[utoipa::path(
    get,
    path = "/api/establishments/{id}/overview",
    operation_id = "schoolOverview",
    tag = "schools",
    params(("id" = String, Path, description = "The school, by its Knack record id or its Supabase UUID", pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")),
    responses(
        (status = 200, description = "The overview", body = Overview),
        SchoolProblems,
    ),
)]
pub(crate) async fn overview(
    front: Data<Front>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let caller = front.caller(&request).await?;
    let id = establishment_id(&id)?;
    let launcher = &front.launcher;
    let (school, figures, history) = in_time(async {
        let school = front.school(&caller, id).await?;
        let (figures, history) = tokio::try_join!(
            launcher.overviews.of(&school),
            launcher.history.of_school(&school)
        )
        .map_err(unreadable)?;
        Ok((school, figures, history))
    })
    .await?;
    // Those Knack knows of without a date, and those stored without a score.
    let without_scores = figures.students - figures.completed;
    let not_completed = history
        .not_completed
        .map(|counted| counted + without_scores);
    Ok(HttpResponse::Ok().json(Overview {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        establishment_name: school.name.clone(),
        academic_year: school.academic_year(clock::today()),
        students: figures.students,
        completed: figures.completed,
        not_completed,
        response_rate: not_completed.and_then(|missing| rate(figures.completed, missing)),
        cycles: figures.cycles,
        comments: figures.comments,
        last_refresh_at: history.last_refresh,
    }))
}

impl Front {
    /// Those that the dashboard knows, by name; each once, however often and in whatever spelling it is named.
    async fn some_schools(
        &self,
        ids: impl Iterator<Item = EstablishmentId>,
    ) -> Result<Vec<School>, Problem> {
        let mut schools = Vec::new();
        for id in ids {
            let found = self.launcher.directory.find(id).await.map_err(unreadable)?;
            schools.extend(found.as_deref().cloned());
        }
        schools.sort_by(|a: &School, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        schools.dedup_by_key(|school| school.id);
        Ok(schools)
    }
}

fn rate(completed: u64, missing: u64) -> Option<f64> {
    let as_float = |n: u64| u32::try_from(n).map(f64::from).ok();
    let all = as_float(completed + missing)?;
    (all > 0.0).then(|| (as_float(completed).unwrap_or(0.0) / all * 1_000.0).round() / 1_000.0)
}
