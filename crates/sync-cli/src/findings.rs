//! What a run has to report: skipped records and warnings, counted by kind. Holds record ids, never a pupil's data.

use std::collections::BTreeMap;

use dashboard::OptionalColumn;
use sync_protocol::{KnackRecordId, MAX_RECORD_IDS, SkipReason, Skipped, Warning, WarningCode};

#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    skipped: BTreeMap<SkipReason, Tally>,
    warnings: BTreeMap<WarningCode, Tally>,
    missing_columns: Vec<String>,
}

#[derive(Debug, Clone, Default)]
struct Tally {
    count: u64,
    record_ids: Vec<KnackRecordId>,
}

impl Tally {
    fn add(&mut self, record: Option<KnackRecordId>) {
        self.count += 1;
        if let Some(id) = record
            && self.record_ids.len() < MAX_RECORD_IDS
            && !self.record_ids.contains(&id)
        {
            self.record_ids.push(id);
        }
    }
}

impl Findings {
    /// A record that did not become a student.
    pub(crate) fn skip(&mut self, reason: SkipReason, record: KnackRecordId) {
        self.skipped.entry(reason).or_default().add(Some(record));
    }

    pub(crate) fn warn(&mut self, code: WarningCode, record: KnackRecordId) {
        self.warnings.entry(code).or_default().add(Some(record));
    }

    pub(crate) fn warn_run(&mut self, code: WarningCode) {
        self.warnings.entry(code).or_default().add(None);
    }

    /// However often it is found.
    pub(crate) fn warn_once(&mut self, code: WarningCode) {
        if !self.warnings.contains_key(&code) {
            self.warn_run(code);
        }
    }

    /// A column that the database lacks and the run did without.
    pub(crate) fn warn_column(&mut self, column: OptionalColumn) {
        self.warn_run(WarningCode::ColumnMissing);
        let (table, name) = (column.table(), column.name());
        self.missing_columns.push(format!("{table}.{name}"));
    }

    /// Whether the database refused rows.
    pub(crate) fn is_partial(&self) -> bool {
        self.warnings.contains_key(&WarningCode::RowRefused)
    }

    pub(crate) fn skipped(&self) -> Vec<Skipped> {
        let one = |(reason, tally): (&SkipReason, &Tally)| Skipped {
            reason: *reason,
            count: tally.count,
            record_ids: tally.record_ids.clone(),
        };
        self.skipped.iter().map(one).collect()
    }

    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let one = |(code, tally): (&WarningCode, &Tally)| Warning {
            code: *code,
            message: match code {
                WarningCode::ColumnMissing => columns_missing(&self.missing_columns),
                code => sentence(*code).to_owned(),
            },
            count: tally.count,
            record_ids: tally.record_ids.clone(),
        };
        self.warnings.iter().map(one).collect()
    }
}

/// The columns are the schema's, so naming them tells nobody anything about a pupil.
fn columns_missing(columns: &[String]) -> String {
    format!(
        "{} The columns missing are: {}.",
        sentence(WarningCode::ColumnMissing),
        columns.join(", ")
    )
}

/// What a warning says to a person.
fn sentence(code: WarningCode) -> &'static str {
    match code {
        WarningCode::AdoptedOrphan => {
            "A student's row belonged to no school; it now belongs to this one."
        }
        WarningCode::ChangedMeanwhile => {
            "A row was changed in Supabase during the refresh; it was kept. Refresh again to compare it with Knack."
        }
        WarningCode::ChangedWhileReading => {
            "Records changed in Knack while they were being read. Refresh again to be sure of the latest."
        }
        WarningCode::CleanedText => {
            "A text contained characters that cannot be stored; they were removed or replaced."
        }
        WarningCode::ClockSkew => {
            "This machine's clock and a service's differ by more than five minutes. Set the machine's clock: by it a refresh knows the academic year."
        }
        WarningCode::ColumnMissing => {
            "The database lacks an optional column; the refresh did without it."
        }
        WarningCode::DuplicateEmail => {
            "Two records have the same e-mail; the one completed last was used."
        }
        WarningCode::EmailOfAnotherStudent => {
            "Two students have the same e-mail; the row stays the one's it was, and the other was skipped. Give each their own e-mail in Knack, then refresh again."
        }
        WarningCode::HeldByOtherEstablishment => {
            "A student's e-mail already belongs to another school's row for this year; that row was left alone."
        }
        WarningCode::KeptNewer => "Supabase has a newer questionnaire than Knack; it was kept.",
        WarningCode::LastYearsCycle => {
            "Knack still shows last year's scores for a later cycle; that cycle was skipped."
        }
        WarningCode::LogNotWritten => {
            "The figures are correct, but the run could not be recorded in sync_logs."
        }
        WarningCode::NotCounted => {
            "The students who have not completed the questionnaire could not be counted."
        }
        WarningCode::RecordReused => {
            "A record now has a different e-mail and name: a new student was added, and the old row was left as it was."
        }
        WarningCode::RowRefused => "A row was refused or could not be written; it was not saved.",
        WarningCode::ScoreOutOfRange => {
            "A score is not a number from 0 to 10; that cycle was skipped and the other cycles were kept."
        }
        WarningCode::ShortPage => {
            "Knack returned fewer records than it announced, however they were asked for. Refresh again later."
        }
        WarningCode::RecordTooLarge => {
            "A record is larger in Knack than can be read, usually because of pasted images; it was skipped."
        }
        WarningCode::SuspiciouslyEmpty => {
            "Knack returned no records although Supabase has students of this school; nothing was changed."
        }
        WarningCode::SuspiciouslyFew => {
            "Knack returned fewer than half as many students as Supabase has of this school; no student was removed."
        }
        WarningCode::Truncated => "A text was too long for its column and was cut.",
        WarningCode::TwinRows => {
            "Supabase has a second row for the same student; one was used and the other left as it was."
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const ALL: [WarningCode; 22] = [
        WarningCode::AdoptedOrphan,
        WarningCode::ChangedMeanwhile,
        WarningCode::ChangedWhileReading,
        WarningCode::CleanedText,
        WarningCode::ClockSkew,
        WarningCode::ColumnMissing,
        WarningCode::DuplicateEmail,
        WarningCode::EmailOfAnotherStudent,
        WarningCode::HeldByOtherEstablishment,
        WarningCode::KeptNewer,
        WarningCode::LastYearsCycle,
        WarningCode::LogNotWritten,
        WarningCode::NotCounted,
        WarningCode::RecordReused,
        WarningCode::RecordTooLarge,
        WarningCode::RowRefused,
        WarningCode::ScoreOutOfRange,
        WarningCode::ShortPage,
        WarningCode::SuspiciouslyEmpty,
        WarningCode::SuspiciouslyFew,
        WarningCode::Truncated,
        WarningCode::TwinRows,
    ];

    /// To be read from top to bottom, as staff and as an administrator would.
    #[test]
    fn every_warning_is_said_as_it_was() {
        let mut list = String::new();
        for code in ALL {
            let name = serde_json::to_value(code).unwrap();
            let name = name.as_str().unwrap();
            writeln!(list, "{name}: {}", sentence(code)).unwrap();
        }
        insta::assert_snapshot!(list);
    }
}
