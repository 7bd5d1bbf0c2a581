//! What `sync_logs` tells: when a school was refreshed last, how long that usually takes, and when it may be refreshed
//! again. It survives a restart of the launcher, and holds for refreshes from a shell or cron as well.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dashboard::School;
use dashboard::sync_logs::{self, RefreshRow, Status};
use jiff::{SignedDuration, Timestamp};
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::clock;

/// The last successes looked at: enough for a median.
const RUNS: usize = 20;

/// How long a school has to wait for its next refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cooldown {
    pub(crate) after_success: Duration,
    pub(crate) after_failure: Duration,
}

/// Reads the log.
pub(crate) struct History {
    supabase: Arc<SupabaseClient>,
    cooldown: Cooldown,
}

/// What the log says of one school.
#[derive(Debug, Clone, Default)]
pub(crate) struct SchoolHistory {
    /// Its last completed refresh of the current academic year.
    pub(crate) last_refresh: Option<Timestamp>,
    /// Students without a completion date, as the last refresh that counted them did.
    pub(crate) not_completed: Option<u64>,
    /// How long a refresh of this school takes, as a median.
    pub(crate) usual_seconds: Option<f64>,
    /// Until when it may not be refreshed again.
    cooling_until: Option<Timestamp>,
    /// No row, whatever clock wrote it, may hold the school longer than this.
    longest_cooldown: u64,
}

impl SchoolHistory {
    /// Whole seconds until the next refresh may start, rounded up; 0 if it may start now.
    pub(crate) fn cooldown_seconds(&self, now: Timestamp) -> u64 {
        self.cooling_until
            .map_or(0, |until| seconds_until(until, now))
            .min(self.longest_cooldown)
    }
}

impl History {
    pub(crate) fn new(supabase: Arc<SupabaseClient>, cooldown: Cooldown) -> Self {
        Self { supabase, cooldown }
    }

    /// What the log says of a school.
    pub(crate) async fn of_school(&self, school: &School) -> Result<SchoolHistory, SupabaseError> {
        let year = school.academic_year(clock::today());
        let newest =
            |status, most| sync_logs::of_school(&self.supabase, school.id, year, status, most);
        // Apart, so that no number of failures hides the last success.
        let (mut rows, failed) =
            tokio::try_join!(newest(Status::Completed, RUNS), newest(Status::Failed, 1))?;
        rows.extend(failed);
        Ok(digest(&rows, year, self.cooldown))
    }

    /// When the last job for all schools ended, if those jobs log themselves.
    pub(crate) async fn last_full_sync(&self) -> Result<Option<Timestamp>, SupabaseError> {
        sync_logs::last_full_sync(&self.supabase).await
    }

