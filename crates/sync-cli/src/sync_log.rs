//! The row of `sync_logs` that a run writes: begun, then ended. It makes the refresh visible on the dashboard, and the next
//! refresh is timed by it. A row that cannot be written is a warning, never a failure.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use supabase_client::{Resolution, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, KnackRecordId, Summary};
use uuid::Uuid;

use crate::school::School;

const TABLE: &str = "sync_logs";

/// What kind of run the row is about.
pub const SYNC_TYPE: &str = "establishment_refresh";

/// The row of one run; its id is the run's.
#[derive(Debug, Clone)]
pub struct SyncLog {
    run_id: Uuid,
    metadata: Metadata,
    started_at: Timestamp,
}

#[derive(Debug, Clone, Serialize)]
struct Metadata {
    run_id: Uuid,
    establishment_id: Uuid,
    establishment_knack_id: KnackRecordId,
    academic_year: AcademicYear,
    /// A token's name or a staff record's id, never an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Counts>,
}

/// What the row says of a run that has ended.
#[derive(Debug, Clone, Serialize)]
struct Counts {
    students: sync_protocol::TableChanges,
    vespa_scores: sync_protocol::TableChanges,
    comments: sync_protocol::TableChanges,
    not_completed: Option<u64>,
    partial: bool,
    duration_seconds: f64,
}

/// How a run ended, as `sync_logs.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Finished.
    Completed,
    /// Failed.
    Failed,
    /// Stopped by somebody.
    Cancelled,
}

impl SyncLog {
    /// Describes the run.
    pub fn new(
        run_id: Uuid,
        school: &School,
        academic_year: AcademicYear,
        started_by: Option<String>,
        started_at: Timestamp,
    ) -> Self {
        Self {
            run_id,
            metadata: Metadata {
                run_id,
                establishment_id: school.id,
                establishment_knack_id: school.knack_id,
                academic_year,
                started_by,
                summary: None,
            },
            started_at,
        }
    }

    /// Writes the `started` row.
    pub async fn begin(&self, supabase: &SupabaseClient) -> Result<(), SupabaseError> {
        #[derive(Serialize)]
        struct Row<'a> {
            id: Uuid,
            sync_type: &'a str,
            status: &'a str,
            started_at: Timestamp,
            metadata: &'a Metadata,
        }
        let row = json(&[Row {
            id: self.run_id,
            sync_type: SYNC_TYPE,
            status: "started",
            started_at: self.started_at,
            metadata: &self.metadata,
        }]);
        let query = supabase.table(TABLE).upsert(row).on_conflict("id");
        supabase.upsert(query, Resolution::Merge).await
    }

    /// Closes the row, trying for at most `patience`.
    pub async fn end(
        mut self,
        supabase: &SupabaseClient,
        status: Status,
        summary: &Summary,
        patience: Duration,
    ) -> Result<(), SupabaseError> {
        #[derive(Serialize)]
        struct Ended<'a> {
            status: Status,
            records_processed: u64,
            error_message: Option<&'a str>,
            completed_at: Timestamp,
            metadata: &'a Metadata,
        }
        self.metadata.summary = Some(Counts {
            students: summary.changes.students,
            vespa_scores: summary.changes.vespa_scores,
            comments: summary.changes.comments,
            not_completed: summary.not_completed,
            partial: summary.partial,
            duration_seconds: summary.duration_seconds,
        });
        let row = json(&Ended {
            status,
            records_processed: summary.knack.records,
            error_message: summary.error.as_ref().map(|error| error.message.as_str()),
            completed_at: summary.timestamp,
            metadata: &self.metadata,
        });
        let query = supabase
            .table(TABLE)
            .update(row)
            .eq("id", self.run_id.to_string());
        match tokio::time::timeout(patience, supabase.update(query)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SupabaseError::Timeout(patience)),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("rows always serialise")
}
