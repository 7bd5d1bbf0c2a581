//! Rows of a student's answers, as PostgREST takes them.

use serde::Serialize;
use sync_protocol::AcademicYear;
use uuid::Uuid;

use super::Row;
use crate::changed_rows::RowChange;
use crate::domain::{Answer, Cycle, Question};
use crate::reconcile::AnswerChange;

/// A row of `question_responses`.
#[derive(Serialize)]
pub(in crate::save) struct AnswerRow {
    student_id: Uuid,
    cycle: Cycle,
    academic_year: AcademicYear,
    question_id: Question,
    response_value: Option<Answer>,
    /// Whether people see a difference.
    #[serde(skip)]
    is_seen: bool,
}

impl Row for AnswerRow {
    fn seen(&self) -> Option<RowChange> {
        self.is_seen.then_some(RowChange::Answer(self.cycle))
    }
}

impl AnswerRow {
    pub(in crate::save) fn new(
        student_id: Uuid,
        change: AnswerChange,
        academic_year: AcademicYear,
    ) -> Self {
        Self {
            student_id,
            cycle: change.cycle,
            academic_year,
            question_id: change.question,
            response_value: Some(change.answer),
            is_seen: change.seen().is_some(),
        }
    }

    /// Without the answer that is stored, which is another student's.
    pub(in crate::save) fn cleared(
        student_id: Uuid,
        (cycle, question): (Cycle, Question),
        academic_year: AcademicYear,
    ) -> Self {
        Self {
            student_id,
            cycle,
            academic_year,
            question_id: question,
            response_value: None,
            is_seen: false,
        }
    }

    pub(in crate::save) fn student_id(&self) -> Uuid {
        self.student_id
    }

    pub(in crate::save) fn cycle(&self) -> Cycle {
        self.cycle
    }

    pub(in crate::save) fn question(&self) -> Question {
        self.question_id
    }
}

/// The same for a stored row that names no year, which no unique key finds.
#[derive(Serialize)]
pub(in crate::save) struct UndatedAnswerRow {
    pub(in crate::save) id: Uuid,
    #[serde(flatten)]
    pub(in crate::save) row: AnswerRow,
}

impl Row for UndatedAnswerRow {
    fn seen(&self) -> Option<RowChange> {
        self.row.seen()
    }
}
