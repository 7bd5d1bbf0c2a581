//! Both sides of a school's answers, as far as they could be read. Pure.

use std::collections::HashMap;

use sync_protocol::KnackRecordId;

use crate::domain::AnswerSheet;
use crate::stored::answers::ByStudent;
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
