//! What each field of Knack that a refresh reads has to be, and what becomes of it. Pure.

use std::fmt;
use std::sync::LazyLock;

use knack_client::FieldDescription;

use crate::domain::Question;
use crate::knack::fields::answers::{self, QuestionAnswers};
use crate::knack::fields::results::{self, VespaResults};
use crate::knack::fields::{Field, Object};

/// The order in which dates are read (docs/knack-and-dashboard.md, "Dates").
const DAY_FIRST: &str = "dd/mm/yyyy";

/// The longest name of a kind that is repeated: Knack's own are short.
const LONGEST_KIND: usize = 30;

/// A field that is read.
pub(super) struct Use {
    pub(super) field: Field,
    /// What it means: `effort in cycle 1`.
    pub(super) meaning: String,
    pub(super) holds: Holds,
}

/// What a field has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
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

/// What is wrong with a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
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

/// What is wrong with a field, if anything is. What Knack leaves out of its description is not held against it.
pub(super) fn fault(used: &Use, there: &[FieldDescription]) -> Option<Fault> {
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

/// What is read of the results, in the order of their importance.
pub(super) static OF_RESULTS: LazyLock<Vec<Use>> = LazyLock::new(|| {
    let mut uses = common::<VespaResults>();
    uses.extend([
        of(results::NAME, "the student's name", Holds::Text),
        of(results::YEAR_GROUP, "the year group", Holds::Text),
        of(results::GROUP, "the tutor group", Holds::Text),
        of(results::FACULTY, "the faculty", Holds::Text),
        of(results::COURSE, "the course", Holds::Text),
        of(results::GENDER, "the gender", Holds::Text),
        of(
            results::CURRENT_CYCLE,
            "the cycle last completed",
            Holds::Number,
        ),
    ]);
    for (number, cycle) in (1..).zip(&results::CYCLES) {
        for (element, field) in ELEMENTS.iter().zip(cycle.scores) {
            uses.push(of(
                field,
                format!("{element} in cycle {number}"),
                Holds::Number,
            ));
        }
        uses.push(of(
            cycle.rrc,
            format!("the reflection in cycle {number}"),
            Holds::Text,
        ));
        uses.push(of(
            cycle.goal,
            format!("the goal in cycle {number}"),
            Holds::Text,
        ));
    }
    uses
});

/// What is read of the question answers.
pub(super) static OF_ANSWERS: LazyLock<Vec<Use>> = LazyLock::new(|| {
    let mut uses = common::<QuestionAnswers>();
    uses.extend([
        of(
            answers::SCORES_RECORD,
            "the record of results",
            Holds::Connection,
        ),
        of(answers::NAME, "the student's name", Holds::Text),
    ]);
    for question in Question::all() {
        for (number, field) in (1..).zip(answers::of_question(question)) {
            let meaning = format!("{} in cycle {number}", question.id());
            uses.push(of(*field, meaning, Holds::Number));
        }
    }
    uses
});

fn common<O: Object>() -> Vec<Use> {
    vec![
        of(O::ESTABLISHMENT, "the school", Holds::Connection),
        of(O::COMPLETION_DATE, "the completion date", Holds::Date),
        of(O::EMAIL, "the student's e-mail address", Holds::Email),
    ]
}

fn of(field: Field, meaning: impl Into<String>, holds: Holds) -> Use {
    Use {
        field,
        meaning: meaning.into(),
        holds,
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
