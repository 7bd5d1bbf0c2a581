//! One Knack record becomes one student, or a reason why not; and one record of answers becomes one sheet. Pure and total:
//! any record gives an answer.

mod answers;
mod not_taken;

use jiff::civil::DateTime;
use sync_protocol::{AcademicYear, KnackRecordId, WarningCode};

use crate::domain::{Comment, CommentKind, Cycle, Cycles, Details, Scores, Student};
use crate::knack::connection;
use crate::knack::date::{CompletionDate, completion_date};
use crate::knack::email::email;
use crate::knack::fields::Object;
use crate::knack::fields::results::{self as fields, VespaResults};
use crate::knack::record::Record;
use crate::knack::score::{ReadScore, score, whole_number};
use crate::knack::text;

pub(crate) use answers::{TransformedSheet, transform_answers};
pub(crate) use not_taken::{NotTaken, Why};

/// Widths of the columns, in characters (docs/knack-and-dashboard.md, "Tables and unique keys").
const NAME_CHARS: usize = 255;
const YEAR_GROUP_CHARS: usize = 50;
const GENDER_CHARS: usize = 50;
const OTHER_CHARS: usize = 100;

/// A student, and what was mended on the way.
pub(crate) struct Transformed {
    pub(crate) student: Student,
    /// Each kind at most once.
    pub(crate) notes: Vec<WarningCode>,
    /// Cycles that hold a score that is none, and so were left out.
    pub(crate) out_of_range: Cycles,
}

/// Reads a record of the school `school` in the year `year`.
pub(crate) fn transform(
    record: &Record<VespaResults>,
    school: KnackRecordId,
    year: AcademicYear,
) -> Result<Transformed, NotTaken> {
    let not_taken = |why| NotTaken::new(record, why, text::plain(record, fields::NAME));
    let completed_on = completed(record, school, year).map_err(not_taken)?.date();
    let email = email(record).ok_or_else(|| not_taken(Why::MissingEmail))?;
    let mut notes = Notes::default();
    let student = Student {
        record_id: record.id,
        email,
        details: details(record, &mut notes),
        current_cycle: current_cycle(record),
        completed_on,
        scores: scores(record, &mut notes),
        comments: comments(record, &mut notes),
    };
    Ok(Transformed {
        student,
        notes: notes.codes,
        out_of_range: notes.out_of_range,
    })
}

/// When a record of this school and year was completed.
fn completed<O: Object>(
    record: &Record<O>,
    school: KnackRecordId,
    year: AcademicYear,
) -> Result<DateTime, Why> {
    if connection::first(record, O::ESTABLISHMENT) != Some(school) {
        return Err(Why::OtherSchool);
    }
    match completion_date(record) {
        CompletionDate::At(at) if year.contains(at.date()) => Ok(at),
        CompletionDate::At(at) => Err(Why::OutsideYear(at.date())),
        CompletionDate::Blank => Err(Why::NotCompleted),
        CompletionDate::Unreadable => Err(Why::UnreadableDate),
    }
}

fn details(record: &Record<VespaResults>, notes: &mut Notes) -> Details {
    let mut column = |text, chars| cut(clean(text, notes), chars, notes);
    let plain = |field| text::plain(record, field);
    Details {
        name: column(plain(fields::NAME), NAME_CHARS),
        year_group: column(plain(fields::YEAR_GROUP), YEAR_GROUP_CHARS),
        course: column(plain(fields::COURSE), OTHER_CHARS),
        faculty: column(plain(fields::FACULTY), OTHER_CHARS),
        group: column(plain(fields::GROUP), OTHER_CHARS),
        // The dashboard's filter compares for equality (docs/knack-and-dashboard.md, "What a refresh makes fresh").
        gender: column(text::first(record, fields::GENDER), GENDER_CHARS),
    }
}

fn current_cycle(record: &Record<VespaResults>) -> Option<Cycle> {
    let value = record
        .raw(fields::CURRENT_CYCLE)
        .or_else(|| record.display(fields::CURRENT_CYCLE))?;
    Cycle::try_from(whole_number(value)?).ok()
}

/// A cycle exists only where at least one of its six values is neither blank nor 0: an all-blank row once overwrote
/// archived scores (docs/knack-and-dashboard.md, "Incidents").
fn scores(record: &Record<VespaResults>, notes: &mut Notes) -> Vec<(Cycle, Scores)> {
    let of_cycle = |cycle: Cycle| {
        let read = fields::CYCLES[cycle.index()]
            .scores
            .map(|field| score(record, field));
        if read.contains(&ReadScore::OutOfRange) {
            notes.add(WarningCode::ScoreOutOfRange);
            notes.out_of_range.add(cycle);
            return None;
        }
        let values = read.map(|read| match read {
            ReadScore::Score(score) => Some(score),
            ReadScore::Blank | ReadScore::OutOfRange => None,
        });
        let answered = values.iter().flatten().any(|score| i64::from(*score) > 0);
        answered.then(|| (cycle, Scores::from_array(values)))
    };
    Cycle::ALL.into_iter().filter_map(of_cycle).collect()
}

