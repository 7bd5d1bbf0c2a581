//! Reads from `sync_logs` when a school was last refreshed, how long that usually takes, and which refreshes ended
//! when. The log survives a restart of the launcher, and includes refreshes from a shell or cron.

use std::collections::HashMap;
use std::sync::Arc;

use dashboard::School;
use dashboard::sync_logs::{self, LoggedRun, RefreshRow, Status};
use jiff::Timestamp;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::clock;
use crate::cooldown::{LoggedEnd, Outcome};

/// How many of the newest successes are read: enough for a median.
const RUNS: usize = 20;
/// How many runs a school's list holds.
const LISTED: usize = 20;

/// Reads the log.
pub(crate) struct History {
    supabase: Arc<SupabaseClient>,
}

/// The log's entries about one school.
#[derive(Debug, Clone, Default)]
pub(crate) struct SchoolHistory {
    /// When its last refresh of the current academic year completed.
    pub(crate) last_refresh: Option<Timestamp>,
    /// Records without a completion date, as the last refresh that counted them did.
    pub(crate) not_completed: Option<u64>,
    /// How long a refresh of this school takes, as a median.
    pub(crate) usual_seconds: Option<f64>,
    /// The ends of its newest refreshes, by which its cooldown is decided.
    pub(crate) ends: Vec<LoggedEnd>,
}

impl SchoolHistory {
    /// When its last attempt failed, if none has succeeded since.
    pub(crate) fn last_failure(&self) -> Option<Timestamp> {
        let failed = self
            .ends
            .iter()
            .filter(|end| end.outcome == Outcome::Failed);
        let last = failed.map(|end| end.at).max();
        last.filter(|at| Some(*at) > self.last_refresh)
    }
}

impl History {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self { supabase }
    }

    /// Reads the log's entries about a school.
    pub(crate) async fn of_school(&self, school: &School) -> Result<SchoolHistory, SupabaseError> {
        let year = school.academic_year(clock::now());
        let now = clock::now();
        let newest =
            |status, most| sync_logs::of_school(&self.supabase, school.id, year, status, most, now);
        // Apart, so that no number of failures hides the last success.
        let (mut rows, failed) =
            tokio::try_join!(newest(Status::Completed, RUNS), newest(Status::Failed, 1))?;
        rows.extend(failed);
        Ok(digest(&rows, year))
    }

    /// The newest runs that concern a school, wherever they were started.
    pub(crate) async fn runs_of(&self, school: &School) -> Result<Vec<LoggedRun>, SupabaseError> {
        sync_logs::concerning(&self.supabase, school.id, LISTED, clock::now()).await
    }

    /// When the last job for all schools ended, if those jobs log themselves.
    pub(crate) async fn last_full_sync(&self) -> Result<Option<Timestamp>, SupabaseError> {
        sync_logs::last_full_sync(&self.supabase, clock::now()).await
    }

    /// When each of these schools was last refreshed. Reads the newest refreshes only, so that a long log costs no more than a
    /// short one.
    pub(crate) async fn last_refreshes(
        &self,
        schools: &[School],
    ) -> Result<HashMap<Uuid, Timestamp>, SupabaseError> {
        const NEWEST: usize = 1_000;
        let years: HashMap<Uuid, AcademicYear> = schools
            .iter()
            .map(|school| (school.id, school.academic_year(clock::now())))
            .collect();
        // A filter by so many ids would make a long URL; a few schools are the common case.
        let only = match schools {
            [school] => Some(school.id),
            _ => None,
        };
        let rows = sync_logs::completed(&self.supabase, only, NEWEST, clock::now()).await?;
        let mut last = HashMap::new();
        for row in rows {
            let (Some(id), Some(ended)) = (row.metadata.establishment_id, row.completed_at) else {
                continue;
            };
            if years.get(&id).copied() == row.metadata.academic_year && years.contains_key(&id) {
                let newest = last.entry(id).or_insert(ended);
                *newest = (*newest).max(ended);
            }
        }
        Ok(last)
    }
}

