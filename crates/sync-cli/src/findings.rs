//! Collects what a run has to report: skipped records and warnings, counted by kind. Holds record ids, never a pupil's
//! data.

use std::collections::BTreeMap;

use dashboard::OptionalColumn;
use sync_protocol::{KnackRecordId, MAX_RECORD_IDS, SkipReason, Skipped, Warning, WarningCode};

#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    skipped: BTreeMap<SkipReason, Tally>,
    warnings: BTreeMap<WarningCode, Tally>,
    missing_columns: Vec<String>,
    /// Why answers were not refreshed.
    answers: Option<String>,
    /// Which fields of Knack have changed.
    fields: String,
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

    /// A record that may not have said its id.
    pub(crate) fn warn_record(&mut self, code: WarningCode, record: Option<KnackRecordId>) {
        self.warnings.entry(code).or_default().add(record);
    }

    pub(crate) fn warn_run(&mut self, code: WarningCode) {
        self.warn_record(code, None);
    }

    /// However often it is found.
    pub(crate) fn warn_once(&mut self, code: WarningCode) {
        if !self.warnings.contains_key(&code) {
            self.warn_run(code);
        }
    }

    /// A column that the database lacks or computes, and the run did without.
    pub(crate) fn warn_column(&mut self, column: OptionalColumn) {
        self.warn_run(WarningCode::ColumnMissing);
        let (table, name) = (column.table(), column.name());
        self.missing_columns.push(format!("{table}.{name}"));
    }

    /// Answers could not be refreshed, for this reason; the first reason stands.
    pub(crate) fn warn_answers(&mut self, reason: String) {
        self.warn_once(WarningCode::AnswersNotRefreshed);
        self.answers.get_or_insert(reason);
    }

    /// So many fields of Knack are not what they should be, and what they carry was left as it is stored.
    pub(crate) fn warn_fields(&mut self, count: u64, named: String) {
        self.warnings
            .entry(WarningCode::FieldsChanged)
            .or_default()
            .count = count;
        self.fields = named;
    }

    /// Whether rows that Knack gives are not saved.
    pub(crate) fn is_partial(&self) -> bool {
        self.warnings.keys().any(|code| code.makes_partial())
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
                WarningCode::FieldsChanged => fields_changed(&self.fields),
                WarningCode::AnswersNotRefreshed => {
                    let reason = self.answers.as_deref().unwrap_or_default();
                    format!("{} {reason}", sentence(*code))
                        .trim_end()
                        .to_owned()
                }
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
        "{} The columns are: {}.",
        sentence(WarningCode::ColumnMissing),
        columns.join(", ")
    )
}

/// The fields are Knack's schema, as the columns are the database's.
fn fields_changed(named: &str) -> String {
    let sentence = sentence(WarningCode::FieldsChanged);
    format!("{sentence} What has changed: {named}.")
}

