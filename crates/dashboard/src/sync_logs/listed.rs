//! The newest runs that concern a school, for people to read: refreshes of that school wherever they were started, and the
//! jobs that copy all schools. One request to Supabase, unless their texts are too large for one.
//!
//! Every row is someone's word, and is read member by member: one that is not understood is left out, and costs no other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, Changes, PerTable, SkipReason, TableChanges, WarningCode};
use uuid::Uuid;

use super::{CLOCKS_APART, FULL_SYNCS, REFRESH, Status, TABLE, counted_from};

/// The columns read from a row.
const COLUMNS: &str = "id,sync_type,status,started_at,completed_at,error_message,metadata";

/// A run, as its row describes it. Its texts are of any length, and nobody has checked them.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedRun {
    /// The run's id, if a refresh wrote the row.
    pub id: Uuid,
    /// Whether it was a job that copies all schools.
    pub is_of_all_schools: bool,
    /// Its state.
    pub status: Status,
    /// When it began, never later than now.
    pub started_at: Timestamp,
    /// When it ended, never later than now.
    pub completed_at: Option<Timestamp>,
    /// Who requested it.
    pub started_by: Option<String>,
    /// The year refreshed.
    pub academic_year: Option<AcademicYear>,
    /// Why it failed.
    pub message: Option<String>,
    /// Its results for this school; unknown for a job for all schools.
    pub counts: Option<LoggedCounts>,
}

/// A run's results, according to its row.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedCounts {
    /// Rows, by table.
    pub changes: Changes,
    /// Whether some rows were not saved.
    pub partial: bool,
    /// How long it took.
    pub duration_seconds: Option<f64>,
    /// Skipped records, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Warnings, by code.
    pub warnings: BTreeMap<WarningCode, u64>,
}

/// The newest runs of a school, at most `most` of them, the newest first.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn concerning(
    supabase: &SupabaseClient,
    school: Uuid,
    most: usize,
    now: Timestamp,
) -> Result<Vec<LoggedRun>, SupabaseError> {
    let of_all = FULL_SYNCS.join(",");
    let which = format!(
        "and(sync_type.eq.{REFRESH},metadata->>establishment_id.eq.{school}),sync_type.in.({of_all})"
    );
    // Those of the future are left out here, so that no number of them hides the others.
    let latest = now.saturating_add(CLOCKS_APART).unwrap_or(now);
    let newest = |columns: &str| {
        let rows = supabase.table(TABLE).select(columns);
        let rows = rows.or(&which).lte("started_at", latest.to_string());
        rows.order("started_at.desc,id.desc").limit(most)
    };
    let rows: Vec<Value> = match supabase.read(newest(COLUMNS)).await {
        Err(SupabaseError::TooLarge) => one_by_one(supabase, newest("id")).await?,
        rows => rows?,
    };
    let rows = rows.into_iter();
    Ok(rows.filter_map(|row| logged_run(row, now)).collect())
}