/// The rows of one school, newest first.
fn digest(rows: &[RefreshRow], year: AcademicYear) -> SchoolHistory {
    let of_year = || {
        rows.iter()
            .filter(|row| row.metadata.academic_year == Some(year))
    };
    let completed = || of_year().filter(|row| row.status == Status::Completed);
    let last_refresh = completed().filter_map(|row| row.completed_at).max();
    let mut durations: Vec<f64> = completed()
        .filter_map(|row| {
            let took = row.completed_at?.duration_since(row.started_at);
            // Anyone may have written the row.
            (!took.is_negative()).then(|| took.as_secs_f64())
        })
        .collect();
    durations.sort_by(f64::total_cmp);
    let ends = of_year().filter_map(|row| {
        let outcome = match row.status {
            Status::Completed => Outcome::Succeeded,
            Status::Failed => Outcome::Failed,
            Status::Cancelled => Outcome::Cancelled,
            // Its run may have been killed long ago.
            Status::Started => return None,
        };
        let at = row.completed_at?;
        Some(LoggedEnd { outcome, at })
    });
    let ends = ends.collect();
    SchoolHistory {
        last_refresh,
        not_completed: completed().find_map(|row| row.metadata.summary.as_ref()?.not_completed),
        usual_seconds: durations.get(durations.len() / 2).copied(),
        ends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, started: &str, completed: Option<&str>, year: &str) -> RefreshRow {
        let row = serde_json::json!({
            "status": status, "started_at": started, "completed_at": completed,
            "metadata": {"academic_year": year},
        });
        serde_json::from_value(row).unwrap()
    }

    fn of(rows: &[RefreshRow]) -> SchoolHistory {
        digest(rows, "2026/2027".parse().unwrap())
    }

    #[test]
    fn only_refreshes_of_this_year_that_ended_count() {
        use Outcome::{Cancelled, Failed, Succeeded};
        let started = "2026-11-25T10:00:00Z";
        let ended = Some("2026-11-25T10:00:02Z");
        for (row, outcome, is_refresh) in [
            (
                row("completed", started, ended, "2026/2027"),
                Some(Succeeded),
                true,
            ),
            (
                row("failed", started, ended, "2026/2027"),
                Some(Failed),
                false,
            ),
            (
                row("cancelled", started, ended, "2026/2027"),
                Some(Cancelled),
                false,
            ),
            (row("started", started, None, "2026/2027"), None, false),
            (row("failed", started, None, "2026/2027"), None, false),
            (row("completed", started, ended, "2025/2026"), None, false),
        ] {
            let history = of(std::slice::from_ref(&row));
            let end = history.ends.first().map(|end| end.outcome);
            assert_eq!(end, outcome, "{row:?}");
            assert_eq!(history.last_refresh.is_some(), is_refresh, "{row:?}");
            assert_eq!(history.usual_seconds.is_some(), is_refresh, "{row:?}");
        }
    }

    #[test]
    fn a_failure_after_the_last_success_leaves_its_time() {
        let failed = Some("2026-11-25T10:01:01Z");
        let succeeded = "2026-11-25T10:00:02Z";
        let history = of(&[
            row("failed", "2026-11-25T10:01:00Z", failed, "2026/2027"),
            row(
                "completed",
                "2026-11-25T10:00:00Z",
                Some(succeeded),
                "2026/2027",
            ),
        ]);
        assert_eq!(history.last_refresh, Some(succeeded.parse().unwrap()));
        assert_eq!(history.ends.len(), 2);
        assert_eq!(history.last_failure(), failed.map(|at| at.parse().unwrap()));
    }

    #[test]
    fn a_failure_before_the_last_success_is_over() {
        let [failed, succeeded] = ["2026-11-25T10:00:02Z", "2026-11-25T10:01:01Z"];
        let started = "2026-11-25T10:00:00Z";
        let history = of(&[
            row("completed", started, Some(succeeded), "2026/2027"),
            row("failed", started, Some(failed), "2026/2027"),
        ]);
        assert_eq!(history.last_failure(), None);
    }

    #[test]
    fn the_usual_duration_is_the_median_of_completed_refreshes() {
        let runs = [2, 40, 3].map(|seconds| {
            let ended = format!("2026-11-25T10:00:{seconds:02}Z");
            row(
                "completed",
                "2026-11-25T10:00:00Z",
                Some(&ended),
                "2026/2027",
            )
        });
        assert_eq!(of(&runs).usual_seconds, Some(3.0));
    }
}
