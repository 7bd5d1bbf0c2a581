//! Students, scores and comments as exact values. Pure: no I/O, no clock, nothing of Knack's or PostgREST's shapes.

mod answers;
mod figures;
mod student_columns;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sync_protocol::KnackRecordId;

pub(crate) use answers::{Answer, AnswerSheet, Answers, Question};
pub(crate) use figures::Figures;
pub(crate) use student_columns::{StudentColumn, StudentColumns};

/// An e-mail address in lower case, at most [`Email::MAX_CHARS`] long.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Email(String);

impl Email {
    /// As wide as the column.
    pub(crate) const MAX_CHARS: usize = 255;

    /// Reads an address; `None` for anything else. Deliberately loose about what is on each side of the `@`: the address is a
    /// key here, and Knack has already accepted it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = normalised(text);
        let (local, domain) = text.split_once('@')?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"\\()\u{fffd}".contains(c);
        let is_address = !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && text.chars().count() <= Self::MAX_CHARS
            && !text.contains(odd);
        is_address.then_some(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored or received address as it is compared: without what nobody sees, and in lower case.
pub(crate) fn normalised(address: &str) -> String {
    let seen: String = address.chars().filter(|c| !is_invisible(*c)).collect();
    seen.trim().to_lowercase()
}

/// Characters without width: they come along when an address is copied from a document.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Never the address: it is a pupil's.
impl fmt::Debug for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Email(…)")
    }
}

/// A questionnaire cycle, 1 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub(crate) struct Cycle(u8);

impl Cycle {
    /// All three, in order.
    pub(crate) const ALL: [Self; 3] = [Self(1), Self(2), Self(3)];

    /// 0 for the first cycle.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0 - 1)
    }
}

impl TryFrom<i64> for Cycle {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match u8::try_from(number) {
            Ok(number @ 1..=3) => Ok(Self(number)),
            Ok(_) | Err(_) => Err("a cycle is 1, 2 or 3"),
        }
    }
}

impl From<Cycle> for i64 {
    fn from(cycle: Cycle) -> Self {
        cycle.0.into()
    }
}

impl From<Cycle> for u8 {
    fn from(cycle: Cycle) -> Self {
        cycle.0
    }
}

/// Some of the three cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cycles([bool; 3]);

impl Cycles {
    pub(crate) fn contains(self, cycle: Cycle) -> bool {
        self.0[cycle.index()]
    }

    pub(crate) fn add(&mut self, cycle: Cycle) {
        self.0[cycle.index()] = true;
    }

    pub(crate) fn remove(&mut self, cycle: Cycle) {
        self.0[cycle.index()] = false;
    }
}

impl FromIterator<Cycle> for Cycles {
    fn from_iter<I: IntoIterator<Item = Cycle>>(cycles: I) -> Self {
        let mut all = Self::default();
        for cycle in cycles {
            all.add(cycle);
        }
        all
    }
}

/// One score, 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub(crate) struct Score(u8);

impl TryFrom<i64> for Score {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match u8::try_from(number) {
            Ok(number @ 0..=10) => Ok(Self(number)),
            Ok(_) | Err(_) => Err("a score is 0 to 10"),
        }
    }
}

impl From<Score> for i64 {
    fn from(score: Score) -> Self {
        score.0.into()
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// Vision, effort, systems, practice, attitude and overall of one cycle; `None` where nothing was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scores {
    pub(crate) vision: Option<Score>,
    pub(crate) effort: Option<Score>,
    pub(crate) systems: Option<Score>,
    pub(crate) practice: Option<Score>,
    pub(crate) attitude: Option<Score>,
    pub(crate) overall: Option<Score>,
}

impl Scores {
    /// From the six values in the order of the fields above.
    pub(crate) fn from_array(
        [vision, effort, systems, practice, attitude, overall]: [Option<Score>; 6],
    ) -> Self {
        Self {
            vision,
            effort,
            systems,
            practice,
            attitude,
            overall,
        }
    }
}

/// The kind of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CommentKind {
    /// Reflection on the report.
    Rrc,
    /// The pupil's goal.
    Goal,
}

impl CommentKind {
    /// As it is stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rrc => "rrc",
            Self::Goal => "goal",
        }
    }
}

/// A pupil's comment of one cycle. HTML as the pupil wrote it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) cycle: Cycle,
    pub(crate) kind: CommentKind,
    /// Trimmed, never blank.
    pub(crate) text: String,
    /// The Knack field it comes from.
    pub(crate) field: &'static str,
}

/// The columns of a student that may change; an empty text is blank.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) year_group: String,
    pub(crate) course: String,
    pub(crate) faculty: String,
    pub(crate) group: String,
    pub(crate) gender: String,
}

/// One student of the school, as Knack holds them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Student {
    pub(crate) record_id: KnackRecordId,
    /// The key of a student within a year.
    pub(crate) email: Email,
    /// Name, year group and so on.
    pub(crate) details: Details,
    /// The cycle last completed, where Knack says so.
    pub(crate) current_cycle: Option<Cycle>,
    /// When that cycle was completed.
    pub(crate) completed_on: Date,
    /// Cycles with scores, ascending.
    pub(crate) scores: Vec<(Cycle, Scores)>,
    /// At most one of each kind and cycle.
    pub(crate) comments: Vec<Comment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lower_case() {
        assert_eq!(
            Email::parse(" Ann.Other@Example.TEST\n").unwrap().as_str(),
            "ann.other@example.test"
        );
        assert_eq!(
            Email::parse("\u{feff}\u{a0}ann@exam\u{200b}ple.test\u{200d} ")
                .unwrap()
                .as_str(),
            "ann@example.test"
        );
    }

    #[test]
    fn text_that_is_not_an_address_is_refused() {
        let long = format!("{}@example.test", "a".repeat(250));
        for text in [
            "",
            "n/a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b,c@d",
            "<a@b>",
            long.as_str(),
        ] {
            assert!(Email::parse(text).is_none(), "{text}");
        }
    }
}
