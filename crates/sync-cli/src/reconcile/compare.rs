//! One student against its stored row. Empty and NULL are equal; rows as the nightly job leaves them give no update.

use std::collections::{HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::Date;
use sync_protocol::{KnackRecordId, WarningCode};
use uuid::Uuid;

use super::people::Whose;
use crate::domain::{Comment, Cycle, Details, Scores, Student};
use crate::findings::Findings;
use crate::stored::{StoredComment, StoredScores, StoredStudent};

/// Cycles that Knack still holds from last year, by record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leftovers(HashSet<(KnackRecordId, Cycle)>);

impl Leftovers {
    /// The cycles of `students` that may be last year's: beyond the one Knack says was completed last.
    pub(crate) fn suspects(
        students: &[Student],
    ) -> impl Iterator<Item = (&Student, Cycle, Scores)> {
        students.iter().flat_map(|student| {
            let scores = student.scores.iter();
            scores.filter_map(move |(cycle, scores)| {
                let beyond = student
                    .current_cycle
                    .is_some_and(|current| *cycle > current);
                beyond.then_some((student, *cycle, *scores))
            })
        })
    }

    /// The suspects whose six scores equal last year's stored ones of the same pupil.
    pub(crate) fn find(students: &[Student], last_year: &[StoredStudent]) -> Self {
        let by_email = by_key(last_year, |row| &row.lower_email);
        let by_knack_id = by_key(last_year, |row| &row.knack_id);
        let equals = |(student, cycle, scores): &(&Student, Cycle, Scores)| {
            let same_email = by_email.get(student.email.as_str());
            let same_record = by_knack_id.get(student.record_id.as_str());
            [same_email, same_record]
                .into_iter()
                .flatten()
                .flatten()
                .flat_map(|row| &row.scores)
                .any(|old| old.cycle == *cycle && old.scores == *scores)
        };
        Self(
            Self::suspects(students)
                .filter(equals)
                .map(|(student, cycle, _)| (student.record_id, cycle))
                .collect(),
        )
    }

    pub(super) fn contains(&self, record: KnackRecordId, cycle: Cycle) -> bool {
        self.0.contains(&(record, cycle))
    }
}

fn by_key<'a>(
    rows: &'a [StoredStudent],
    key: impl Fn(&'a StoredStudent) -> &'a str,
) -> HashMap<&'a str, Vec<&'a StoredStudent>> {
    let mut map: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        map.entry(key(row)).or_default().push(row);
    }
    map
}

/// How a student differs from its row.
pub(crate) struct Compared {
    /// The row.
    pub(crate) id: Uuid,
    /// The e-mail to store: the stored spelling, unless it became another address.
    pub(crate) email: String,
    /// The columns to store.
    pub(crate) details: Details,
    /// Whether the row differs at all.
    pub(crate) changed: bool,
    /// Its scores and comments.
    pub(crate) children: Children,
}

/// What to do with the scores and comments of one student.
#[derive(Default)]
pub(crate) struct Children {
    /// Score rows.
    pub(crate) scores: Changed<ScoreChange>,
    /// Comment rows.
    pub(crate) comments: Changed<Comment>,
}

impl Children {
    pub(super) fn rows_to_write(&self) -> usize {
        self.scores.rows_to_write() + self.comments.rows_to_write()
    }
}

/// What to do with the rows of one kind.
pub(crate) struct Changed<T> {
    /// Rows that Supabase lacks.
    pub(crate) inserted: Vec<T>,
    /// Rows that differ.
    pub(crate) updated: Vec<T>,
    /// Rows that are equal, or kept although they differ.
    pub(crate) unchanged: u64,
    /// One of those that are equal, if there is any.
    pub(crate) equal: Option<T>,
    /// Rows that Knack lacks.
    pub(crate) only_in_supabase: u64,
}

impl<T> Changed<T> {
    /// How many rows are to be written.
    pub(crate) fn rows_to_write(&self) -> usize {
        self.inserted.len() + self.updated.len()
    }
}

