//! The table `sync_logs`: one row a run. A refresh writes its own row when it begins and again when it ends; the launcher
//! reads the rows of all refreshes, wherever they were started. The only place that knows its columns, its words and its
//! metadata.
//!
//! Anyone may have written a row, with any clock. So a row is never proof, its texts are shown to nobody as ours, and a row
//! that cannot be read says nothing.

mod listed;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use supabase_client::{Persistence, Query, Resolution, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, KnackRecordId, SkipReason, Summary, TableChanges, WarningCode};
use uuid::Uuid;

use crate::SchoolYear;
pub use listed::{LoggedCounts, LoggedRun, concerning};

const TABLE: &str = "sync_logs";
/// `sync_type` of a refresh of one school.
const REFRESH: &str = "establishment_refresh";
/// `sync_type` of the jobs that copy all schools.
const FULL_SYNCS: [&str; 2] = ["full_sync", "scheduled_sync"];
/// The columns read from a row.
const COLUMNS: &str = "status,started_at,completed_at,metadata";
/// How far two machines' clocks may be apart before one of them is wrong.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(60);

/// The state of a run, as `sync_logs.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It has begun, and has not said how it ended. Its process may have been killed long ago, so such a row holds nobody up:
    /// it is never read.
    Started,
    /// It finished.
    Completed,
    /// It failed.
    Failed,
    /// Someone stopped it.
    Cancelled,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A row's content besides its times. Anyone may have written a row that is read, so everything in it is optional.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    run_id: Option<Uuid>,
    /// The school.
    pub establishment_id: Option<Uuid>,
    establishment_knack_id: Option<KnackRecordId>,
    /// The year refreshed.
    pub academic_year: Option<AcademicYear>,
    /// A token's name or a staff record's id, never an e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<String>,
    /// Of two runs of a school, the one with the larger number was started later.
    #[serde(skip_serializing_if = "Option::is_none")]
    fence: Option<u64>,
    /// Its results, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Counts>,
}

/// The results of an ended run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    students: TableChanges,
    vespa_scores: TableChanges,
    comments: TableChanges,
    question_responses: TableChanges,
    /// Students without a completion date, where they were counted.
    pub not_completed: Option<u64>,
    partial: bool,
    duration_seconds: f64,
    /// How many records were skipped, by reason; never which.
    #[serde(skip_deserializing)]
    skipped: BTreeMap<SkipReason, u64>,
    /// How many warnings there were, by code; never about which records.
    #[serde(skip_deserializing)]
    warnings: BTreeMap<WarningCode, u64>,
}

impl Counts {
    fn of(summary: &Summary) -> Self {
        let skipped = summary.skipped.iter();
        let warnings = summary.warnings.iter();
        Self {
            students: summary.changes.students,
            vespa_scores: summary.changes.vespa_scores,
            comments: summary.changes.comments,
            question_responses: summary.changes.question_responses,
            not_completed: summary.not_completed,
            partial: summary.partial,
            duration_seconds: summary.duration_seconds,
            skipped: skipped.map(|one| (one.reason, one.count)).collect(),
            warnings: warnings.map(|one| (one.code, one.count)).collect(),
        }
    }
}

/// The row that a refresh writes about itself; its id is the run's.
#[derive(Debug, Clone)]
pub struct RunLog {
    run_id: Uuid,
    metadata: Metadata,
    started_at: Timestamp,
}

impl RunLog {
    /// Describes a run.
    pub fn new(
        run_id: Uuid,
        of: &SchoolYear,
        started_by: Option<String>,
        fence: Option<u64>,
        started_at: Timestamp,
    ) -> Self {
        Self {
            run_id,
            metadata: Metadata {
                run_id: Some(run_id),
                establishment_id: Some(of.school.id),
                establishment_knack_id: Some(of.school.knack_id),
                academic_year: Some(of.year),
                started_by,
                fence,
                summary: None,
            },
            started_at,
        }
    }

