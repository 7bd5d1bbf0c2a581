//! `sync-launcher schools` and `sync-launcher runs`: prints the launcher's lists as one document.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use sync_protocol::{EstablishmentId, KnackRecordId};
use uuid::Uuid;

use super::api::{Api, ApiError};
use super::wire::{PastOutcome, PastRun, Problem, School};
use crate::args::RunsArgs;

/// The caller's schools.
#[derive(Debug, Serialize)]
pub(super) struct SchoolsListed {
    pub(super) last_full_sync_at: Option<Timestamp>,
    pub(super) schools: Vec<SchoolListed>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct SchoolListed {
    pub(super) establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    pub(super) name: String,
    pub(super) last_refresh_at: Option<Timestamp>,
    pub(super) stale: bool,
}

/// Runs, the newest first.
#[derive(Debug, Serialize)]
pub(super) struct RunsListed {
    pub(super) runs: Vec<RunListed>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct RunListed {
    run_id: Uuid,
    /// `null` for a job that copied all schools.
    pub(super) establishment_name: Option<String>,
    pub(super) source: String,
    pub(super) outcome: PastOutcome,
    pub(super) started_by: Option<String>,
    pub(super) started_at: Timestamp,
    finished_at: Option<Timestamp>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) message: Option<String>,
}

pub(super) async fn schools(api: &Api) -> Result<SchoolsListed, ApiError> {
    let list = api.schools().await?;
    let schools = list.establishments.into_iter().map(|school| SchoolListed {
        establishment_id: school.establishment_id,
        establishment_uuid: school.establishment_uuid,
        name: school.name,
        last_refresh_at: school.last_refresh_at,
        stale: school.stale,
    });
    Ok(SchoolsListed {
        last_full_sync_at: list.last_full_sync_at,
        schools: schools.collect(),
    })
}

pub(super) async fn runs(api: &Api, args: &RunsArgs) -> Result<RunsListed, ApiError> {
    let schools = api.schools().await?.establishments;
    let schools = asked_for(schools, &args.school)?;
    let mut seen = HashSet::new();
    let mut runs = Vec::new();
    for school in &schools {
        let of_school = patiently(api, school).await?;
        // A job for all schools is in each school's list.
        let new = of_school.into_iter().filter(|run| seen.insert(run.run_id));
        let wanted = new.filter(|run| !args.failed || needs_attention(run.outcome));
        runs.extend(wanted.map(|run| listed(run, school)));
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_at));
    runs.truncate(args.last);
    Ok(RunsListed { runs })
}

/// So many schools may be more than one caller's requests of a minute.
async fn patiently(api: &Api, school: &School) -> Result<Vec<PastRun>, ApiError> {
    loop {
        match api.runs_of(school.establishment_id).await {
            Ok(history) => return Ok(history.runs),
            Err(ApiError::Problem(problem)) if problem.code == "too_many_requests" => {
                let pause = problem.retry_after_seconds.unwrap_or(1).clamp(1, 60);
                tokio::time::sleep(std::time::Duration::from_secs(pause)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn asked_for(schools: Vec<School>, ids: &[EstablishmentId]) -> Result<Vec<School>, ApiError> {
    let is_named = |school: &School| {
        ids.contains(&EstablishmentId::Knack(school.establishment_id))
            || ids.contains(&EstablishmentId::Supabase(school.establishment_uuid))
    };
    let chosen: Vec<School> = schools
        .into_iter()
        .filter(|school| ids.is_empty() || is_named(school))
        .collect();
    if chosen.is_empty() && !ids.is_empty() {
        return Err(ApiError::Problem(Problem {
            code: "establishment_not_found".to_owned(),
            detail: "There is no such school, or the token does not cover it. Check the id against `sync-launcher schools`.".to_owned(),
            retryable: false,
            retry_after_seconds: None,
            run_id: None,
        }));
    }
    Ok(chosen)
}

fn needs_attention(outcome: PastOutcome) -> bool {
    matches!(
        outcome,
        PastOutcome::Failed | PastOutcome::Partial | PastOutcome::Unfinished
    )
}

fn listed(run: PastRun, school: &School) -> RunListed {
    RunListed {
        run_id: run.run_id,
        establishment_name: (run.source != "nightly").then(|| school.name.clone()),
        source: run.source,
        outcome: run.outcome,
        started_by: run.started_by,
        started_at: run.started_at,
        finished_at: run.finished_at,
        duration_seconds: run.duration_seconds,
        message: run.message,
    }
}
