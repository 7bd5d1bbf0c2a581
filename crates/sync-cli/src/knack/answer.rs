//! Answers to questions: numbers from 1 to 5, or texts of numbers, or nothing.

use super::fields::Field;
use super::record::Record;
use super::score::{exact_whole_number, written};
use crate::domain::Answer;

/// The value of an answer's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadAnswer {
    /// Nothing, or 0, which is how Knack writes it too.
    NotAnswered,
    /// 1 to 5.
    Answer(Answer),
    /// Anything else; 50 and percentages have been seen (docs/knack-and-dashboard.md, "Question answers").
    OutOfRange,
}

pub(crate) fn answer<O>(record: &Record<O>, field: Field) -> ReadAnswer {
    let Some(value) = written(record, field) else {
        return ReadAnswer::NotAnswered;
    };
    match exact_whole_number(value) {
        Some(0) => ReadAnswer::NotAnswered,
        number => number
            .and_then(|number| Answer::try_from(number).ok())
            .map_or(ReadAnswer::OutOfRange, ReadAnswer::Answer),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fields::answers::{QuestionAnswers, of_question};
    use super::*;
    use crate::domain::Question;

    fn read(display: &Value, raw: &Value) -> ReadAnswer {
        let record = json!({
            "id": "61680fc13a0bfd001e8ca3ca", "field_1953": display, "field_1953_raw": raw,
        });
        let record: Record<QuestionAnswers> = serde_json::from_value(record).unwrap();
        let [first, _, _] = of_question(Question::with_id("q1").unwrap());
        answer(&record, *first)
    }

    #[test]
    fn three_is_three_however_it_is_written() {
        let three = ReadAnswer::Answer(Answer::try_from(3).unwrap());
        for value in [json!(3), json!("3"), json!("3.0"), json!(3.0), json!(" 3 ")] {
            assert_eq!(read(&value, &value), three, "{value}");
            assert_eq!(read(&value, &json!(null)), three, "{value}");
            assert_eq!(read(&json!(""), &value), three, "{value}");
        }
        // What is shown counts only where there is no raw value.
        assert_eq!(read(&json!("5"), &json!(3)), three);
        for blank in [json!(""), json!([]), json!([null])] {
            assert_eq!(read(&json!("3"), &blank), three, "{blank}");
        }
    }

    #[test]
    fn zero_and_blank_are_no_answers() {
        for value in [
            json!(0),
            json!("0"),
            json!("0.0"),
            json!(-0.0),
            json!(""),
            json!(" "),
            json!(null),
            json!([]),
            json!([null]),
        ] {
            assert_eq!(read(&value, &value), ReadAnswer::NotAnswered, "{value}");
        }
    }

    #[test]
    fn anything_else_is_out_of_range() {
        for value in [
            json!(50),
            json!(6),
            json!(-1),
            json!(3.5),
            json!("0.4"),
            json!("5.5"),
            json!("80%"),
            json!("agree"),
            json!("NaN"),
            json!(1e300),
            json!(true),
            json!([3]),
        ] {
            assert_eq!(read(&value, &value), ReadAnswer::OutOfRange, "{value}");
        }
    }
}
