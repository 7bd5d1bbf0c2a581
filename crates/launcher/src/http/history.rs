//! `/api/sync/runs?establishmentId=`: the last runs that concern a school, as `sync_logs` has them. Anyone may have written
//! those rows, so their texts are cut short, and masked as the texts of a refresh are.

use actix_web::HttpResponse;
use actix_web::web::Data;
use dashboard::sync_logs::{LoggedRun, Status};
use futures_util::TryFutureExt;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sync_protocol::{AcademicYear, Changes, KnackRecordId, SkipReason, WarningCode};
use utoipa::ToSchema;
use uuid::Uuid;

use super::extract::{InQuery, SchoolInQuery, SchoolOf};
use super::openapi::problems::SchoolProblems;
use super::state::AppState;
use crate::clock;
use crate::problem::Problem;
use crate::supervise::masked;

/// A run gives up after five minutes, unless its `--timeout` says otherwise.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(10);
/// The launcher's own names are shorter.
const LONGEST_NAME: usize = 100;
/// A refresh's own sentences have a few hundred characters.
const LONGEST_MESSAGE: usize = 500;

/// The last runs of a school.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunHistory {
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    /// The newest first, at most twenty.
    runs: Vec<PastRun>,
}

/// One of them. Everything in it is what its row in `sync_logs` says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PastRun {
    /// The id of its row; of a refresh, the run's.
    run_id: Uuid,
    source: Source,
    outcome: PastOutcome,
    /// Who requested it: a token's name or a staff record's id. `null` where nobody is named.
    started_by: Option<String>,
    academic_year: Option<AcademicYear>,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    duration_seconds: Option<f64>,
    /// What was done to this school's rows, by table; `null` where that is not known.
    changes: Option<Changes>,
    /// Skipped records, by reason.
    skipped: Vec<SkippedCount>,
    /// Warnings, by code.
    warnings: Vec<WarningCount>,
    /// Why it failed, in the words of whoever wrote the row.
    message: Option<String>,
    /// Whether its changes can still be looked at, at `/api/sync/runs/{run}/changes`.
    has_changes: bool,
}

/// Where a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Requested of a launcher: with the button, or with its API.
    Button,
    /// The refresh program alone: cron, CI or a shell.
    Cron,
    /// A job that copies all schools.
    Nightly,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PastOutcome {
    /// It began a short while ago.
    Running,
    Succeeded,
    /// Some rows were not saved.
    Partial,
    Failed,
    Cancelled,
    /// It began long ago and never said how it ended: it was killed, or could not write its row.
    Unfinished,
}

/// Records skipped for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkippedCount {
    reason: SkipReason,
    count: u64,
}

/// Warnings of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningCount {
    code: WarningCode,
    count: u64,
}

/// The last runs of a school
///
/// Refreshes of the school wherever they were started, and jobs that copied all schools, as `sync_logs` has them.
#[utoipa::path(
    get,
    path = "/api/sync/runs",
    operation_id = "listRuns",
    tag = "runs",
    params(SchoolInQuery),
    responses(
        (status = 200, description = "The runs", body = RunHistory),
        SchoolProblems,
    ),
)]
pub(crate) async fn list(
    state: Data<AppState>,
    asked: SchoolOf<InQuery>,
) -> Result<HttpResponse, Problem> {
    let services = &state.services;
    let school = asked.school();
    let runs = services.history.runs_of(school);
    let runs = runs.map_err(Problem::database_unavailable);
    let runs = asked.deadline().within(runs).await?;
    let (now, secrets) = (clock::now(), &services.program.secrets);
    let runs = runs.into_iter().map(|run| PastRun {
        has_changes: services.changes.has(run.id),
        ..past_run(run, now, secrets)
    });
    Ok(HttpResponse::Ok().json(RunHistory {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        runs: runs.collect(),
    }))
}

fn past_run(run: LoggedRun, now: Timestamp, secrets: &[String]) -> PastRun {
    let outcome = outcome(&run, now);
    let source = match &run.started_by {
        _ if run.is_of_all_schools => Source::Nightly,
        Some(_) => Source::Button,
        None => Source::Cron,
    };
    let took = run
        .completed_at
        .map(|at| at.duration_since(run.started_at).as_secs_f64());
    let (changes, took, skipped, warnings) = match run.counts {
        Some(counts) => (
            Some(counts.changes),
            counts.duration_seconds.or(took),
            counts.skipped,
            counts.warnings,
        ),
        None => (None, took, [].into(), [].into()),
    };
    let skipped = skipped.into_iter();
    let warnings = warnings.into_iter();
    let text = |text: String, longest| masked(&text, secrets, longest);
    PastRun {
        run_id: run.id,
        source,
        outcome,
        started_by: run.started_by.map(|name| text(name, LONGEST_NAME)),
        academic_year: run.academic_year,
        started_at: run.started_at,
        finished_at: run.completed_at,
        duration_seconds: took.filter(|seconds| *seconds >= 0.0),
        changes,
        skipped: skipped
            .map(|(reason, count)| SkippedCount { reason, count })
            .collect(),
        warnings: warnings
            .map(|(code, count)| WarningCount { code, count })
            .collect(),
        message: run.message.map(|message| text(message, LONGEST_MESSAGE)),
        has_changes: false,
    }
}

