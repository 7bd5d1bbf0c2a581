//! The expected type of each Knack field that a refresh reads, and what depends on it. Pure.

use std::fmt;
use std::sync::LazyLock;

use knack_client::FieldDescription;

use crate::domain::{CommentKind, Cycle, Question, StudentColumn};
use crate::knack::fields::answers::{self, QuestionAnswers};
use crate::knack::fields::results::{self, VespaResults};
use crate::knack::fields::{Field, Object};
use crate::listed::listed;

/// The order in which dates are read (docs/knack-and-dashboard.md, "Dates").
const DAY_FIRST: &str = "dd/mm/yyyy";

/// The longest name of a kind that is repeated: Knack's own are short.
const LONGEST_KIND: usize = 30;

/// A field that is read.
pub(crate) struct Use {
    pub(crate) field: Field,
    /// Its meaning: `effort in cycle 1`.
    pub(crate) meaning: String,
    pub(crate) holds: Holds,
    pub(crate) carries: Carries,
}

/// The data that cannot be refreshed without a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carries {
    /// Nothing of its object: it says whose a record is, or when it was completed.
    Everything,
    Detail(StudentColumn),
    /// The scores of a cycle, which are written as one row.
    Scores(Cycle),
    Comment(Cycle, CommentKind),
    Answer(Cycle, Question),
}

/// The expected type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holds {
    /// Other records.
    Connection,
    /// A date whose day comes first.
    Date,
    Email,
    /// A number, or a text that is one.
    Number,
    /// Anything that is shown as text.
    Text,
}

/// A fault of a field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Missing,
    /// It holds something else, in Knack's words.
    OtherKind(String),
    /// It shows dates in another order.
    OtherOrder(String),
}

impl Holds {
    /// By the names of Knack's types. Formulas and rollups are shown as what they result in.
    fn may_be(self, kind: &str) -> bool {
        match self {
            Self::Connection => kind == "connection",
            Self::Date => kind == "date_time",
            Self::Email => matches!(
                kind,
                "email" | "short_text" | "paragraph_text" | "concatenation" | "equation"
            ),
            Self::Number => matches!(
                kind,
                "number"
                    | "short_text"
                    | "equation"
                    | "concatenation"
                    | "multiple_choice"
                    | "rating"
                    | "sum"
                    | "min"
                    | "max"
                    | "average"
                    | "count"
            ),
            Self::Text => !matches!(
                kind,
                "image" | "file" | "signature" | "password" | "timer" | "date_time"
            ),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Connection => "a connection",
            Self::Date => "a date",
            Self::Email => "an e-mail address",
            Self::Number => "a number",
            Self::Text => "text",
        })
    }
}

/// The fault of a field, if it has one. Anything missing from Knack's description is not a fault.
pub(crate) fn fault(used: &Use, there: &[FieldDescription]) -> Option<Fault> {
    let Some(found) = there.iter().find(|field| field.key == used.field.key) else {
        return Some(Fault::Missing);
    };
    if !found.kind.is_empty() && !used.holds.may_be(&found.kind) {
        return Some(Fault::OtherKind(short(&found.kind)));
    }
    match found.date_format() {
        Some(order) if used.holds == Holds::Date && !order.eq_ignore_ascii_case(DAY_FIRST) => {
            Some(Fault::OtherOrder(short(order)))
        }
        Some(_) | None => None,
    }
}

impl Use {
    /// `field_156 (effort in cycle 1) is missing`
    pub(crate) fn said(&self, fault: &Fault) -> String {
        let (key, meaning) = (self.field.key, &self.meaning);
        match fault {
            Fault::Missing => format!("{key} ({meaning}) is missing"),
            Fault::OtherKind(kind) => {
                format!("{key} ({meaning}) holds {kind} and not {}", self.holds)
            }
            Fault::OtherOrder(order) => {
                format!("{key} ({meaning}) shows dates as {order} and not as dd/mm/yyyy")
            }
        }
    }
}

/// These faults in one sentence: whoever has renamed a whole object has read enough after the first few.
pub(crate) fn named(faults: &[String]) -> String {
    const NAMED: usize = 8;
    let named = listed(&faults[..faults.len().min(NAMED)]);
    match faults.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}; {more} more fields are not as expected"),
    }
}

/// A word of somebody else's, for a sentence of ours.
fn short(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_/ -".contains(*c))
        .take(LONGEST_KIND)
        .collect()
}

/// In the order of [`results::CycleFields::scores`].
const ELEMENTS: [&str; 6] = [
    "vision", "effort", "systems", "practice", "attitude", "overall",
];