impl<T> Default for Changed<T> {
    fn default() -> Self {
        Self {
            inserted: Vec::new(),
            updated: Vec::new(),
            unchanged: 0,
            equal: None,
            only_in_supabase: 0,
        }
    }
}

/// A score row to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScoreChange {
    pub(crate) cycle: Cycle,
    pub(crate) scores: Scores,
    pub(crate) completion_date: Date,
}

/// What the comparison needs besides the two sides.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Cycles that are last year's.
    pub(crate) leftovers: &'a Leftovers,
    /// Whose rows are.
    pub(crate) whose: &'a Whose,
    /// The day of this run.
    pub(crate) today: Date,
}

/// Compares a student with the row that is its own.
pub(crate) fn compare(
    student: &Student,
    row: &StoredStudent,
    context: Context<'_>,
    findings: &mut Findings,
) -> Compared {
    let mut details = student.details.clone();
    if details.name.is_empty() {
        details.name.clone_from(&row.details.name);
    }
    let email = if row.lower_email == student.email.as_str() {
        row.email.clone()
    } else {
        student.email.as_str().to_owned()
    };
    let scores = if context.whose.is_own(student, row) {
        row.scores.clone()
    } else {
        undated(&row.scores)
    };
    let changed =
        email != row.email || row.knack_id != student.record_id.as_str() || details != row.details;
    Compared {
        id: row.id,
        email,
        details,
        changed,
        children: Children {
            scores: compare_scores(student, &scores, context, findings),
            comments: compare_comments(student, &row.comments),
        },
    }
}

/// Another student's scores, which are all to be replaced: their dates are nothing to go by.
fn undated(scores: &[StoredScores]) -> Vec<StoredScores> {
    let mut scores = scores.to_vec();
    for scores in &mut scores {
        scores.completion_date = None;
    }
    scores
}

/// The scores and comments of a student that has no row yet.
pub(crate) fn children_of_new(
    student: &Student,
    context: Context<'_>,
    findings: &mut Findings,
) -> Children {
    Children {
        scores: compare_scores(student, &[], context, findings),
        comments: compare_comments(student, &[]),
    }
}

fn compare_scores(
    student: &Student,
    stored: &[StoredScores],
    context: Context<'_>,
    findings: &mut Findings,
) -> Changed<ScoreChange> {
    let mut changed = Changed::default();
    let last_cycle = student.scores.last().map(|(cycle, _)| *cycle);
    // The record's one date is that of the cycle completed last.
    let dated_cycle = student.current_cycle.or(last_cycle);
    let mut known = 0;
    for &(cycle, scores) in &student.scores {
        if context.leftovers.contains(student.record_id, cycle) {
            findings.warn(WarningCode::LastYearsCycle, student.record_id);
            continue;
        }
        let row = stored.iter().find(|row| row.cycle == cycle);
        let stored_date = row.and_then(|row| row.completion_date);
        let completion_date = match stored_date {
            Some(date) if dated_cycle != Some(cycle) => date,
            Some(_) | None => student.completed_on,
        };
        let change = ScoreChange {
            cycle,
            scores,
            completion_date,
        };
        let Some(row) = row else {
            changed.inserted.push(change);
            continue;
        };
        known += 1;
        if row.scores == scores && stored_date == Some(completion_date) {
            changed.unchanged += 1;
            changed.equal = Some(change);
        } else if is_newer(stored_date, student.completed_on, context.today) {
            findings.warn(WarningCode::KeptNewer, student.record_id);
            changed.unchanged += 1;
        } else {
            changed.updated.push(change);
        }
    }
    changed.only_in_supabase = stored.len() as u64 - known;
    changed
}

/// The questionnaire writes Supabase first and Knack after it, so for a day Supabase may be ahead. A later date of any
/// other day is a slip, and Knack wins.
fn is_newer(stored: Option<Date>, completed_on: Date, today: Date) -> bool {
    let (yesterday, tomorrow) = (today.saturating_sub(1.day()), today.saturating_add(1.day()));
    stored.is_some_and(|date| date > completed_on && (yesterday..=tomorrow).contains(&date))
}