fn outcome(run: &LoggedRun, now: Timestamp) -> PastOutcome {
    let is_partial = run.counts.as_ref().is_some_and(|counts| counts.partial);
    match run.status {
        Status::Started if now.duration_since(run.started_at) <= LONGEST_RUN => {
            PastOutcome::Running
        }
        Status::Started => PastOutcome::Unfinished,
        Status::Completed if is_partial => PastOutcome::Partial,
        Status::Completed => PastOutcome::Succeeded,
        Status::Failed => PastOutcome::Failed,
        Status::Cancelled => PastOutcome::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::TableChanges;

    use super::*;

    const NOW: &str = "2026-11-26T10:00:00Z";

    fn logged(status: Status, started_at: &str) -> LoggedRun {
        LoggedRun {
            id: Uuid::nil(),
            is_of_all_schools: false,
            status,
            started_at: started_at.parse().unwrap(),
            completed_at: None,
            started_by: None,
            academic_year: None,
            message: None,
            counts: None,
        }
    }

    fn shown(run: LoggedRun) -> PastRun {
        past_run(run, NOW.parse().unwrap(), &["hidden-key".to_owned()])
    }

    #[test]
    fn a_run_that_has_begun_is_running_only_for_as_long_as_a_run_can() {
        for (status, started_at, expected) in [
            (
                Status::Started,
                "2026-11-26T09:59:00Z",
                PastOutcome::Running,
            ),
            (
                Status::Started,
                "2026-11-26T09:49:59Z",
                PastOutcome::Unfinished,
            ),
            (
                Status::Completed,
                "2026-11-26T09:00:00Z",
                PastOutcome::Succeeded,
            ),
            (Status::Failed, "2026-11-26T09:00:00Z", PastOutcome::Failed),
            (
                Status::Cancelled,
                "2026-11-26T09:00:00Z",
                PastOutcome::Cancelled,
            ),
        ] {
            assert_eq!(shown(logged(status, started_at)).outcome, expected);
        }
    }

    #[test]
    fn who_is_named_says_where_a_run_was_started_unless_it_was_of_all_schools() {
        for (started_by, is_of_all_schools, expected) in [
            (Some("cron-token"), false, Source::Button),
            (None, false, Source::Cron),
            (None, true, Source::Nightly),
            (Some("somebody"), true, Source::Nightly),
        ] {
            let run = LoggedRun {
                started_by: started_by.map(ToOwned::to_owned),
                is_of_all_schools,
                ..logged(Status::Completed, "2026-11-26T09:00:00Z")
            };
            assert_eq!(shown(run).source, expected, "{started_by:?}");
        }
    }

    #[test]
    fn texts_of_a_row_are_cut_and_hold_no_address_and_no_secret() {
        let run = LoggedRun {
            started_by: Some(format!("ann@example.test {}", "x".repeat(9_000))),
            message: Some(format!("hidden-key {}", "y ".repeat(9_000))),
            ..logged(Status::Failed, "2026-11-26T09:00:00Z")
        };
        let shown = shown(run);
        let (name, message) = (shown.started_by.unwrap(), shown.message.unwrap());
        assert!(name.starts_with("[masked] x") && name.len() == LONGEST_NAME);
        assert!(message.starts_with("[secret] y") && message.len() == LONGEST_MESSAGE);
    }

    #[test]
    fn a_run_that_ended_before_it_began_has_no_duration() {
        let times = |at: &str| LoggedRun {
            completed_at: Some(at.parse().unwrap()),
            ..logged(Status::Completed, "2026-11-26T09:00:00Z")
        };
        assert_eq!(
            shown(times("2026-11-26T09:00:02Z")).duration_seconds,
            Some(2.0)
        );
        assert_eq!(shown(times("2026-11-26T08:00:00Z")).duration_seconds, None);
        let changes = shown(times("2026-11-26T09:00:02Z")).changes;
        assert_eq!(changes.map(|it| it.students), None::<TableChanges>);
    }
}
