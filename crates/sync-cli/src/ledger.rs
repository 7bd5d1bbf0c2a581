//! What a run has done so far, so that the summary is as true after a failure as after a success.

use std::time::Duration;

use dashboard::SchoolYear;
use jiff::Timestamp;
use knack_client::Usage;
use sync_protocol::{
    ChangeReport, Changes, EstablishmentId, Explanation, KnackUse, PerTable, Summary,
};
use uuid::Uuid;

use crate::error::{SavedRows, SyncError};
use crate::findings::Findings;

/// Everything a summary is made of.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) run_id: Uuid,
    pub(crate) dry_run: bool,
    /// How the caller named the school.
    pub(crate) requested: Option<EstablishmentId>,
    /// Once both are known.
    pub(crate) school_year: Option<SchoolYear>,
    pub(crate) changes: Changes,
    pub(crate) only_in_supabase: PerTable<u64>,
    pub(crate) not_completed: Option<u64>,
    pub(crate) findings: Findings,
    /// Knack records received, each once.
    pub(crate) records: u64,
    pub(crate) usage: Usage,
    /// Whether any row but the log's was, or may have been, written.
    pub(crate) saved: SavedRows,
    /// Whose rows were changed, where that was asked for: of no log and no log row.
    pub(crate) changed_records: Option<ChangeReport>,
    /// The answer to what was asked, printed instead of the summary.
    pub(crate) explanation: Option<Explanation>,
}

impl Ledger {
    pub(crate) fn new(run_id: Uuid) -> Self {
        Self {
            run_id,
            dry_run: false,
            requested: None,
            school_year: None,
            changes: Changes::default(),
            only_in_supabase: PerTable::default(),
            not_completed: None,
            findings: Findings::default(),
            records: 0,
            usage: Usage::default(),
            saved: SavedRows::None,
            changed_records: None,
            explanation: None,
        }
    }

    /// The summary of a run that ended with `outcome` after `duration`, at `now`.
    pub(crate) fn summary(
        &self,
        outcome: &Result<(), SyncError>,
        duration: Duration,
        now: Timestamp,
    ) -> Summary {
        let (requested_knack_id, requested_uuid) = match self.requested {
            Some(EstablishmentId::Knack(id)) => (Some(id), None),
            Some(EstablishmentId::Supabase(id)) => (None, Some(id)),
            None => (None, None),
        };
        let school = self.school_year.as_ref().map(|it| &it.school);
        Summary {
            success: outcome.is_ok(),
            partial: outcome.is_ok() && self.findings.is_partial(),
            establishment_name: school.map(|school| school.name.clone()),
            establishment_id: school.map(|school| school.knack_id).or(requested_knack_id),
            establishment_uuid: school.map(|school| school.id).or(requested_uuid),
            academic_year: self.school_year.as_ref().map(|it| it.year),
            students_synced: self.changes.students.synced(),
            vespa_scores_synced: self.changes.vespa_scores.synced(),
            comments_synced: self.changes.comments.synced(),
            question_responses_synced: self.changes.question_responses.synced(),
            duration_seconds: (duration.as_secs_f64() * 1_000.0).round() / 1_000.0,
            timestamp: now,
            dry_run: self.dry_run,
            run_id: self.run_id,
            changes: self.changes,
            only_in_supabase: self.only_in_supabase,
            not_completed: self.not_completed,
            skipped: self.findings.skipped(),
            warnings: self.findings.warnings(),
            knack: KnackUse {
                requests: self.usage.requests,
                retries: self.usage.retries,
                records: self.records,
                daily_remaining: self.usage.daily_remaining,
            },
            changed_records: self.changed_records.clone(),
            error: outcome
                .as_ref()
                .err()
                .map(|error| error.failure(self.saved)),
        }
    }
}

#[cfg(test)]
mod tests {
    use dashboard::School;
    use sync_protocol::{Calendar, SkipReason, TableChanges, WarningCode};

    use super::*;

    fn ledger() -> Ledger {
        let record = "626001d1bfcbf443a3147388".parse().unwrap();
        let school = School {
            id: Uuid::from_u128(1),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: "Example School".to_owned(),
            calendar: Calendar::AugustToJuly,
        };
        let year = "2026/2027".parse().unwrap();
        let mut ledger = Ledger {
            school_year: Some(SchoolYear { school, year }),
            not_completed: Some(31),
            records: 467,
            ..Ledger::new(Uuid::from_u128(2))
        };
        ledger.changes.students = TableChanges {
            inserted: 3,
            updated: 12,
            unchanged: 450,
        };
        ledger.findings.skip(SkipReason::MissingEmail, record);
        ledger.findings.warn(WarningCode::RowRefused, record);
        ledger
    }

    fn summary(ledger: &Ledger, outcome: &Result<(), SyncError>) -> String {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let summary = ledger.summary(outcome, Duration::from_millis(1_900), now);
        serde_json::to_string_pretty(&summary).unwrap()
    }

    #[test]
    fn the_summary_of_a_success_is_as_it_was() {
        insta::assert_snapshot!(summary(&ledger(), &Ok(())));
    }

    #[test]
    fn the_summary_of_a_failure_is_as_it_was() {
        let failed = Err(SyncError::EstablishmentNotFound);
        insta::assert_snapshot!(summary(&Ledger::new(Uuid::from_u128(2)), &failed));
    }
}
