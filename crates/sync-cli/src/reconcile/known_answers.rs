//! Both sides of a school's answers, as far as they could be read. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use sync_protocol::KnackRecordId;
use uuid::Uuid;

use crate::domain::AnswerSheet;
use crate::stored::answers::{ByStudent, StoredAnswers, answers_of};
use crate::stored::statistics::StoredStatistics;

/// Both sides of a school's answers.
#[derive(Default)]
pub(crate) struct KnownAnswers {
    /// By the student's record.
    pub(crate) sheets: HashMap<KnackRecordId, AnswerSheet>,
    /// As they were read at the beginning.
    pub(crate) stored: ByStudent,
    pub(crate) statistics: StoredStatistics,
}

/// Both sides, and what was read only once rows were met that were not read at the beginning.
#[derive(Clone, Copy)]
pub(crate) struct BothSides<'k> {
    pub(crate) known: &'k KnownAnswers,
    pub(crate) others: &'k ByStudent,
}

impl<'k> BothSides<'k> {
    /// Before any such row is met.
    pub(crate) fn at_first(known: &'k KnownAnswers) -> Self {
        static NONE: LazyLock<ByStudent> = LazyLock::new(ByStudent::new);
        Self {
            known,
            others: &NONE,
        }
    }

    pub(crate) fn stored(&self, student: Uuid) -> &StoredAnswers {
        let others = self.others.get(&student);
        others.unwrap_or_else(|| answers_of(&self.known.stored, student))
    }
}

/// One student's sheet beside what is stored in one row, which may be another student's.
#[derive(Clone, Copy)]
pub(crate) struct SheetAndRow<'a> {
    pub(crate) sheet: Option<&'a AnswerSheet>,
    pub(crate) stored: &'a StoredAnswers,
}

impl KnownAnswers {
    /// Of a row that was read at the beginning.
    pub(crate) fn beside(&self, record: KnackRecordId, row: Uuid) -> SheetAndRow<'_> {
        self.beside_stored(record, answers_of(&self.stored, row))
    }

    /// Of a row that was read only later.
    pub(crate) fn beside_stored<'a>(
        &'a self,
        record: KnackRecordId,
        stored: &'a StoredAnswers,
    ) -> SheetAndRow<'a> {
        let sheet = self.sheets.get(&record);
        SheetAndRow { sheet, stored }
    }
}