fn comments(record: &Record<VespaResults>, notes: &mut Notes) -> Vec<Comment> {
    let mut comments = Vec::new();
    for cycle in Cycle::ALL {
        let of_cycle = &fields::CYCLES[cycle.index()];
        for (kind, field) in [
            (CommentKind::Rrc, of_cycle.rrc),
            (CommentKind::Goal, of_cycle.goal),
        ] {
            let text = clean(text::html(record, field), notes);
            if !text.is_empty() {
                comments.push(Comment {
                    cycle,
                    kind,
                    text,
                    field: field.key,
                });
            }
        }
    }
    comments
}

/// PostgreSQL stores no NUL. An unpaired surrogate has become U+FFFD when its page was read.
fn clean(text: String, notes: &mut Notes) -> String {
    if text.contains(['\0', '\u{fffd}']) {
        notes.add(WarningCode::CleanedText);
        text.replace('\0', "").trim().to_owned()
    } else {
        text
    }
}

fn cut(mut text: String, chars: usize, notes: &mut Notes) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        notes.add(WarningCode::Truncated);
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    text
}

#[derive(Default)]
struct Notes {
    codes: Vec<WarningCode>,
    out_of_range: Cycles,
}

impl Notes {
    fn add(&mut self, code: WarningCode) {
        if !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sync_protocol::SkipReason;

    use super::*;

    const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

    fn read(fields: Value) -> Result<Transformed, NotTaken> {
        let mut record = json!({
            "id": "61680fc13a0bfd001e8ca3cb", "field_133_raw": [{"id": SCHOOL}], "field_855": "05/10/2026",
            "field_197": "ann@example.test", "field_187": "Ann Other", "field_146": "1",
        });
        let (Value::Object(all), Value::Object(fields)) = (&mut record, fields) else {
            panic!("records are objects");
        };
        all.extend(fields);
        let record = serde_json::from_value(record).unwrap();
        transform(
            &record,
            SCHOOL.parse().unwrap(),
            "2026/2027".parse().unwrap(),
        )
    }

    #[test]
    fn a_record_that_is_not_a_student_of_this_school_and_year_is_skipped_with_its_reason() {
        for (fields, reason) in [
            (
                json!({"field_133_raw": [{"id": "61680fc13a0bfd001e8ca3cc"}]}),
                SkipReason::OtherSchool,
            ),
            (json!({"field_133_raw": []}), SkipReason::OtherSchool),
            (json!({"field_855": "31/07/2026"}), SkipReason::OutsideYear),
            (json!({"field_855": "01/08/2027"}), SkipReason::OutsideYear),
            (json!({"field_855": ""}), SkipReason::OutsideYear),
            (json!({"field_855": "soon"}), SkipReason::UnreadableDate),
            (json!({"field_197": "n/a"}), SkipReason::MissingEmail),
        ] {
            let not_taken = read(fields.clone()).err();
            assert_eq!(not_taken.map(|it| it.reason()), Some(reason), "{fields}");
        }
        for day in ["01/08/2026", "31/07/2027"] {
            assert!(read(json!({"field_855": day})).is_ok(), "{day}");
        }
    }

    #[test]
    fn a_cycle_exists_where_one_of_its_six_scores_is_neither_blank_nor_zero() {
        for (fields, cycles, note) in [
            (json!({}), vec![], None),
            (json!({"field_155": "0", "field_160": 0}), vec![], None),
            (json!({"field_155": 7}), vec![1], None),
            (
                json!({"field_155": 7, "field_172": "1.0"}),
                vec![1, 3],
                None,
            ),
            (
                json!({"field_155": 20879, "field_161": 3}),
                vec![2],
                Some(WarningCode::ScoreOutOfRange),
            ),
        ] {
            let transformed = read(fields.clone()).ok().unwrap();
            let read: Vec<i64> = transformed
                .student
                .scores
                .iter()
                .map(|(cycle, _)| i64::from(*cycle))
                .collect();
            assert_eq!(read, cycles, "{fields}");
            assert_eq!(transformed.notes, Vec::from_iter(note), "{fields}");
        }
    }

    #[test]
    fn texts_are_mended_and_cut_with_a_note() {
        let long = "é".repeat(300);
        for (fields, name, note) in [
            (
                json!({"field_187": " Ann &amp; Co "}),
                "Ann & Co".to_owned(),
                None,
            ),
            (
                json!({"field_187": "An\u{0}n"}),
                "Ann".to_owned(),
                Some(WarningCode::CleanedText),
            ),
            (
                json!({"field_187": long}),
                "é".repeat(255),
                Some(WarningCode::Truncated),
            ),
            (json!({"field_187": ""}), String::new(), None),
        ] {
            let transformed = read(fields).ok().unwrap();
            assert_eq!(transformed.student.details.name, name);
            assert_eq!(transformed.notes, Vec::from_iter(note), "{name}");
        }
    }

    #[test]
    fn a_comment_keeps_its_html_and_its_place_and_a_blank_one_is_none() {
        let fields = json!({"field_2302": " <p>Well</p> ", "field_2493": "Aim", "field_2304": "<br>", "field_2499": " "});
        let comments = read(fields).ok().unwrap().student.comments;
        let read: Vec<_> = comments
            .iter()
            .map(|comment| {
                (
                    i64::from(comment.cycle),
                    comment.kind,
                    comment.text.as_str(),
                )
            })
            .collect();
        assert_eq!(
            read,
            [
                (1, CommentKind::Rrc, "<p>Well</p>"),
                (2, CommentKind::Goal, "Aim"),
                (3, CommentKind::Rrc, "<br>"),
            ]
        );
    }
}
