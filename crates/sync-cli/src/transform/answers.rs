//! One record of question answers becomes one sheet, or a reason why not. Pure and total: any record gives an answer.

use sync_protocol::{AcademicYear, KnackRecordId};

use super::{NotTaken, completed};
use crate::domain::{AnswerSheet, Answers, Cycle, Question};
use crate::knack::answer::{ReadAnswer, answer};
use crate::knack::connection;
use crate::knack::email::email;
use crate::knack::fields::answers::{NAME, QuestionAnswers, SCORES_RECORD, of_question};
use crate::knack::record::Record;
use crate::knack::text;

/// A sheet, and what was left out of it.
pub(crate) struct TransformedSheet {
    pub(crate) sheet: AnswerSheet,
    /// Whether an answer is neither blank nor 0 to 5, and so is not on the sheet.
    pub(crate) is_out_of_range: bool,
}

/// Reads a record of the school `school` in the year `year`. Whose it is shows only beside the students: a sheet without an
/// e-mail may be connected with one of them.
pub(crate) fn transform_answers(
    record: &Record<QuestionAnswers>,
    school: KnackRecordId,
    year: AcademicYear,
) -> Result<TransformedSheet, NotTaken> {
    let not_taken = |why| NotTaken::new(record, why, text::plain(record, NAME));
    let completed_at = completed(record, school, year).map_err(not_taken)?;
    let mut is_out_of_range = false;
    let mut of_cycle = |cycle: Cycle| {
        let mut answers = Answers::default();
        for question in Question::all() {
            match answer(record, of_question(question)[cycle.index()]) {
                ReadAnswer::Answer(answer) => answers.set(question, answer),
                ReadAnswer::NotAnswered => {}
                ReadAnswer::OutOfRange => is_out_of_range = true,
            }
        }
        answers
    };
    let cycles = Cycle::ALL.map(&mut of_cycle);
    Ok(TransformedSheet {
        sheet: AnswerSheet {
            record_id: record.id,
            email: email(record),
            name: text::plain(record, NAME),
            scores_record: connection::only(record, SCORES_RECORD),
            completed_at,
            cycles,
        },
        is_out_of_range,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};
    use sync_protocol::SkipReason;

    use super::*;
    use crate::domain::Email;

    const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";
    const SCORES: &str = "61680fc13a0bfd001e8ca3cd";

    fn read(fields: Value) -> Result<TransformedSheet, NotTaken> {
        let mut record = json!({
            "id": "61680fc13a0bfd001e8ca3cb", "field_1821_raw": [{"id": SCHOOL}], "field_856": "05/10/2026 14:10",
            "field_2732": "<a href=\"mailto:Ann@example.test\">Ann@example.test</a>", "field_792_raw": [{"id": SCORES}],
        });
        let (Value::Object(all), Value::Object(fields)) = (&mut record, fields) else {
            panic!("records are objects");
        };
        all.extend(fields);
        let record = serde_json::from_value(record).unwrap();
        transform_answers(
            &record,
            SCHOOL.parse().unwrap(),
            "2026/2027".parse().unwrap(),
        )
    }

    /// The answers on a sheet, as `cycle question answer`.
    fn given(sheet: &AnswerSheet) -> Vec<String> {
        let cycles = Cycle::ALL.into_iter().zip(&sheet.cycles);
        let one = |(cycle, answers): (Cycle, &Answers)| {
            let cycle = i64::from(cycle);
            let given = answers.given().map(move |(question, answer)| {
                format!("{cycle} {} {}", question.id(), i64::from(answer))
            });
            given.collect::<Vec<_>>()
        };
        cycles.flat_map(one).collect()
    }

    #[test]
    fn a_record_that_is_not_of_this_school_and_year_is_skipped_with_its_reason() {
        for (fields, reason) in [
            (
                json!({"field_1821_raw": [{"id": SCORES}]}),
                SkipReason::OtherSchool,
            ),
            (json!({"field_1821_raw": []}), SkipReason::OtherSchool),
            (
                json!({"field_856": "31/07/2026 23:59"}),
                SkipReason::OutsideYear,
            ),
            (
                json!({"field_856": "01/08/2027 00:00"}),
                SkipReason::OutsideYear,
            ),
            (json!({"field_856": ""}), SkipReason::OutsideYear),
            (json!({"field_856": "soon"}), SkipReason::UnreadableDate),
        ] {
            let not_taken = read(fields.clone()).err();
            assert_eq!(not_taken.map(|it| it.reason()), Some(reason), "{fields}");
        }
        for at in ["01/08/2026 00:00", "31/07/2027 23:59", "2026-08-01"] {
            assert!(read(json!({"field_856": at})).is_ok(), "{at}");
        }
    }

    #[test]
    fn answers_are_those_of_the_cycles_and_never_the_current_ones() {
        for (fields, expected) in [
            (json!({}), vec![]),
            (json!({"field_794": 4, "field_2317": 5}), vec![]),
            (
                json!({"field_1953": "2", "field_1956_raw": 5, "field_2045": "1.0"}),
                vec!["1 q1 2", "3 q1 5", "3 outcome_q_confident 1"],
            ),
            (
                json!({"field_1957": 3, "field_2034": 0, "field_2928_raw": 4, "field_2037": ""}),
                vec!["2 q2 3", "2 q29_vision_grades 4"],
            ),
        ] {
            let read = read(fields.clone()).ok().unwrap();
            assert_eq!(given(&read.sheet), expected, "{fields}");
            assert!(!read.is_out_of_range, "{fields}");
        }
    }

    #[test]
    fn an_answer_out_of_range_is_left_out_and_noted_and_the_others_stay() {
        for value in [json!(50), json!("80%"), json!(6), json!(-1)] {
            let read = read(json!({"field_1953": value, "field_1954": 5}))
                .ok()
                .unwrap();
            assert_eq!(given(&read.sheet), ["1 q2 5"], "{value}");
            assert!(read.is_out_of_range, "{value}");
        }
    }

    #[test]
    fn a_sheet_says_whose_it_is_by_e_mail_by_record_or_not_at_all() {
        let ann = Some("ann@example.test");
        for (fields, email, record) in [
            (json!({}), ann, true),
            (
                json!({"field_2732": "", "field_2732_raw": {"email": " ANN@Example.test "}}),
                ann,
                true,
            ),
            (
                json!({"field_2732_raw": "Ann Other <ann@example.test>"}),
                ann,
                true,
            ),
            (json!({"field_792_raw": []}), ann, false),
            // Of two students, either could be meant.
            (
                json!({"field_792_raw": [{"id": SCORES}, {"id": "f".repeat(24)}]}),
                ann,
                false,
            ),
            (json!({"field_792_raw": [SCORES, SCORES]}), ann, true),
            (json!({"field_2732": "n/a"}), None, true),
            (json!({"field_2732": "", "field_792_raw": ""}), None, false),
        ] {
            let sheet = read(fields.clone()).ok().unwrap().sheet;
            assert_eq!(sheet.email.as_ref().map(Email::as_str), email, "{fields}");
            let expected = record.then(|| SCORES.parse().unwrap());
            assert_eq!(sheet.scores_record, expected, "{fields}");
        }
    }

    #[test]
    fn a_sheet_says_the_students_name_where_there_is_one() {
        for (fields, name) in [
            (json!({}), ""),
            (json!({"field_1823": "<span>Ann Other</span>"}), "Ann Other"),
            (json!({"field_1823_raw": {"first": "Ann"}}), "Ann"),
        ] {
            assert_eq!(read(fields.clone()).ok().unwrap().sheet.name, name);
        }
    }

    #[test]
    fn a_sheet_says_when_it_was_completed_to_the_minute() {
        let sheet = read(json!({})).ok().unwrap().sheet;
        assert_eq!(sheet.completed_at, date(2026, 10, 5).at(14, 10, 0, 0));
    }
}