/// Those rows that are not too large even alone.
async fn one_by_one(supabase: &SupabaseClient, ids: Query) -> Result<Vec<Value>, SupabaseError> {
    #[derive(Deserialize)]
    struct Id {
        id: Uuid,
    }
    let ids: Vec<Id> = supabase.read(ids).await?;
    let mut rows = Vec::with_capacity(ids.len());
    for Id { id } in ids {
        let row = supabase.table(TABLE).select(COLUMNS);
        match supabase.read(row.eq("id", id.to_string())).await {
            Ok(row) => rows.extend::<Vec<Value>>(row),
            Err(SupabaseError::TooLarge) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

#[derive(Deserialize)]
struct Row {
    id: Uuid,
    sync_type: String,
    status: Status,
    started_at: Timestamp,
    completed_at: Option<Value>,
    error_message: Option<String>,
    #[serde(default)]
    metadata: Value,
}

fn logged_run(row: Value, now: Timestamp) -> Option<LoggedRun> {
    let row: Row = serde_json::from_value(row).ok()?;
    let is_of_all_schools = row.sync_type != REFRESH;
    let counts = row.metadata.get("summary").filter(|it| it.is_object());
    Some(LoggedRun {
        id: row.id,
        is_of_all_schools,
        status: row.status,
        started_at: row.started_at.min(now),
        completed_at: row
            .completed_at
            .and_then(|at| counted_from(readable(&at)?, now)),
        started_by: readable(&row.metadata["started_by"]),
        academic_year: readable(&row.metadata["academic_year"]),
        message: row.error_message,
        counts: counts.filter(|_| !is_of_all_schools).map(logged_counts),
    })
}

fn logged_counts(summary: &Value) -> LoggedCounts {
    let of = |table: &str| -> TableChanges { readable(&summary[table]).unwrap_or_default() };
    LoggedCounts {
        changes: PerTable {
            students: of("students"),
            vespa_scores: of("vespa_scores"),
            comments: of("comments"),
            question_responses: of("question_responses"),
        },
        partial: readable(&summary["partial"]).unwrap_or_default(),
        duration_seconds: readable(&summary["duration_seconds"]).filter(|it: &f64| *it >= 0.0),
        skipped: by_code(&summary["skipped"]),
        warnings: by_code(&summary["warnings"]),
    }
}

/// Counts by the codes that are known here; a newer program may have written others.
fn by_code<C: DeserializeOwned + Ord>(counts: &Value) -> BTreeMap<C, u64> {
    let counts = counts.as_object().into_iter().flatten();
    counts
        .filter_map(|(code, count)| {
            let code = readable(&Value::String(code.clone()))?;
            Some((code, count.as_u64()?))
        })
        .collect()
}

fn readable<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-26T10:00:00Z";

    fn read(changes: &Value) -> Option<LoggedRun> {
        let mut row = json!({
            "id": Uuid::nil(), "sync_type": "establishment_refresh", "status": "completed",
            "started_at": "2026-11-26T09:00:00Z", "completed_at": "2026-11-26T09:00:02Z",
            "error_message": null, "metadata": null,
        });
        let (row_of, changes) = (row.as_object_mut().unwrap(), changes.as_object().unwrap());
        row_of.extend(changes.clone());
        logged_run(row, NOW.parse().unwrap())
    }

    #[test]
    fn a_member_that_is_not_understood_costs_no_other() {
        let changed = json!({"inserted": 1, "updated": 2, "unchanged": 3});
        let run = read(&json!({"metadata": {
            "started_by": 7, "academic_year": "someday",
            "summary": {
                "students": changed, "comments": "many", "partial": "yes", "duration_seconds": -1,
                "skipped": {"missing_email": 2, "of_tomorrow": 3, "outside_year": -1},
                "warnings": ["kept_newer"],
            },
        }}));
        let run = run.unwrap();
        assert_eq!((run.started_by, run.academic_year), (None, None));
        let counts = run.counts.unwrap();
        assert_eq!(counts.changes.students.updated, 2);
        assert_eq!(counts.changes.comments, TableChanges::default());
        assert_eq!(counts.skipped, [(SkipReason::MissingEmail, 2)].into());
        assert_eq!(counts.warnings, BTreeMap::new());
        assert_eq!((counts.partial, counts.duration_seconds), (false, None));
    }

    #[test]
    fn a_row_is_a_run_if_its_state_and_its_beginning_can_be_read() {
        for (changes, is_run) in [
            (json!({}), true),
            (json!({"metadata": "text"}), true),
            (json!({"completed_at": "infinity"}), true),
            (json!({"status": "running"}), false),
            (json!({"started_at": "infinity"}), false),
            (json!({"started_at": null}), false),
        ] {
            assert_eq!(read(&changes).is_some(), is_run, "{changes}");
        }
    }

    #[test]
    fn no_time_is_later_than_now() {
        let ahead =
            json!({"started_at": "2026-11-26T10:00:30Z", "completed_at": "2026-11-26T10:00:40Z"});
        let run = read(&ahead).unwrap();
        let now = NOW.parse().unwrap();
        assert_eq!((run.started_at, run.completed_at), (now, Some(now)));
        let far = read(&json!({"completed_at": "2027-01-01T00:00:00Z"})).unwrap();
        assert_eq!(far.completed_at, None);
    }

    #[test]
    fn the_counts_of_a_job_for_all_schools_are_of_no_school() {
        let metadata =
            json!({"summary": {"students": {"inserted": 9, "updated": 0, "unchanged": 0}}});
        for (sync_type, has_counts) in [("establishment_refresh", true), ("full_sync", false)] {
            let run = read(&json!({"sync_type": sync_type, "metadata": metadata})).unwrap();
            assert_eq!(run.counts.is_some(), has_counts, "{sync_type}");
            assert_eq!(run.is_of_all_schools, !has_counts);
        }
    }
}
