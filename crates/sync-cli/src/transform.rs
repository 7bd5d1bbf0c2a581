//! One Knack record becomes one student, or a reason why not. Pure and total: any record gives an answer.

use sync_protocol::{AcademicYear, KnackRecordId, SkipReason, WarningCode};

use crate::domain::{Comment, CommentKind, Cycle, Details, Scores, Student};
use crate::knack::date::{CompletionDate, completion_date};
use crate::knack::email::email;
use crate::knack::establishment::establishment;
use crate::knack::fields;
use crate::knack::record::Record;
use crate::knack::score::{ReadScore, score, whole_number};
use crate::knack::text;

/// Widths of the columns, in characters (docs/knack-and-dashboard.md, "Tables and unique keys").
const NAME_CHARS: usize = 255;
const YEAR_GROUP_CHARS: usize = 50;
const GENDER_CHARS: usize = 50;
const OTHER_CHARS: usize = 100;

/// A student, and what was mended on the way.
#[derive(Clone)]
pub(crate) struct Transformed {
    pub(crate) student: Student,
    /// Each kind at most once.
    pub(crate) notes: Vec<WarningCode>,
}

/// Reads a record of the school `school` in the year `year`.
pub(crate) fn transform(
    record: &Record,
    school: KnackRecordId,
    year: AcademicYear,
) -> Result<Transformed, SkipReason> {
    if establishment(record) != Some(school) {
        return Err(SkipReason::OtherSchool);
    }
    let completed_on = match completion_date(record) {
        CompletionDate::On(date) if year.contains(date) => date,
        CompletionDate::On(_) | CompletionDate::Blank => return Err(SkipReason::OutsideYear),
        CompletionDate::Unreadable => return Err(SkipReason::UnreadableDate),
    };
    let email = email(record).ok_or(SkipReason::MissingEmail)?;
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
        notes: notes.0,
    })
}

fn details(record: &Record, notes: &mut Notes) -> Details {
    let mut column = |field, chars| cut(clean(text::plain(record, field), notes), chars, notes);
    Details {
        name: column(fields::NAME, NAME_CHARS),
        year_group: column(fields::YEAR_GROUP, YEAR_GROUP_CHARS),
        course: column(fields::COURSE, OTHER_CHARS),
        faculty: column(fields::FACULTY, OTHER_CHARS),
        group: column(fields::GROUP, OTHER_CHARS),
        gender: column(fields::GENDER, GENDER_CHARS),
    }
}

fn current_cycle(record: &Record) -> Option<Cycle> {
    let value = record
        .raw(fields::CURRENT_CYCLE)
        .or_else(|| record.display(fields::CURRENT_CYCLE))?;
    Cycle::try_from(whole_number(value)?).ok()
}

/// A cycle exists only where at least one of its six values is neither blank nor 0: an all-blank row once overwrote
/// archived scores (docs/knack-and-dashboard.md, "Incidents").
fn scores(record: &Record, notes: &mut Notes) -> Vec<(Cycle, Scores)> {
    let of_cycle = |cycle: Cycle| {
        let read = fields::CYCLES[cycle.index()]
            .scores
            .map(|field| score(record, field));
        if read.contains(&ReadScore::OutOfRange) {
            notes.add(WarningCode::ScoreOutOfRange);
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

fn comments(record: &Record, notes: &mut Notes) -> Vec<Comment> {
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

/// PostgreSQL stores no NUL. Half a character has become U+FFFD when its page was read.
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
struct Notes(Vec<WarningCode>);

impl Notes {
    fn add(&mut self, code: WarningCode) {
        if !self.0.contains(&code) {
            self.0.push(code);
        }
    }
}
