//! What a run has to tell: records skipped and warnings, counted by kind. Holds record ids, never anything of a pupil.

use std::collections::BTreeMap;

use sync_protocol::{KnackRecordId, MAX_RECORD_IDS, SkipReason, Skipped, Warning, WarningCode};

#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    skipped: BTreeMap<SkipReason, Tally>,
    warnings: BTreeMap<WarningCode, Tally>,
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
            message: sentence(*code).to_owned(),
            count: tally.count,
            record_ids: tally.record_ids.clone(),
        };
        self.warnings.iter().map(one).collect()
    }
}

/// What a warning says to a person.
fn sentence(code: WarningCode) -> &'static str {
    match code {
        WarningCode::AdoptedOrphan => "A student's row had no school; it now belongs to this one.",
        WarningCode::ChangedWhileReading => {
            "Records changed in Knack while they were read. Refresh again to be sure of the newest."
        }
        WarningCode::CleanedText => {
            "A text held characters that cannot be stored; they were removed or replaced."
        }
        WarningCode::DuplicateEmail => {
            "Two records have the same e-mail; the one completed last was used."
        }
        WarningCode::HeldByOtherEstablishment => {
            "A student's e-mail belongs to another school's row of this year; it was left alone."
        }
        WarningCode::KeptNewer => "Supabase holds a newer questionnaire than Knack; it was kept.",
        WarningCode::LastYearsCycle => {
            "A later cycle still holds last year's scores in Knack; it was skipped."
        }
        WarningCode::LogNotWritten => {
            "The data is as reported, but the run could not be written to sync_logs."
        }
        WarningCode::NotCounted => {
            "How many students have not completed the questionnaire could not be counted."
        }
        WarningCode::RecordReused => {
            "A record now has another e-mail and another name: a new student was added, the old row left as it was."
        }
        WarningCode::RowRefused => "The database refused a row; it was not saved.",
        WarningCode::ScoreOutOfRange => {
            "A score is not a number from 0 to 10; that cycle was skipped, other cycles kept."
        }
        WarningCode::ShortPage => {
            "Knack returned fewer records than it announced, twice. Refresh again later."
        }
        WarningCode::SuspiciouslyEmpty => {
            "Knack returned no records although Supabase holds this school's students; nothing was changed."
        }
        WarningCode::Truncated => "A text was longer than its column and was cut.",
        WarningCode::TwinRows => {
            "Supabase holds a second row for the same student; one was used, the other left as it was."
        }
    }
}
