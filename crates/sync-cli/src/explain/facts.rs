//! The facts of an explanation, in the order in which they are found, each with its sentence.

use dashboard::SchoolYear;
use jiff::civil::Date;
use sync_protocol::{ExplainOutcome, ExplainVerdict, Fact, FactCode, KnackRecordId, RecordChange};

use super::sentences;
use crate::domain::Cycle;
use crate::reconcile::FoundBy;

/// The facts about a subject; the sentences are added at the end.
pub(super) struct Said {
    pub(super) verdict: ExplainVerdict,
    pub(super) outcome: ExplainOutcome,
    pub(super) facts: Facts,
    pub(super) record: Option<KnackRecordId>,
    pub(super) name: Option<String>,
    pub(super) changes: Vec<RecordChange>,
}

/// Facts in the order in which they are found.
pub(super) struct Facts {
    pub(super) all: Vec<Fact>,
    of: SchoolYear,
}

impl Facts {
    pub(super) fn new(of: &SchoolYear) -> Self {
        Self {
            all: Vec::new(),
            of: of.clone(),
        }
    }

    pub(super) fn add(&mut self, code: FactCode) {
        self.push(code, None, None);
    }

    pub(super) fn of_cycle(&mut self, code: FactCode, cycle: Cycle) {
        self.push(code, Some(cycle), None);
    }

    pub(super) fn of_record(&mut self, code: FactCode, record: KnackRecordId) {
        self.push(code, None, Some(record));
    }

    pub(super) fn push(
        &mut self,
        code: FactCode,
        cycle: Option<Cycle>,
        record_id: Option<KnackRecordId>,
    ) {
        let cycle = cycle.map(u8::from);
        self.all.push(Fact {
            code,
            sentence: sentences::of_fact(code, cycle),
            cycle,
            day: None,
            record_id,
        });
    }

    pub(super) fn completed(&mut self, on: Date) {
        self.all.push(Fact {
            code: FactCode::CompletedOn,
            sentence: sentences::completed_on(on, self.of.year),
            cycle: None,
            day: Some(on),
            record_id: None,
        });
    }
}

/// By which rule answers were found.
pub(super) fn found_by(by: Option<FoundBy>) -> FactCode {
    match by {
        Some(FoundBy::Email) => FactCode::AnswersByEmail,
        Some(FoundBy::Connection) | None => FactCode::AnswersByConnection,
    }
}