/// The sentence for a warning.
fn sentence(code: WarningCode) -> &'static str {
    match code {
        WarningCode::AdoptedOrphan => {
            "Some stored students belonged to no school; they now belong to this one. Nothing needs to be done."
        }
        WarningCode::AnswerOutOfRange => {
            "Some answers are not whole numbers from 1 to 5; they were skipped, and all others were used. Correct them in Knack."
        }
        WarningCode::AnswersNotRefreshed => {
            "Not all question answers could be refreshed; everything else was."
        }
        WarningCode::AnswersSuspiciouslyEmpty => {
            "Knack returned no question answers although Supabase has some of this school's students; none was removed. Check in Knack whether the records of answers are connected to the school."
        }
        WarningCode::AnswersSuspiciouslyFew => {
            "Knack returned question answers of fewer than half as many students as Supabase has answers of; none was removed. Check in Knack that no answers are missing."
        }
        WarningCode::ChangedMeanwhile => {
            "Some rows were changed in Supabase during the refresh; they were kept as they are. Refresh again to compare them with Knack."
        }
        WarningCode::ChangedWhileReading => {
            "Some records changed in Knack while they were being read. Refresh again to get their latest state."
        }
        WarningCode::CleanedText => {
            "Some texts contained characters that cannot be stored; these characters were removed or replaced. Nothing needs to be done."
        }
        WarningCode::ClockSkew => {
            "The clock of the machine that runs the refresh is more than five minutes wrong. Tell your administrator to set it, because the academic year depends on it."
        }
        WarningCode::ColumnMissing => {
            "Some optional columns are missing from the database, or computed by it; the refresh did without them. Nothing needs to be done."
        }
        WarningCode::DuplicateEmail => {
            "Several records have the same e-mail; the one completed last was used. Delete the others in Knack, or correct their addresses."
        }
        WarningCode::EmailOfAnotherStudent => {
            "Several students have the same e-mail; the row stays with the student it belongs to, and the others were skipped. Give each their own e-mail in Knack, then refresh again."
        }
        WarningCode::FieldsChanged => {
            "Fields in Knack are no longer what a refresh expects; what depends on them was left as it is stored, and everything else was refreshed. Tell your administrator: the fields must be restored in Knack's builder, or the field table of this program must be changed."
        }
        WarningCode::HeldByOtherEstablishment => {
            "Some students have an e-mail that another school's row already uses this year; those rows were left alone, and the students were not saved. Correct the address or the school in Knack."
        }
        WarningCode::KeptNewer => {
            "Supabase has newer questionnaires than Knack for some students; they were kept. Nothing needs to be done."
        }
        WarningCode::LastYearsCycle => {
            "Knack still shows last year's scores for later cycles; those cycles were skipped. Nothing needs to be done."
        }
        WarningCode::LimitNotShared => {
            "Knack's limit of requests could not be shared with other refreshes, so this one took only a part of it, or others may have been refused requests; the figures are correct. Tell your administrator: what KNACK_BUDGET names cannot be used, and the log says why."
        }
        WarningCode::LogNotWritten => {
            "The run could not be recorded in sync_logs, so the history does not show it; what was saved is not affected. Tell your administrator."
        }
        WarningCode::NotCounted => {
            "The students who have not completed the questionnaire could not be counted. Refresh again later."
        }
        WarningCode::RecordReused => {
            "Some records now have a different e-mail and name: new students were added, and the old rows were left as they were. Check in Knack whether that is right."
        }
        WarningCode::RowRefused => {
            "Some rows were refused or could not be written, so they were not saved. Tell your administrator; the log has the details."
        }
        WarningCode::ScoreOutOfRange => {
            "Some scores are not numbers from 0 to 10; their cycles were skipped, and all other cycles were used. Correct them in Knack."
        }
        WarningCode::ShortPage => {
            "Knack returned fewer records than it had announced, even when asked again. Refresh again later."
        }
        WarningCode::RecordTooLarge => {
            "Some records in Knack are too large to be read, usually because of pasted images, and were skipped. Remove the images in Knack and refresh again."
        }
        WarningCode::RecordUnreadable => {
            "Knack sent some records in a form that cannot be read; they were skipped, and what is stored of them was not changed. Tell your administrator: Knack does not answer as its API is documented."
        }
        WarningCode::StudentDeleted => {
            "Some students were deleted from Supabase during the refresh, so their rows were not saved. Refresh again to add them back."
        }
        WarningCode::SuspiciouslyEmpty => {
            "Knack returned no records although Supabase has students for this school; nothing was changed. Check in Knack whether the records are connected to the school."
        }
        WarningCode::SuspiciouslyFew => {
            "Knack returned fewer than half as many students as Supabase has for this school; none was removed. Check in Knack that no records are missing."
        }
        WarningCode::Truncated => {
            "Some texts were too long for their columns and were cut. Shorten them in Knack."
        }
        WarningCode::TwinRows => {
            "Supabase has two rows for some students; one row was used, and the other was left as it was. Tell your administrator."
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const ALL: [WarningCode; 30] = [
        WarningCode::AdoptedOrphan,
        WarningCode::AnswerOutOfRange,
        WarningCode::AnswersNotRefreshed,
        WarningCode::AnswersSuspiciouslyEmpty,
        WarningCode::AnswersSuspiciouslyFew,
        WarningCode::ChangedMeanwhile,
        WarningCode::ChangedWhileReading,
        WarningCode::CleanedText,
        WarningCode::ClockSkew,
        WarningCode::ColumnMissing,
        WarningCode::DuplicateEmail,
        WarningCode::EmailOfAnotherStudent,
        WarningCode::FieldsChanged,
        WarningCode::HeldByOtherEstablishment,
        WarningCode::KeptNewer,
        WarningCode::LastYearsCycle,
        WarningCode::LimitNotShared,
        WarningCode::LogNotWritten,
        WarningCode::NotCounted,
        WarningCode::RecordReused,
        WarningCode::RecordTooLarge,
        WarningCode::RecordUnreadable,
        WarningCode::RowRefused,
        WarningCode::ScoreOutOfRange,
        WarningCode::ShortPage,
        WarningCode::StudentDeleted,
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
