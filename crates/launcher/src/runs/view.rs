//! A run as callers see it: as a resource, in every event, and in the status of a school.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sync_protocol::{KnackRecordId, Phase, Summary, WaitReason};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cache::Cleared;
use crate::problem::{Code, Problem, ProblemDetails};
use crate::supervise::Ending;

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunState {
    /// It waits for its turn.
    Queued,
    /// Its process runs.
    Running,
    /// It was asked to stop.
    Cancelling,
    /// It finished.
    Succeeded,
    /// It finished, but some rows were not saved.
    Partial,
    /// It failed.
    Failed,
    /// Someone stopped it.
    Cancelled,
    /// It took too long.
    TimedOut,
}

impl RunState {
    pub(crate) fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Finished(summary) if summary.partial => Self::Partial,
            Ending::Finished(_) => Self::Succeeded,
            Ending::Failed { problem, .. } => match problem.code {
                Code::Cancelled | Code::ShuttingDown => Self::Cancelled,
                Code::Deadline => Self::TimedOut,
                _ => Self::Failed,
            },
        }
    }
}

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunView {
    /// The run; the same id is in `sync_logs` and in the summary.
    pub(crate) run_id: Uuid,
    /// The school's Knack id.
    pub(crate) establishment_id: KnackRecordId,
    /// The school's Supabase id.
    pub(crate) establishment_uuid: Uuid,
    /// The school's name.
    pub(crate) establishment_name: String,
    /// The run's state.
    pub(crate) state: RunState,
    /// How many runs are ahead of it in the queue, while it is queued.
    pub(crate) queue_position: Option<usize>,
    /// How far it is.
    pub(crate) progress: Option<Progress>,
    /// What it waits for, if it does.
    pub(crate) waiting: Option<Waiting>,
    /// When it was requested.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When its process started.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) finished_at: Option<Timestamp>,
    /// How long its process has been running, or ran; whole seconds.
    pub(crate) elapsed_seconds: u64,
    /// What the refresh did, once it has ended and reported that.
    pub(crate) summary: Option<Summary>,
    /// Why it did not finish.
    pub(crate) problem: Option<ProblemDetails>,
    /// What happened to the dashboard's cache; `null` until the run has ended, or if there is no cache to clear.
    pub(crate) cache: Option<CacheView>,
}

impl RunView {
    /// How it ended, if it has.
    pub(super) fn ending(&self) -> Option<Ending> {
        let summary = || self.summary.clone().map(Box::new);
        match self.state {
            RunState::Queued | RunState::Running | RunState::Cancelling => None,
            RunState::Succeeded | RunState::Partial => Some(match summary() {
                Some(summary) => Ending::Finished(summary),
                None => Ending::failed(Problem::result_unusable()),
            }),
            RunState::Failed | RunState::Cancelled | RunState::TimedOut => Some(Ending::Failed {
                problem: match &self.problem {
                    Some(details) => Problem::from(details),
                    None => Problem::bug(),
                },
                summary: summary(),
            }),
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Progress {
    /// What it does.
    pub(crate) phase: Phase,
    /// Records read, or rows written.
    pub(crate) done: Option<u64>,
    /// Of how many.
    pub(crate) total: Option<u64>,
}

/// What a run waits for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct Waiting {
    /// Knack or Supabase.
    pub(crate) reason: WaitReason,
    /// For about this long.
    pub(crate) seconds: f64,
}

/// What happened to the dashboard's cache.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CacheView {
    /// Whether the school's entries are gone.
    pub(crate) cleared: bool,
    /// How many were removed.
    pub(crate) keys_deleted: u64,
}

impl From<&CacheView> for Cleared {
    fn from(view: &CacheView) -> Self {
        Self {
            is_complete: view.cleared,
            keys_deleted: view.keys_deleted,
        }
    }
}

impl From<&Cleared> for CacheView {
    fn from(cleared: &Cleared) -> Self {
        Self {
            cleared: cleared.is_complete,
            keys_deleted: cleared.keys_deleted,
        }
    }
}
