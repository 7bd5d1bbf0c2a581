//! The one document that `sync-launcher refresh` prints: what became of each school, how many of each kind there are, and the
//! exit code.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sync_protocol::{EstablishmentId, KnackRecordId, Signal};
use uuid::Uuid;

use super::api::ApiError;
use super::exit;
use super::school::Verdict;
use super::wire::{Problem, Run, School};

const LONGEST_NAME: usize = 60;

/// What became of all schools.
#[derive(Debug, Serialize)]
pub(super) struct FleetSummary {
    /// Every school is up to date, but for rows that could not be saved.
    pub(super) success: bool,
    /// Of some, rows could not be saved.
    pub(super) partial: bool,
    pub(super) exit_code: u8,
    /// What needs a person, in a sentence; `null` if nothing does.
    pub(super) message: Option<String>,
    pub(super) counts: Counts,
    started_at: Timestamp,
    duration_seconds: f64,
    /// Why no school was asked for.
    pub(super) error: Option<Failure>,
    pub(super) schools: Vec<SchoolResult>,
    #[serde(skip)]
    pub(super) ended: Ended,
}

/// How many schools there are of each kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) schools: usize,
    pub(super) refreshed: usize,
    pub(super) partial: usize,
    /// Refreshed by somebody else a short while ago.
    pub(super) recent: usize,
    pub(super) failed: usize,
    /// Still running in the launcher.
    pub(super) running: usize,
    pub(super) not_started: usize,
}

/// Why something was not done.
#[derive(Debug, Serialize)]
pub(super) struct Failure {
    pub(super) code: String,
    pub(super) message: String,
}

/// What became of one school.
#[derive(Debug, Serialize)]
pub(super) struct SchoolResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    establishment_id: Option<KnackRecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    establishment_uuid: Option<Uuid>,
    /// Its name, or the id that names no school.
    pub(super) name: String,
    pub(super) outcome: Outcome,
    pub(super) attempts: u32,
    run_id: Option<Uuid>,
    /// Whether its run had been started by somebody else.
    joined: bool,
    pub(super) students_synced: Option<u64>,
    pub(super) rows_changed: Option<u64>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) error: Option<Failure>,
}

/// What became of it, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Refreshed,
    Partial,
    Recent,
    Failed,
    Running,
    NotStarted,
}

/// Why the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    ByItself,
    BySignal(Signal),
    /// Its own time was up.
    InTime,
}

impl FleetSummary {
    pub(super) fn new(started_at: Timestamp) -> Self {
        Self {
            success: false,
            partial: false,
            exit_code: 0,
            message: None,
            counts: Counts::default(),
            started_at,
            duration_seconds: 0.0,
            error: None,
            schools: Vec::new(),
            ended: Ended::ByItself,
        }
    }

    /// The schools are not even known.
    pub(super) fn failed_before_all(&mut self, error: &ApiError) {
        self.error = Some(Failure {
            code: error.code().to_owned(),
            message: error.to_string(),
        });
    }

    /// Counts, and decides how the command ends.
    pub(super) fn close(&mut self, ended: Ended, took: Duration) {
        self.ended = ended;
        self.duration_seconds = (took.as_secs_f64() * 100.0).round() / 100.0;
        self.schools.sort_by(|one, other| one.name.cmp(&other.name));
        let with = |outcome| {
            let schools = self.schools.iter();
            schools.filter(|school| school.outcome == outcome).count()
        };
        self.counts = Counts {
            schools: self.schools.len(),
            refreshed: with(Outcome::Refreshed),
            partial: with(Outcome::Partial),
            recent: with(Outcome::Recent),
            failed: with(Outcome::Failed),
            running: with(Outcome::Running),
            not_started: with(Outcome::NotStarted),
        };
        self.partial = self.counts.partial > 0;
        self.exit_code = self.exit();
        self.success = matches!(self.exit_code, 0 | 9);
    }

    fn exit(&self) -> u8 {
        let of_schools = self.schools.iter().map(SchoolResult::exit_code);
        let of_all = self.error.iter().map(|error| exit::of_code(&error.code));
        match self.ended {
            Ended::BySignal(signal) => exit::of_signal(signal),
            Ended::InTime => exit::worst(of_schools.chain([exit::of_deadline()])),
            Ended::ByItself => exit::worst(of_schools.chain(of_all)),
        }
    }
}

impl SchoolResult {
    pub(super) fn of(school: &School, attempts: u32, verdict: Verdict) -> Self {
        let blank = Self {
            establishment_id: Some(school.establishment_id),
            establishment_uuid: Some(school.establishment_uuid),
            name: logging::bounded(&school.name, LONGEST_NAME),
            outcome: Outcome::NotStarted,
            attempts,
            run_id: None,
            joined: false,
            students_synced: None,
            rows_changed: None,
            duration_seconds: None,
            error: None,
        };
        match verdict {
            Verdict::Refreshed {
                run_id,
                run,
                joined,
                is_partial,
            } => Self {
                outcome: if is_partial {
                    Outcome::Partial
                } else {
                    Outcome::Refreshed
                },
                run_id: Some(run_id),
                joined,
                ..blank.with_run(run.as_deref())
            },
            Verdict::Recent(run_id) => Self {
                outcome: Outcome::Recent,
                run_id: Some(run_id),
                ..blank
            },
            Verdict::Failed {
                problem, run_id, ..
            } => blank.failed(problem, run_id),
            Verdict::Running(run_id) => Self {
                outcome: Outcome::Running,
                run_id: Some(run_id),
                ..blank
            },
            Verdict::NotStarted => blank,
        }
    }

    /// An id that names none of the caller's schools.
    pub(super) fn unknown(id: EstablishmentId) -> Self {
        Self {
            establishment_id: None,
            establishment_uuid: None,
            name: id.to_string(),
            outcome: Outcome::Failed,
            attempts: 0,
            run_id: None,
            joined: false,
            students_synced: None,
            rows_changed: None,
            duration_seconds: None,
            error: Some(Failure {
                code: "establishment_not_found".to_owned(),
                message: "There is no such school, or the token does not cover it. Check the id against `sync-launcher schools`.".to_owned(),
            }),
        }
    }

    fn with_run(self, run: Option<&Run>) -> Self {
        let Some(run) = run else {
            return self;
        };
        let summary = run.summary.as_ref();
        #[expect(clippy::cast_precision_loss, reason = "a run takes minutes")]
        let elapsed = run.elapsed_seconds as f64;
        Self {
            students_synced: summary.map(|summary| summary.students_synced),
            rows_changed: summary.map(super::wire::RunSummary::rows_changed),
            duration_seconds: Some(summary.map_or(elapsed, |summary| summary.duration_seconds)),
            ..self
        }
    }

    fn failed(self, problem: Problem, run_id: Option<Uuid>) -> Self {
        Self {
            outcome: Outcome::Failed,
            run_id,
            error: Some(Failure {
                code: problem.code,
                message: problem.detail,
            }),
            ..self
        }
    }

    fn exit_code(&self) -> u8 {
        match self.outcome {
            Outcome::Refreshed | Outcome::Recent | Outcome::Running | Outcome::NotStarted => 0,
            Outcome::Partial => exit::of_partial(),
            Outcome::Failed => self
                .error
                .as_ref()
                .map_or(1, |error| exit::of_code(&error.code)),
        }
    }
}
