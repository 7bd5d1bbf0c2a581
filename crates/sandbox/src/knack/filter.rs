//! Which records a request asks for, and in which order.
//!
//! Assumed, since the real behaviour is not established: a rule with an unknown field or operator is ignored, as is a
//! filter that is not JSON; texts are compared without regard to case; a filter date that cannot be read in the field's
//! own order (DD/MM/YYYY) matches nothing.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde_json::Value;

use super::value;
use crate::data::{FieldType, ObjectSchema};

/// The records a request asks for.
#[derive(Debug)]
pub(super) struct Filter {
    rules: Vec<Rule>,
    any: bool,
}

#[derive(Debug)]
struct Rule {
    field: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Blank,
    NotBlank,
    ConnectedTo(Vec<String>),
    NotConnectedTo(Vec<String>),
    Text(TextTest, String),
    Number(Ordering, f64),
    NotNumber(f64),
    Day(Ordering, Date),
    Nothing,
}

#[derive(Debug, Clone, Copy)]
enum TextTest {
    Is,
    IsNot,
    Contains,
    DoesNotContain,
    StartsWith,
    EndsWith,
}

impl Filter {
    /// Reads `filters`: an array of rules, all of which must hold, or `{match, rules}`.
    pub(super) fn read(filters: Option<&Value>, schema: &ObjectSchema, today: Date) -> Self {
        let rules = match filters {
            Some(Value::Array(rules)) => Some(rules),
            Some(Value::Object(group)) => group.get("rules").and_then(Value::as_array),
            _ => None,
        };
        let any = filters
            .and_then(|group| group.get("match"))
            .and_then(Value::as_str)
            == Some("or");
        let rules = rules
            .into_iter()
            .flatten()
            .filter_map(|rule| Rule::read(rule, schema, today))
            .collect();
        Self { rules, any }
    }

    pub(super) fn matches(&self, record: &Value) -> bool {
        if self.any && !self.rules.is_empty() {
            self.rules.iter().any(|rule| rule.matches(record))
        } else {
            self.rules.iter().all(|rule| rule.matches(record))
        }
    }
}

impl Rule {
    fn read(rule: &Value, schema: &ObjectSchema, today: Date) -> Option<Self> {
        let name = rule.get("field")?.as_str()?;
        let field = schema.fields.iter().find(|field| field.key == name)?;
        let operator = rule.get("operator")?.as_str()?;
        let value = rule.get("value").unwrap_or(&Value::Null);
        let test = match operator {
            "is blank" => Test::Blank,
            "is not blank" => Test::NotBlank,
            operator => match field.kind {
                FieldType::Connection => connection_test(operator, value)?,
                FieldType::DateTime => date_test(operator, value, today)?,
                FieldType::Number => number_test(operator, value)?,
                FieldType::ShortText
                | FieldType::ParagraphText
                | FieldType::RichText
                | FieldType::Name
                | FieldType::Email
                | FieldType::MultipleChoice
                | FieldType::Boolean => text_test(operator, value)?,
            },
        };
        Some(Self {
            field: name.to_owned(),
            test,
        })
    }

    fn matches(&self, record: &Value) -> bool {
        let stored = value::stored(record, &self.field);
        match &self.test {
            Test::Blank => value::is_blank(stored),
            Test::NotBlank => !value::is_blank(stored),
            Test::ConnectedTo(ids) => is_connected(stored, ids),
            Test::NotConnectedTo(ids) => !is_connected(stored, ids),
            Test::Text(test, wanted) => test.holds(&value::text(stored).to_lowercase(), wanted),
            Test::Number(order, wanted) => {
                value::number(stored).and_then(|number| number.partial_cmp(wanted)) == Some(*order)
            }
            Test::NotNumber(wanted) => {
                value::number(stored).and_then(|number| number.partial_cmp(wanted))
                    != Some(Ordering::Equal)
            }
            Test::Day(order, wanted) => {
                value::day(stored).map(|day| day.cmp(wanted)) == Some(*order)
            }
            Test::Nothing => false,
        }
    }
}

impl TextTest {
    fn holds(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Is => text == wanted,
            Self::IsNot => text != wanted,
            Self::Contains => text.contains(wanted),
            Self::DoesNotContain => !text.contains(wanted),
            Self::StartsWith => text.starts_with(wanted),
            Self::EndsWith => text.ends_with(wanted),
        }
    }
}

/// Sorts by a field; records that tie keep their order, those without a value come first.
pub(super) fn compare(a: &Value, b: &Value, field: &str, kind: FieldType) -> Ordering {
    let (a, b) = (value::stored(a, field), value::stored(b, field));
    match kind {
        FieldType::Number => value::number(a)
            .partial_cmp(&value::number(b))
            .unwrap_or(Ordering::Equal),
        FieldType::DateTime => value::day(a).cmp(&value::day(b)),
        FieldType::ShortText
        | FieldType::ParagraphText
        | FieldType::RichText
        | FieldType::Name
        | FieldType::Email
        | FieldType::MultipleChoice
        | FieldType::Boolean
        | FieldType::Connection => value::text(a)
            .to_lowercase()
            .cmp(&value::text(b).to_lowercase()),
    }
}

fn connection_test(operator: &str, value: &Value) -> Option<Test> {
    let ids = value::connected(value)
        .into_iter()
        .map(str::to_owned)
        .collect();
    match operator {
        "is" | "contains" => Some(Test::ConnectedTo(ids)),
        "is not" | "does not contain" => Some(Test::NotConnectedTo(ids)),
        _ => None,
    }
}

/// `is before` and `is after` leave out the day they name.
fn date_test(operator: &str, value: &Value, today: Date) -> Option<Test> {
    let order = match operator {
        "is" => Ordering::Equal,
        "is before" => Ordering::Less,
        "is after" => Ordering::Greater,
        "is today" => return Some(Test::Day(Ordering::Equal, today)),
        _ => return None,
    };
    let written = value.get("date").unwrap_or(value);
    Some(
        written
            .as_str()
            .and_then(value::uk_day)
            .map_or(Test::Nothing, |day| Test::Day(order, day)),
    )
}

fn number_test(operator: &str, value: &Value) -> Option<Test> {
    let wanted = value::number(value);
    match operator {
        "is" => Some(wanted.map_or(Test::Nothing, |wanted| {
            Test::Number(Ordering::Equal, wanted)
        })),
        "is not" => Some(wanted.map_or(Test::Nothing, Test::NotNumber)),
        "higher than" => Some(wanted.map_or(Test::Nothing, |wanted| {
            Test::Number(Ordering::Greater, wanted)
        })),
        "lower than" => {
            Some(wanted.map_or(Test::Nothing, |wanted| Test::Number(Ordering::Less, wanted)))
        }
        _ => None,
    }
}

fn text_test(operator: &str, value: &Value) -> Option<Test> {
    let test = match operator {
        "is" => TextTest::Is,
        "is not" => TextTest::IsNot,
        "contains" => TextTest::Contains,
        "does not contain" => TextTest::DoesNotContain,
        "starts with" => TextTest::StartsWith,
        "ends with" => TextTest::EndsWith,
        _ => return None,
    };
    Some(Test::Text(test, value::text(value).to_lowercase()))
}

fn is_connected(stored: &Value, ids: &[String]) -> bool {
    value::connected(stored)
        .iter()
        .any(|held| ids.iter().any(|id| id.eq_ignore_ascii_case(held)))
}