fn compare_comments(student: &Student, stored: &[StoredComment]) -> Changed<Comment> {
    let mut changed = Changed::default();
    let mut known = 0;
    for comment in &student.comments {
        let same_place =
            |row: &&StoredComment| row.cycle == comment.cycle && row.comment_type == comment.kind;
        let Some(row) = stored.iter().find(same_place) else {
            changed.inserted.push(comment.clone());
            continue;
        };
        known += 1;
        if row.comment_text.as_deref().unwrap_or_default().trim() == comment.text {
            changed.unchanged += 1;
            changed.equal = Some(comment.clone());
        } else {
            changed.updated.push(comment.clone());
        }
    }
    changed.only_in_supabase = stored.len() as u64 - known;
    changed
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};
    use sync_protocol::WarningCode;

    use super::*;
    use crate::domain::{Email, Score};

    const TODAY: Date = date(2026, 11, 23);
    const COMPLETED: Date = date(2026, 10, 5);
    const LAST: Date = date(2026, 9, 1);

    fn cycle(n: i64) -> Cycle {
        Cycle::try_from(n).unwrap()
    }

    fn scores(vision: i64) -> Scores {
        let vision = Score::try_from(vision).unwrap();
        Scores::from_array([Some(vision), None, None, None, None, None])
    }

    fn student(current: Option<i64>, cycles: &[(i64, i64)]) -> Student {
        Student {
            record_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            email: Email::parse("ann@example.test").unwrap(),
            details: Details {
                name: "Ann Other".to_owned(),
                year_group: "12".to_owned(),
                ..Details::default()
            },
            current_cycle: current.map(cycle),
            completed_on: COMPLETED,
            scores: cycles
                .iter()
                .map(|(n, vision)| (cycle(*n), scores(*vision)))
                .collect(),
            comments: Vec::new(),
        }
    }

    fn row(columns: Value) -> StoredStudent {
        let mut row = json!({
            "id": Uuid::nil(), "establishment_id": null, "knack_id": "61680fc13a0bfd001e8ca3ca",
            "email": "ann@example.test", "name": "Ann Other", "year_group": "12", "course": null, "faculty": "",
            "group": null, "gender": null, "created_at": null, "vespa_scores": [], "student_comments": [],
        });
        let (Value::Object(row_columns), Value::Object(columns)) = (&mut row, columns) else {
            panic!("rows are objects");
        };
        row_columns.extend(columns);
        serde_json::from_value(row).unwrap()
    }

    fn compared(student: &Student, row: &StoredStudent) -> (Compared, Findings) {
        let (leftovers, whose) = (Leftovers::default(), Whose::default());
        let mut findings = Findings::default();
        let context = Context {
            leftovers: &leftovers,
            whose: &whose,
            today: TODAY,
        };
        let compared = compare(student, row, context, &mut findings);
        (compared, findings)
    }

    #[test]
    fn a_student_is_changed_by_what_people_see_and_not_by_how_blank_is_written() {
        for (columns, is_changed) in [
            (json!({}), false),
            (json!({"course": "", "faculty": null, "group": " "}), false),
            (json!({"email": "Ann@Example.test"}), false),
            (json!({"name": " Ann Other "}), false),
            (json!({"name": "Ann"}), true),
            (json!({"year_group": null}), true),
            (json!({"gender": "F"}), true),
            (json!({"knack_id": "61680fc13a0bfd001e8ca3cb"}), true),
            (json!({"email": "ann.other@example.test"}), true),
        ] {
            let (compared, _) = compared(&student(None, &[]), &row(columns.clone()));
            assert_eq!(compared.changed, is_changed, "{columns}");
        }
    }

    #[test]
    fn a_blank_name_in_knack_never_replaces_a_stored_one() {
        let mut unnamed = student(None, &[]);
        unnamed.details.name.clear();
        let (compared, _) = compared(&unnamed, &row(json!({})));
        assert_eq!(compared.details.name, "Ann Other");
        assert!(!compared.changed);
    }

    #[test]
    fn a_stored_spelling_of_the_email_stays_until_the_address_changes() {
        for (stored, expected) in [
            ("Ann@Example.test", "Ann@Example.test"),
            ("other@example.test", "ann@example.test"),
        ] {
            let (compared, _) = compared(&student(None, &[]), &row(json!({"email": stored})));
            assert_eq!(compared.email, expected);
        }
    }

    /// Stored and Knack's cycle 1: what is written, if anything.
    #[test]
    fn scores_are_written_where_they_or_their_date_differ() {
        let stored = |vision: i64, day: Option<Date>| {
            json!([{"cycle": 1, "vision": vision, "effort": null,
            "systems": null, "practice": null, "attitude": null, "overall": null, "completion_date": day}])
        };
        for (case, stored, inserted, updated, warning) in [
            ("none stored", json!([]), 1, 0, None),
            ("equal", stored(7, Some(COMPLETED)), 0, 0, None),
            ("another score", stored(6, Some(COMPLETED)), 0, 1, None),
            ("no date", stored(7, None), 0, 1, None),
            ("an earlier date", stored(7, Some(LAST)), 0, 1, None),
            (
                "newer, of today",
                stored(6, Some(TODAY)),
                0,
                0,
                Some(WarningCode::KeptNewer),
            ),
            (
                "later, long ago",
                stored(6, Some(date(2026, 11, 1))),
                0,
                1,
                None,
            ),
        ] {
            let row = row(json!({ "vespa_scores": stored }));
            let (compared, findings) = compared(&student(Some(1), &[(1, 7)]), &row);
            let scores = compared.children.scores;
            assert_eq!(
                (scores.inserted.len(), scores.updated.len()),
                (inserted, updated),
                "{case}"
            );
            let warned: Vec<_> = findings.warnings().iter().map(|it| it.code).collect();
            assert_eq!(warned, Vec::from_iter(warning), "{case}");
        }
    }

    #[test]
    fn only_the_cycle_completed_last_takes_the_records_date() {
        let row = row(json!({"vespa_scores": [
            {"cycle": 1, "vision": 5, "effort": null, "systems": null, "practice": null, "attitude": null,
             "overall": null, "completion_date": LAST},
        ]}));
        let (compared, _) = compared(&student(Some(2), &[(1, 6), (2, 7)]), &row);
        let scores = compared.children.scores;
        assert_eq!(scores.updated[0].completion_date, LAST);
        assert_eq!(scores.inserted[0].completion_date, COMPLETED);
    }

    #[test]
    fn last_years_scores_are_found_by_email_or_record_and_only_beyond_the_current_cycle() {
        let old = |email: &str, knack_id: &str, vision: i64| {
            row(json!({"email": email, "knack_id": knack_id,
            "vespa_scores": [{"cycle": 2, "vision": vision, "effort": null, "systems": null, "practice": null,
                              "attitude": null, "overall": null, "completion_date": null}]}))
        };
        let (own, other) = ("61680fc13a0bfd001e8ca3ca", "61680fc13a0bfd001e8ca3cb");
        for (case, row, current, is_leftover) in [
            (
                "same e-mail",
                old("Ann@example.test", other, 7),
                Some(1),
                true,
            ),
            (
                "same record",
                old("old@example.test", own, 7),
                Some(1),
                true,
            ),
            (
                "another pupil",
                old("old@example.test", other, 7),
                Some(1),
                false,
            ),
            (
                "other scores",
                old("ann@example.test", own, 6),
                Some(1),
                false,
            ),
            (
                "completed this year",
                old("ann@example.test", own, 7),
                Some(2),
                false,
            ),
            (
                "unknown cycle",
                old("ann@example.test", own, 7),
                None,
                false,
            ),
        ] {
            let student = student(current, &[(1, 5), (2, 7)]);
            let leftovers = Leftovers::find(std::slice::from_ref(&student), &[row]);
            assert_eq!(
                leftovers.contains(student.record_id, cycle(2)),
                is_leftover,
                "{case}"
            );
        }
    }
}
