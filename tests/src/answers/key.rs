//! What tells one answer from all others.

use std::collections::BTreeMap;

/// What is stored, or must be: a value from 1 to 5 for each student, cycle and question.
pub type AllAnswers = BTreeMap<AnswerKey, i64>;

/// Whose answer, in which year and cycle, and to which question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerKey {
    /// The student's stored e-mail.
    pub email: String,
    /// `academic_year` of the row.
    pub year: String,
    /// 1, 2 or 3.
    pub cycle: u8,
    /// `question_id`
    pub question: String,
}