    /// Writes the row of a run that has begun, trying for at most `patience`. It leaves a row that says more as it is: this
    /// request may arrive after the end's.
    ///
    /// # Errors
    /// If Supabase does not take it in that time.
    pub async fn begin(
        &self,
        supabase: &SupabaseClient,
        patience: Duration,
    ) -> Result<(), SupabaseError> {
        let row = self.row(Status::Started);
        write(supabase, &row, Resolution::Ignore, patience).await
    }

    /// Writes how the run ended, trying for at most `patience`. Writes the whole row, whether the beginning was written or
    /// not.
    ///
    /// # Errors
    /// If Supabase does not take it in that time.
    pub async fn end(
        mut self,
        supabase: &SupabaseClient,
        status: Status,
        summary: &Summary,
        patience: Duration,
    ) -> Result<(), SupabaseError> {
        self.metadata.summary = Some(Counts::of(summary));
        let row = Row {
            records_processed: Some(summary.knack.records),
            error_message: summary.error.as_ref().map(|error| error.message.as_str()),
            completed_at: Some(summary.timestamp),
            ..self.row(status)
        };
        write(supabase, &row, Resolution::Merge, patience).await
    }

    fn row(&self, status: Status) -> Row<'_> {
        Row {
            id: self.run_id,
            sync_type: REFRESH,
            status,
            started_at: self.started_at,
            completed_at: None,
            records_processed: None,
            error_message: None,
            metadata: &self.metadata,
        }
    }
}

/// All columns of a row.
#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    sync_type: &'a str,
    status: Status,
    started_at: Timestamp,
    completed_at: Option<Timestamp>,
    records_processed: Option<u64>,
    error_message: Option<&'a str>,
    metadata: &'a Metadata,
}

async fn write(
    supabase: &SupabaseClient,
    row: &Row<'_>,
    resolution: Resolution,
    patience: Duration,
) -> Result<(), SupabaseError> {
    let rows = serde_json::to_string(&[row]).expect("rows always serialise");
    let query = supabase.table(TABLE).upsert(rows).on_conflict("id");
    let writing = supabase.upsert(query, resolution, Persistence::Patient);
    match tokio::time::timeout(patience, writing).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SupabaseError::Timeout(patience)),
    }
}

/// A refresh, as its row describes it.
#[derive(Debug, Clone, Deserialize)]
pub struct RefreshRow {
    /// Its state.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, which is never later than now.
    pub completed_at: Option<Timestamp>,
    /// All else.
    #[serde(default, deserialize_with = "if_readable")]
    pub metadata: Metadata,
}

/// A row that another program wrote may hold anything. It then says nothing about a school, and is not a failure.
fn if_readable<'de, D: Deserializer<'de>>(row: D) -> Result<Metadata, D::Error> {
    let value = serde_json::Value::deserialize(row)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// When a row that says it was completed then counts as completed: one from a clock that is a little ahead counts from now,
/// one from further ahead for nothing.
pub fn counted_from(completed_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (completed_at.duration_since(now) <= CLOCKS_APART).then(|| completed_at.min(now))
}

/// The newest refreshes of a school and year in this state, at most `most` of them.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn of_school(
    supabase: &SupabaseClient,
    school: Uuid,
    year: AcademicYear,
    status: Status,
    most: usize,
    now: Timestamp,
) -> Result<Vec<RefreshRow>, SupabaseError> {
    let query = ended(supabase, [REFRESH], status, now)
        .eq("metadata->>establishment_id", school.to_string())
        .eq("metadata->>academic_year", year.to_string());
    newest(supabase, query, most, now).await
}

/// The newest completed refreshes, at most `most` of them: of one school, or of all.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn completed(
    supabase: &SupabaseClient,
    school: Option<Uuid>,
    most: usize,
    now: Timestamp,
) -> Result<Vec<RefreshRow>, SupabaseError> {
    let query = ended(supabase, [REFRESH], Status::Completed, now);
    let query = match school {
        Some(school) => query.eq("metadata->>establishment_id", school.to_string()),
        None => query,
    };
    newest(supabase, query, most, now).await
}