/// The fields read from the results, the most important first.
pub(crate) static OF_RESULTS: LazyLock<Vec<Use>> = LazyLock::new(|| {
    let mut uses = common::<VespaResults>();
    uses.extend([
        of(
            results::NAME,
            "the student's name",
            Holds::Text,
            Carries::Everything,
        ),
        of(
            results::CURRENT_CYCLE,
            "the cycle last completed",
            Holds::Number,
            Carries::Everything,
        ),
    ]);
    for (field, meaning, column) in [
        (
            results::YEAR_GROUP,
            "the year group",
            StudentColumn::YearGroup,
        ),
        (results::GROUP, "the tutor group", StudentColumn::Group),
        (results::FACULTY, "the faculty", StudentColumn::Faculty),
        (results::COURSE, "the course", StudentColumn::Course),
        (results::GENDER, "the gender", StudentColumn::Gender),
    ] {
        uses.push(of(field, meaning, Holds::Text, Carries::Detail(column)));
    }
    for (cycle, fields) in Cycle::ALL.into_iter().zip(&results::CYCLES) {
        let number = i64::from(cycle);
        for (element, field) in ELEMENTS.iter().zip(fields.scores) {
            let meaning = format!("{element} in cycle {number}");
            uses.push(of(field, meaning, Holds::Number, Carries::Scores(cycle)));
        }
        for (kind, field, comment) in [
            (CommentKind::Rrc, fields.rrc, "reflection"),
            (CommentKind::Goal, fields.goal, "goal"),
        ] {
            let meaning = format!("the {comment} in cycle {number}");
            let carries = Carries::Comment(cycle, kind);
            uses.push(of(field, meaning, Holds::Text, carries));
        }
    }
    uses
});

/// The fields read from the question answers.
pub(crate) static OF_ANSWERS: LazyLock<Vec<Use>> = LazyLock::new(|| {
    let mut uses = common::<QuestionAnswers>();
    uses.extend([
        of(
            answers::SCORES_RECORD,
            "the record of results",
            Holds::Connection,
            Carries::Everything,
        ),
        of(
            answers::NAME,
            "the student's name",
            Holds::Text,
            Carries::Everything,
        ),
    ]);
    for question in Question::all() {
        for (cycle, field) in Cycle::ALL.into_iter().zip(answers::of_question(question)) {
            let meaning = format!("{} in cycle {}", question.id(), i64::from(cycle));
            let carries = Carries::Answer(cycle, question);
            uses.push(of(*field, meaning, Holds::Number, carries));
        }
    }
    uses
});

fn common<O: Object>() -> Vec<Use> {
    [
        (O::ESTABLISHMENT, "the school", Holds::Connection),
        (O::COMPLETION_DATE, "the completion date", Holds::Date),
        (O::EMAIL, "the student's e-mail address", Holds::Email),
    ]
    .map(|(field, meaning, holds)| of(field, meaning, holds, Carries::Everything))
    .into()
}

fn of(field: Field, meaning: impl Into<String>, holds: Holds, carries: Carries) -> Use {
    Use {
        field,
        meaning: meaning.into(),
        holds,
        carries,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn described(fields: &serde_json::Value) -> Vec<FieldDescription> {
        serde_json::from_value(fields.clone()).unwrap()
    }

    #[test]
    fn every_field_that_is_read_is_examined() {
        let numbers = |uses: &[Use]| -> HashSet<u16> {
            let numbers: HashSet<u16> = uses.iter().map(|used| used.field.number()).collect();
            assert_eq!(numbers.len(), uses.len());
            numbers
        };
        let (results, answers) = (numbers(&OF_RESULTS), numbers(&OF_ANSWERS));
        for number in 0..4_000 {
            assert_eq!(
                results.contains(&number),
                VespaResults::is_read(number),
                "{number}"
            );
            assert_eq!(
                answers.contains(&number),
                QuestionAnswers::is_read(number),
                "{number}"
            );
        }
    }

    #[test]
    fn a_field_is_faulty_if_it_is_missing_holds_something_else_or_shows_months_first() {
        let date = |order| json!([{"key": "field_855", "type": "date_time", "format": {"date_format": order}}]);
        let completed = &OF_RESULTS[1];
        for (there, expected) in [
            (json!([]), Some(Fault::Missing)),
            (
                json!([{"key": "field_8550", "type": "date_time"}]),
                Some(Fault::Missing),
            ),
            (json!([{"key": "field_855"}]), None),
            (json!([{"key": "field_855", "type": "date_time"}]), None),
            (date("dd/mm/yyyy"), None),
            (date("DD/MM/YYYY"), None),
            (
                date("mm/dd/yyyy"),
                Some(Fault::OtherOrder("mm/dd/yyyy".to_owned())),
            ),
            (
                json!([{"key": "field_855", "type": "short_text<b>"}]),
                Some(Fault::OtherKind("short_textb".to_owned())),
            ),
        ] {
            assert_eq!(fault(completed, &described(&there)), expected, "{there}");
        }
    }

    #[test]
    fn a_formula_may_hold_a_score_and_a_picture_no_text() {
        for (holds, kind, expected) in [
            (Holds::Number, "equation", true),
            (Holds::Number, "connection", false),
            (Holds::Text, "name", true),
            (Holds::Text, "multiple_choice", true),
            (Holds::Text, "image", false),
            (Holds::Email, "short_text", true),
            (Holds::Email, "phone", false),
            (Holds::Connection, "short_text", false),
        ] {
            assert_eq!(holds.may_be(kind), expected, "{holds} {kind}");
        }
    }
}
