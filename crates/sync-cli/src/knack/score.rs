//! Scores and cycle numbers: numbers, or texts of numbers, or nothing.

use serde_json::Value;

use super::fields::Field;
use super::record::Record;
use crate::domain::Score;

/// The value of a score's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadScore {
    /// Nothing.
    Blank,
    /// 0 to 10.
    Score(Score),
    /// Anything else; 11485 and 20879 have been seen (docs/knack-and-dashboard.md, "Scores").
    OutOfRange,
}

pub(crate) fn score<O>(record: &Record<O>, field: Field) -> ReadScore {
    match written(record, field) {
        None => ReadScore::Blank,
        Some(value) => whole_number(value)
            .and_then(|number| Score::try_from(number).ok())
            .map_or(ReadScore::OutOfRange, ReadScore::Score),
    }
}

/// What a field of a number holds. A multiple choice that nobody has made is a list of nothing (docs/knack-and-dashboard.md,
/// "Field values").
pub(super) fn written<O>(record: &Record<O>, field: Field) -> Option<&Value> {
    let is_blank = |value: &&Value| {
        let items = value.as_array();
        items.is_some_and(|items| items.iter().all(Value::is_null))
    };
    [record.raw(field), record.display(field)]
        .into_iter()
        .flatten()
        .find(|value| !is_blank(value))
}

/// A whole number; fractions are cut off: Knack sends "7.0" for 7.
pub(crate) fn whole_number(value: &Value) -> Option<i64> {
    truncated(number(value)?)
}

/// The same, but a fraction is no whole number.
pub(super) fn exact_whole_number(value: &Value) -> Option<i64> {
    number(value)
        .filter(|number| number.fract().abs() < f64::EPSILON)
        .and_then(truncated)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn truncated(number: f64) -> Option<i64> {
    // Beyond this every value is out of any range we know, and the conversion below is exact within it.
    let within = number.is_finite() && number.abs() < 1e9;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "truncation is the rule, and the range is checked"
    )]
    within.then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::results::{CYCLES, VespaResults};
    use super::*;

    fn read(display: &Value, raw: &Value) -> ReadScore {
        let record = json!({
            "id": "61680fc13a0bfd001e8ca3ca", "field_155": display, "field_155_raw": raw,
        });
        let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
        score(&record, CYCLES[0].scores[0])
    }

    #[test]
    fn seven_is_seven_however_it_is_written() {
        let seven = ReadScore::Score(Score::try_from(7).unwrap());
        for value in [
            json!(7),
            json!("7"),
            json!("7.0"),
            json!(7.0),
            json!(" 7 "),
            json!("7.9"),
        ] {
            assert_eq!(read(&value, &value), seven, "{value}");
            for blank in [json!(null), json!([]), json!([null])] {
                assert_eq!(read(&value, &blank), seven, "{value}");
            }
        }
    }

    #[test]
    fn blank_is_not_zero() {
        for raw in [json!(""), json!([]), json!([null])] {
            assert_eq!(read(&json!(""), &raw), ReadScore::Blank, "{raw}");
        }
        assert_eq!(
            read(&json!("0"), &json!(0)),
            ReadScore::Score(Score::try_from(0).unwrap())
        );
    }

    #[test]
    fn anything_else_is_out_of_range() {
        for value in [
            json!(20879),
            json!("abc"),
            json!(-1),
            json!(11),
            json!("NaN"),
            json!(true),
            json!([7]),
        ] {
            assert_eq!(read(&value, &value), ReadScore::OutOfRange, "{value}");
        }
    }
}