/// The rows that say when they ended. Those of the future are left out here, so that no number of them hides the others.
fn ended<const N: usize>(
    supabase: &SupabaseClient,
    types: [&str; N],
    status: Status,
    now: Timestamp,
) -> Query {
    let latest = now.saturating_add(CLOCKS_APART).unwrap_or(now);
    supabase
        .table(TABLE)
        .select(COLUMNS)
        .in_("sync_type", types)
        .eq("status", status.as_str())
        .lte("completed_at", latest.to_string())
}

async fn newest(
    supabase: &SupabaseClient,
    query: Query,
    most: usize,
    now: Timestamp,
) -> Result<Vec<RefreshRow>, SupabaseError> {
    let query = query.order("started_at.desc").limit(most);
    let rows: Vec<serde_json::Value> = supabase.read(query).await?;
    Ok(readable(rows, now))
}

fn readable(rows: Vec<serde_json::Value>, now: Timestamp) -> Vec<RefreshRow> {
    let rows = rows.into_iter();
    rows.filter_map(|row| serde_json::from_value(row).ok())
        .filter_map(|row: RefreshRow| {
            Some(RefreshRow {
                completed_at: Some(counted_from(row.completed_at?, now)?),
                ..row
            })
        })
        .collect()
}

/// When the last job for all schools ended, if those jobs log themselves.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn last_full_sync(
    supabase: &SupabaseClient,
    now: Timestamp,
) -> Result<Option<Timestamp>, SupabaseError> {
    let query = ended(supabase, FULL_SYNCS, Status::Completed, now);
    let query = query.order("completed_at.desc").limit(1);
    let rows = readable(supabase.read(query).await?, now);
    Ok(rows.first().and_then(|row| row.completed_at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_status_is_written_as_it_is_asked_for() {
        for status in [
            Status::Started,
            Status::Completed,
            Status::Failed,
            Status::Cancelled,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn a_row_of_another_program_is_read_as_far_as_possible() {
        for (metadata, is_of_a_school) in [
            (json!({"establishment_id": Uuid::nil()}), true),
            (json!({"establishment_id": "somewhere"}), false),
            (json!({"rows": 3}), false),
            (json!("text"), false),
            (json!(null), false),
        ] {
            let row = json!({"status": "completed", "started_at": "2026-11-26T10:00:00Z",
                             "completed_at": null, "metadata": metadata});
            let row: RefreshRow = serde_json::from_value(row).unwrap();
            assert_eq!(row.metadata.establishment_id.is_some(), is_of_a_school);
        }
    }

    #[test]
    fn a_row_from_a_clock_ahead_counts_from_now_or_not_at_all() {
        let now: Timestamp = "2026-11-26T10:00:00Z".parse().unwrap();
        for (completed_at, counted_at) in [
            ("2020-01-01T00:00:00Z", Some("2020-01-01T00:00:00Z")),
            ("2026-11-26T09:59:59Z", Some("2026-11-26T09:59:59Z")),
            ("2026-11-26T10:00:00Z", Some("2026-11-26T10:00:00Z")),
            ("2026-11-26T10:00:01Z", Some("2026-11-26T10:00:00Z")),
            ("2026-11-26T10:01:00Z", Some("2026-11-26T10:00:00Z")),
            ("2026-11-26T10:01:00.001Z", None),
            ("2026-11-27T12:00:00Z", None),
            ("9999-12-30T22:00:00Z", None),
            // No time that can be read.
            ("infinity", None),
            ("9999-12-31T23:59:59Z", None),
        ] {
            let row = json!({"status": "failed", "started_at": "2026-11-26T09:00:00Z",
                             "completed_at": completed_at, "metadata": {}});
            let rows = readable(vec![row], now);
            let counted_at = counted_at.map(|time| time.parse::<Timestamp>().unwrap());
            let found = rows.first().and_then(|row| row.completed_at);
            assert_eq!(found, counted_at, "{completed_at}");
        }
    }
}
