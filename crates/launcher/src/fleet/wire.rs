//! The fields that are read from a launcher's answers. Unknown ones are ignored, because a newer launcher may send
//! more.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sync_protocol::KnackRecordId;
use uuid::Uuid;

/// The caller's schools.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SchoolList {
    pub(super) now: Timestamp,
    pub(super) last_full_sync_at: Option<Timestamp>,
    pub(super) establishments: Vec<School>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct School {
    pub(super) establishment_id: KnackRecordId,
    pub(super) establishment_uuid: Uuid,
    pub(super) name: String,
    pub(super) last_refresh_at: Option<Timestamp>,
    pub(super) stale: bool,
}

/// The answer to a request for a refresh.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    pub(super) joined: bool,
    pub(super) run_id: Uuid,
}

/// A run.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) state: RunState,
    #[serde(default)]
    pub(super) finished_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) elapsed_seconds: u64,
    #[serde(default)]
    pub(super) summary: Option<RunSummary>,
    #[serde(default)]
    pub(super) problem: Option<Problem>,
}

/// The result of a refresh, as far as it is reported here.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RunSummary {
    pub(super) students_synced: u64,
    pub(super) duration_seconds: f64,
    changes: HashMap<String, TableChanges>,
}

/// What was done to the rows of one table.
#[derive(Debug, Clone, Deserialize)]
struct TableChanges {
    inserted: u64,
    updated: u64,
}

impl RunSummary {
    /// Rows that were written, of all tables.
    pub(super) fn rows_changed(&self) -> u64 {
        let tables = self.changes.values();
        tables.map(|table| table.inserted + table.updated).sum()
    }
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RunState {
    Queued,
    Running,
    Cancelling,
    Succeeded,
    Partial,
    Failed,
    Cancelled,
    TimedOut,
}

impl RunState {
    pub(super) fn has_ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Cancelling)
    }
}

/// Why a request was not served, or a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) detail: String,
    pub(super) retryable: bool,
    #[serde(default)]
    pub(super) retry_after_seconds: Option<u64>,
    #[serde(default)]
    pub(super) run_id: Option<Uuid>,
}

/// The last runs of a school.
#[derive(Debug, Deserialize)]
pub(super) struct RunHistory {
    pub(super) runs: Vec<PastRun>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PastRun {
    pub(super) run_id: Uuid,
    pub(super) source: String,
    pub(super) outcome: PastOutcome,
    pub(super) started_by: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) message: Option<String>,
}

/// How a run ended, by the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PastOutcome {
    Running,
    Succeeded,
    Partial,
    Failed,
    Cancelled,
    Unfinished,
}

impl PastOutcome {
    /// Its name in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unfinished => "unfinished",
        }
    }
}
