//! Answers to the questionnaire's statements as exact values. Pure: no I/O, nothing of Knack's or PostgREST's shapes.

use std::fmt;
use std::num::NonZeroU8;

use jiff::civil::DateTime;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sync_protocol::KnackRecordId;

use super::Email;

/// The ids under which answers are stored, in the order of the questionnaire. The questionnaire itself stores its last four
/// under other ids, which the dashboard does not read (docs/knack-and-dashboard.md, "Question answers").
const IDS: [&str; Question::COUNT] = [
    "q1",
    "q2",
    "q3",
    "q4",
    "q5",
    "q6",
    "q7",
    "q8",
    "q9",
    "q10",
    "q11",
    "q12",
    "q13",
    "q14",
    "q15",
    "q16",
    "q17",
    "q18",
    "q19",
    "q20",
    "q21",
    "q22",
    "q23",
    "q24",
    "q25",
    "q26",
    "q27",
    "q28",
    "q29_vision_grades",
    "outcome_q_support",
    "outcome_q_equipped",
    "outcome_q_confident",
];

/// A statement of the questionnaire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Question(u8);

impl Question {
    pub(crate) const COUNT: usize = 32;

    /// All of them, in the order of the questionnaire.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(Self::COUNT)
    }

    /// `question_responses.question_id`
    pub(crate) fn id(self) -> &'static str {
        IDS[self.index()]
    }

    /// `None` for any other id.
    pub(crate) fn with_id(id: &str) -> Option<Self> {
        Self::all().find(|question| question.id() == id)
    }

    /// 0 for the first statement.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

impl Serialize for Question {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}

/// An answer, 1 (strongly disagree) to 5 (strongly agree).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer(NonZeroU8);

impl TryFrom<i64> for Answer {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        let number = u8::try_from(number).ok().filter(|number| *number <= 5);
        let number = number.and_then(NonZeroU8::new);
        number.map(Self).ok_or("an answer is 1 to 5")
    }
}

impl From<Answer> for i64 {
    fn from(answer: Answer) -> Self {
        answer.0.get().into()
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        i64::from(*self).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        i64::deserialize(from)?.try_into().map_err(D::Error::custom)
    }
}

/// A pupil's answers in one cycle: 32 bytes, so that a school's fit into memory many times over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Answers([Option<Answer>; Question::COUNT]);

impl Answers {
    pub(crate) fn get(&self, question: Question) -> Option<Answer> {
        self.0[question.index()]
    }

    pub(crate) fn set(&mut self, question: Question, answer: Answer) {
        self.0[question.index()] = Some(answer);
    }

    /// As if it had not been answered.
    pub(crate) fn clear(&mut self, question: Question) {
        self.0[question.index()] = None;
    }

    /// Those given, in the order of the questionnaire.
    pub(crate) fn given(&self) -> impl Iterator<Item = (Question, Answer)> + '_ {
        Question::all().filter_map(|question| Some((question, self.get(question)?)))
    }
}

/// One record of answers, as Knack holds it: one a student, overwritten by each cycle.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AnswerSheet {
    pub(crate) record_id: KnackRecordId,
    /// Whose, by e-mail; absent or unreadable in some.
    pub(crate) email: Option<Email>,
    /// Whose, by name: it tells apart who shares an e-mail. Possibly empty.
    pub(crate) name: String,
    /// Whose, by the record of scores that it is connected with; absent in about a fifth.
    pub(crate) scores_record: Option<KnackRecordId>,
    /// When its last cycle was completed, with the time of day where Knack says it: of two sheets of one student, the later
    /// counts.
    pub(crate) completed_at: DateTime,
    /// Cycles 1, 2 and 3.
    pub(crate) cycles: [Answers; 3],
}

impl AnswerSheet {
    /// Whether any question is answered in any cycle.
    pub(crate) fn has_answers(&self) -> bool {
        let has_any = |answers: &Answers| answers.given().next().is_some();
        self.cycles.iter().any(has_any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_known_by_its_id_and_by_no_other() {
        for question in Question::all() {
            assert_eq!(Question::with_id(question.id()), Some(question));
        }
        for id in ["", "Q1", "q0", "q29", "q33", "outcome_q"] {
            assert_eq!(Question::with_id(id), None, "{id}");
        }
    }

    #[test]
    fn an_answer_is_1_to_5() {
        for number in [i64::MIN, -1, 0, 6, 50, 257, i64::MAX] {
            assert!(Answer::try_from(number).is_err(), "{number}");
        }
        for number in 1..=5 {
            assert_eq!(i64::from(Answer::try_from(number).unwrap()), number);
        }
    }

    #[test]
    fn answers_are_given_in_the_order_of_the_questionnaire() {
        let mut answers = Answers::default();
        for (id, number) in [("outcome_q_support", 4), ("q2", 1), ("q2", 5)] {
            let answer = Answer::try_from(number).unwrap();
            answers.set(Question::with_id(id).unwrap(), answer);
        }
        let given = answers
            .given()
            .map(|(question, answer)| (question.id(), i64::from(answer)));
        assert_eq!(
            given.collect::<Vec<_>>(),
            [("q2", 5), ("outcome_q_support", 4)]
        );
    }
}
