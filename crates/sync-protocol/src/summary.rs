//! The one JSON document a refresh prints on stdout, on success and on failure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AcademicYear, ChangeReport, ErrorCode, KnackRecordId, SkipReason, WarningCode};

/// At most this many record ids are listed in one [`Skipped`] or [`Warning`]; its `count` is always complete.
pub const MAX_RECORD_IDS: usize = 100;

/// What a refresh did. `*_synced` is the number of rows now equal to Knack: inserted, updated and unchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The refresh finished.
    pub success: bool,
    /// It finished, but some rows were not saved.
    pub partial: bool,
    /// The school's name, once known.
    pub establishment_name: Option<String>,
    /// The school's Knack id, once known.
    pub establishment_id: Option<KnackRecordId>,
    /// The school's Supabase id, once known.
    pub establishment_uuid: Option<Uuid>,
    /// The year refreshed, once known.
    pub academic_year: Option<AcademicYear>,
    /// Students now equal to Knack.
    pub students_synced: u64,
    /// Score rows (one a student and cycle) now equal to Knack.
    pub vespa_scores_synced: u64,
    /// Comments now equal to Knack.
    pub comments_synced: u64,
    /// Answers to questions (one a student, cycle and question) now equal to Knack.
    #[serde(default)]
    pub question_responses_synced: u64,
    /// Wall time from start to this summary.
    pub duration_seconds: f64,
    /// When this summary was made, UTC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub timestamp: Timestamp,
    /// Nothing was written; the counts say what would have been.
    pub dry_run: bool,
    /// This run, as in the logs and in `sync_logs`.
    pub run_id: Uuid,
    /// What was done to the rows.
    pub changes: PerTable<TableChanges>,
    /// Rows of this school and year that Knack does not hold; they are left as they are.
    pub only_in_supabase: PerTable<u64>,
    /// Students of this school without a completion date; `null` when it could not be counted.
    pub not_completed: Option<u64>,
    /// Records that did not become students, or no student's answers, by reason.
    pub skipped: Vec<Skipped>,
    /// What an operator should know, by code.
    pub warnings: Vec<Warning>,
    /// What was asked of Knack.
    pub knack: KnackUse,
    /// Whose rows were changed; absent unless it was asked for. The launcher takes it out, and never passes it on in a summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub changed_records: Option<ChangeReport>,
    /// Why it failed; absent on success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// One value for each table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PerTable<T> {
    /// Table `students`.
    pub students: T,
    /// Table `vespa_scores`.
    pub vespa_scores: T,
    /// Table `student_comments`.
    pub comments: T,
    /// Table `question_responses`.
    #[serde(default)]
    pub question_responses: T,
}

/// Changes of all tables.
pub type Changes = PerTable<TableChanges>;

/// What was done to the rows of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TableChanges {
    /// New rows.
    pub inserted: u64,
    /// Rows that differed from Knack.
    pub updated: u64,
    /// Rows that were equal already.
    pub unchanged: u64,
}

impl TableChanges {
    /// Rows now equal to Knack.
    pub fn synced(self) -> u64 {
        self.inserted + self.updated + self.unchanged
    }
}

/// Records skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The reason.
    pub reason: SkipReason,
    /// How many records.
    pub count: u64,
    /// Their Knack ids, the first 100 of them.
    pub record_ids: Vec<KnackRecordId>,
}

/// One kind of thing an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// A sentence for a person; never a pupil's name, e-mail or text.
    pub message: String,
    /// How many times it happened.
    pub count: u64,
    /// The Knack records concerned, the first 100 of them.
    pub record_ids: Vec<KnackRecordId>,
}

/// What a run asked of Knack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KnackUse {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Records received, each counted once.
    pub records: u64,
    /// What is left of the account's daily allowance, when Knack said so.
    pub daily_remaining: Option<u64>,
}

/// Why a refresh failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The stable code.
    pub code: ErrorCode,
    /// A sentence for a person: what happened, whether data changed, what to do. No secret, no pupil's data.
    pub message: String,
    /// Whether trying again later can help.
    pub retryable: bool,
    /// When to try again, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}