    /// When each of these schools was refreshed last. Looks at the newest refreshes only, so that a long log costs no more
    /// than a short one.
    pub(crate) async fn last_refreshes(
        &self,
        schools: &[School],
    ) -> Result<HashMap<Uuid, Timestamp>, SupabaseError> {
        const NEWEST: usize = 1_000;
        let years: HashMap<Uuid, AcademicYear> = schools
            .iter()
            .map(|school| (school.id, school.academic_year(clock::today())))
            .collect();
        // A filter by so many ids would make a long URL; a few schools are the common case.
        let only = match schools {
            [school] => Some(school.id),
            _ => None,
        };
        let rows = sync_logs::completed(&self.supabase, only, NEWEST).await?;
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
fn digest(rows: &[RefreshRow], year: AcademicYear, cooldown: Cooldown) -> SchoolHistory {
    let of_year = || {
        rows.iter()
            .filter(|row| row.metadata.academic_year == Some(year))
    };
    let completed = || of_year().filter(|row| row.status == Status::Completed);
    let last_refresh = completed().filter_map(|row| row.completed_at).max();
    let mut durations: Vec<f64> = completed()
        .filter_map(|row| {
            Some(
                row.completed_at?
                    .duration_since(row.started_at)
                    .as_secs_f64(),
            )
        })
        .collect();
    durations.sort_by(f64::total_cmp);
    let cooling_until = of_year()
        .filter_map(|row| {
            let wait = match row.status {
                Status::Completed => cooldown.after_success,
                Status::Failed => cooldown.after_failure,
                // One that was cancelled cost little; one that only started may have died long ago.
                Status::Cancelled | Status::Started => return None,
            };
            row.completed_at?
                .checked_add(SignedDuration::try_from(wait).ok()?)
                .ok()
        })
        .max();
    SchoolHistory {
        last_refresh,
        not_completed: completed().find_map(|row| row.metadata.summary.as_ref()?.not_completed),
        usual_seconds: durations.get(durations.len() / 2).copied(),
        cooling_until,
        longest_cooldown: cooldown.after_success.max(cooldown.after_failure).as_secs() + 1,
    }
}

/// Rounded up: whoever waits that long may begin.
pub(crate) fn seconds_until(later: Timestamp, now: Timestamp) -> u64 {
    if later <= now {
        return 0;
    }
    clock::seconds_between(now, later) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: Cooldown = Cooldown {
        after_success: Duration::from_mins(5),
        after_failure: Duration::from_secs(30),
    };

    fn row(status: &str, started: &str, completed: Option<&str>, year: &str) -> RefreshRow {
        let row = serde_json::json!({
            "status": status, "started_at": started, "completed_at": completed,
            "metadata": {"academic_year": year},
        });
        serde_json::from_value(row).unwrap()
    }

    fn of(rows: &[RefreshRow]) -> SchoolHistory {
        digest(rows, "2026/2027".parse().unwrap(), COOLDOWN)
    }

    fn at(time: &str) -> Timestamp {
        format!("2026-11-25T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_success_cools_for_five_minutes_and_a_failure_for_thirty_seconds() {
        let ended = Some("2026-11-25T10:00:02Z");
        let success = of(&[row("completed", "2026-11-25T10:00:00Z", ended, "2026/2027")]);
        assert_eq!(success.cooldown_seconds(at("10:00:02")), 301);
        assert_eq!(success.cooldown_seconds(at("10:05:01.5")), 1);
        assert_eq!(success.cooldown_seconds(at("10:05:02")), 0);
        let failure = of(&[row("failed", "2026-11-25T10:00:00Z", ended, "2026/2027")]);
        assert_eq!(failure.cooldown_seconds(at("10:00:12.5")), 20);
        assert_eq!(failure.cooldown_seconds(at("10:00:32")), 0);
    }

    #[test]
    fn a_row_from_the_future_holds_a_school_no_longer_than_its_cooldown() {
        let ended = Some("2027-01-01T00:00:00Z");
        let ahead = of(&[row("completed", "2026-11-25T10:00:00Z", ended, "2026/2027")]);
        assert_eq!(ahead.cooldown_seconds(at("10:00:00")), 301);
    }

    #[test]
    fn a_failure_after_a_success_does_not_shorten_its_cooldown() {
        let history = of(&[
            row(
                "failed",
                "2026-11-25T10:01:00Z",
                Some("2026-11-25T10:01:01Z"),
                "2026/2027",
            ),
            row(
                "completed",
                "2026-11-25T10:00:00Z",
                Some("2026-11-25T10:00:02Z"),
                "2026/2027",
            ),
        ]);
        assert_eq!(history.last_refresh, Some(at("10:00:02")));
        assert!(history.cooldown_seconds(at("10:02:00")) > 180);
    }

    #[test]
    fn runs_that_were_cancelled_never_ended_or_concern_another_year_count_for_nothing() {
        let ended = Some("2026-11-25T10:00:02Z");
        for odd in [
            row("cancelled", "2026-11-25T10:00:00Z", ended, "2026/2027"),
            row("started", "2026-11-25T10:00:00Z", None, "2026/2027"),
            row("completed", "2026-11-25T10:00:00Z", ended, "2025/2026"),
        ] {
            let history = of(&[odd]);
            assert_eq!(history.cooldown_seconds(at("10:00:03")), 0);
            assert_eq!(history.last_refresh, None);
            assert_eq!(history.usual_seconds, None);
        }
    }

    #[test]
    fn the_usual_duration_is_the_median_of_what_completed() {
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
