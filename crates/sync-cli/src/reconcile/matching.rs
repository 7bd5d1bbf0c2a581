//! Matches students with stored rows. A row is given away at most once, so two students who swap their e-mails never
//! violate the unique key on (e-mail, year).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use sync_protocol::KnackRecordId;

use super::compare::Context;
use super::given_name::is_known;
use crate::domain::Student;
use crate::stored::StoredStudent;

/// The rule by which a stored row is a student's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchedBy {
    /// Of several rows with the e-mail, the one that carries the record.
    RecordWithoutName,
    Email,
    EmailInAnyCase,
    Record,
    /// Another student has left the row.
    TakingOver,
}

/// A student's stored data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// The row with this index is the student's, by this rule.
    Row(usize, MatchedBy),
    /// Nothing.
    Nothing,
    /// The row with this index has the student's e-mail, and is and stays another student's.
    Held(usize),
}

/// Each student's stored data.
pub(super) fn match_rows(
    students: &[Student],
    stored: &[StoredStudent],
    context: Context<'_>,
) -> Vec<Match> {
    let mut matching = Matching::new(stored, students.len(), context);
    for by in [
        MatchedBy::RecordWithoutName,
        MatchedBy::Email,
        MatchedBy::EmailInAnyCase,
        MatchedBy::Record,
        MatchedBy::TakingOver,
    ] {
        matching.each(students, by);
    }
    let rows = students.iter().zip(&matching.rows);
    rows.map(|(student, row)| match row {
        Some((row, by)) => Match::Row(*row, *by),
        None => matching
            .with_email(student)
            .next()
            .map_or(Match::Nothing, Match::Held),
    })
    .collect()
}

struct Matching<'a> {
    stored: &'a [StoredStudent],
    context: Context<'a>,
    by_email: HashMap<&'a str, usize>,
    by_lower_email: HashMap<&'a str, Vec<usize>>,
    by_knack_id: HashMap<KnackRecordId, Vec<usize>>,
    taken: HashSet<usize>,
    rows: Vec<Option<(usize, MatchedBy)>>,
}

impl<'a> Matching<'a> {
    fn new(stored: &'a [StoredStudent], students: usize, context: Context<'a>) -> Self {
        let mut by_lower_email: HashMap<&'a str, Vec<usize>> = HashMap::new();
        let mut by_knack_id: HashMap<KnackRecordId, Vec<usize>> = HashMap::new();
        for (index, row) in stored.iter().enumerate() {
            by_lower_email
                .entry(&row.lower_email)
                .or_default()
                .push(index);
            if let Some(record) = row.knack_id.id() {
                by_knack_id.entry(record).or_default().push(index);
            }
        }
        let by_email = stored
            .iter()
            .enumerate()
            .map(|(index, row)| (row.email.as_str(), index));
        Self {
            stored,
            context,
            by_email: by_email.collect(),
            by_lower_email,
            by_knack_id,
            taken: HashSet::new(),
            rows: vec![None; students],
        }
    }

    fn each(&mut self, students: &[Student], by: MatchedBy) {
        let rule = match by {
            MatchedBy::RecordWithoutName => Self::by_record_without_a_name,
            MatchedBy::Email => Self::by_exact_email,
            MatchedBy::EmailInAnyCase => Self::by_email_in_any_case,
            MatchedBy::Record => Self::by_record,
            MatchedBy::TakingOver => Self::by_taking_over,
        };
        for (index, student) in students.iter().enumerate() {
            if self.rows[index].is_none()
                && let Some(row) = rule(self, student)
                && self.taken.insert(row)
            {
                self.rows[index] = Some((row, by));
            }
        }
    }

    /// Of several rows with the e-mail, the one that carries this record, where a name is missing that could tell whose the
    /// others are.
    fn by_record_without_a_name(&self, student: &Student) -> Option<usize> {
        let exact = self.by_email.get(student.email.as_str()).copied();
        let is_nameless = |row: usize| !is_known(&self.stored[row].details.name);
        let is_unsure = !is_known(&student.details.name) || exact.is_some_and(is_nameless);
        let mut rows = self.with_email(student);
        rows.find(|row| is_unsure && self.stored[*row].knack_id.is(student.record_id))
    }

    fn by_exact_email(&self, student: &Student) -> Option<usize> {
        let row = self.by_email.get(student.email.as_str()).copied()?;
        self.is_own(student, row).then_some(row)
    }

    fn by_email_in_any_case(&self, student: &Student) -> Option<usize> {
        let own = self.with_email(student);
        self.best(student, own.filter(|row| self.is_own(student, *row)))
    }

    /// The same record under a new e-mail is the same pupil only if there is a name and it stayed: schools reuse records.
    fn by_record(&self, student: &Student) -> Option<usize> {
        let same_record = self.by_knack_id.get(&student.record_id)?;
        let mut free = same_record
            .iter()
            .copied()
            .filter(|row| !self.taken.contains(row));
        let (Some(row), None) = (free.next(), free.next()) else {
            return None;
        };
        let stored_name = &self.stored[row].details.name;
        let email_is_free = !self.by_lower_email.contains_key(student.email.as_str());
        (email_is_free && !stored_name.is_empty() && *stored_name == student.details.name)
            .then_some(row)
    }

    /// The row of another student who has left it.
    fn by_taking_over(&self, student: &Student) -> Option<usize> {
        let Context {
            whose,
            leftovers,
            answers,
            ..
        } = self.context;
        let is_left = |row: &usize| {
            let row = &self.stored[*row];
            let answers = answers.map(|known| known.beside(student.record_id, row.id));
            whose.may_take_over(student, row, leftovers, answers)
        };
        let left = self.with_email(student).filter(is_left);
        self.best(student, left)
    }

    /// Rows with the student's e-mail in any case that nobody has.
    fn with_email(&self, student: &Student) -> impl Iterator<Item = usize> {
        let rows = self.by_lower_email.get(student.email.as_str());
        let rows = rows.into_iter().flatten().copied();
        rows.filter(|row| !self.taken.contains(row))
    }

    /// The one with this Knack id, else with this very e-mail, else with most scores, else the oldest.
    fn best(&self, student: &Student, rows: impl Iterator<Item = usize>) -> Option<usize> {
        rows.max_by_key(|row| {
            let row = &self.stored[*row];
            (
                row.knack_id.is(student.record_id),
                row.email == student.email.as_str(),
                row.scores.len(),
                Reverse((row.created_at.as_deref(), row.id)),
            )
        })
    }

    fn is_own(&self, student: &Student, row: usize) -> bool {
        self.context.whose.is_own(student, &self.stored[row])
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Cycle, Details, Email, Score, Scores};
    use crate::findings::Findings;
    use crate::reconcile::{KnownAnswers, Leftovers, tell_apart};

    fn id(n: u8) -> String {
        format!("61680fc13a0bfd001e8ca3{n:02x}")
    }

    /// A student with two cycles: e-mail, record, name.
    fn student((email, record, name): (&str, u8, &str)) -> Student {
        let cycles = [1, 2].map(|cycle| Cycle::try_from(cycle).unwrap());
        let scores = Scores::from_array([Score::try_from(1).ok(), None, None, None, None, None]);
        Student {
            record_id: id(record).parse().unwrap(),
            email: Email::parse(&format!("{email}@x.test")).unwrap(),
            details: Details {
                name: name.to_owned(),
                ..Details::default()
            },
            current_cycle: None,
            completed_on: date(2026, 10, 5),
            scores: cycles.map(|cycle| (cycle, scores)).to_vec(),
            comments: Vec::new(),
        }
    }

    /// A stored row: e-mail, record, name, number of score rows.
    fn row((email, record, name, scores): (&str, u8, &str, usize)) -> StoredStudent {
        let cycle = |n: usize| {
            json!({"cycle": n + 1, "vision": 1, "effort": 1, "systems": 1, "practice": 1, "attitude": 1,
                   "overall": 1, "completion_date": null})
        };
        serde_json::from_value(json!({
            "id": Uuid::nil(), "establishment_id": null, "knack_id": id(record), "email": format!("{email}@x.test"),
            "name": name, "year_group": null, "course": null, "faculty": null, "group": null, "gender": null,
            "created_at": null, "vespa_scores": (0..scores).map(cycle).collect::<Vec<_>>(), "student_comments": [],
        }))
        .unwrap()
    }

    type Case<'a> = (
        &'a str,
        &'a [(&'a str, u8, &'a str)],
        &'a [(&'a str, u8, &'a str, usize)],
        &'a [Match],
    );
    const CASES: [Case<'_>; 15] = [
        (
            "nothing stored",
            &[("ann", 1, "Ann")],
            &[],
            &[Match::Nothing],
        ),
        (
            "the same e-mail",
            &[("ann", 1, "Ann")],
            &[("bob", 1, "Ann", 0), ("ann", 2, "Ann", 0)],
            &[Match::Row(1, MatchedBy::Email)],
        ),
        (
            "the same but for its case",
            &[("ann", 1, "Ann")],
            &[("Ann", 2, "", 0)],
            &[Match::Row(0, MatchedBy::EmailInAnyCase)],
        ),
        (
            "of several in another case, the one with this record",
            &[("ann", 1, "Ann")],
            &[("ANN", 2, "", 3), ("Ann", 1, "", 0)],
            &[Match::Row(1, MatchedBy::EmailInAnyCase)],
        ),
        (
            "else the one with most scores",
            &[("ann", 1, "Ann")],
            &[("ANN", 2, "", 1), ("Ann", 3, "", 2)],
            &[Match::Row(1, MatchedBy::EmailInAnyCase)],
        ),
        (
            "a new e-mail and the same name",
            &[("new", 1, "Ann")],
            &[("ann", 1, "Ann", 1)],
            &[Match::Row(0, MatchedBy::Record)],
        ),
        (
            "a new e-mail and a new name",
            &[("new", 1, "Ben")],
            &[("ann", 1, "Ann", 1)],
            &[Match::Nothing],
        ),
        (
            "a new e-mail and no name",
            &[("new", 1, "")],
            &[("ann", 1, "", 1)],
            &[Match::Nothing],
        ),
        (
            "two rows of one record",
            &[("new", 1, "Ann")],
            &[("ann", 1, "Ann", 1), ("ann2", 1, "Ann", 1)],
            &[Match::Nothing],
        ),
        (
            "two pupils who swapped their e-mails",
            &[("ann", 2, "Bob"), ("bob", 1, "Ann")],
            &[("ann", 1, "Ann", 1), ("bob", 2, "Bob", 1)],
            &[
                Match::Row(0, MatchedBy::TakingOver),
                Match::Row(1, MatchedBy::TakingOver),
            ],
        ),
        (
            "of several rows that were left, the one with this very spelling",
            &[("ann", 1, "Ann")],
            &[("ann", 9, "Cyd", 0), ("Ann", 8, "Dee", 2)],
            &[Match::Row(0, MatchedBy::TakingOver)],
        ),
        (
            "another student's row, whose record has left Knack, and all its scores are given",
            &[("ann", 2, "Bob")],
            &[("ann", 1, "Ann", 2)],
            &[Match::Row(0, MatchedBy::TakingOver)],
        ),
        (
            "another student's row, whose record has left Knack, and not all its scores are given",
            &[("ann", 2, "Bob")],
            &[("ann", 1, "Ann", 3)],
            &[Match::Held(0)],
        ),
        (
            "another student's row, which the other one takes along",
            &[("ann", 2, "Bob"), ("new", 1, "Ann")],
            &[("ann", 1, "Ann", 3)],
            &[Match::Nothing, Match::Row(0, MatchedBy::Record)],
        ),
        (
            "two pupils who swapped their e-mails, of whom one has fewer scores than the other had",
            &[("ann", 2, "Bob"), ("bob", 1, "Ann")],
            &[("ann", 1, "Ann", 3), ("bob", 2, "Bob", 1)],
            &[Match::Held(0), Match::Row(1, MatchedBy::TakingOver)],
        ),
    ];

    /// As somebody may have typed them.
    fn in_capitals_with_blanks(mut row: StoredStudent) -> StoredStudent {
        let record = row.knack_id.id().unwrap();
        row.knack_id = Some(format!(" {} ", record.to_string().to_uppercase())).into();
        row
    }

    #[test]
    fn each_rule_comes_before_the_next_and_a_row_is_given_away_once_however_records_are_spelt() {
        let spelt: [fn(StoredStudent) -> StoredStudent; 2] = [|row| row, in_capitals_with_blanks];
        for ((case, students, stored, expected), spelt) in CASES
            .into_iter()
            .flat_map(|case| spelt.map(|spelt| (case, spelt)))
        {
            let students: Vec<Student> = students.iter().copied().map(student).collect();
            let stored: Vec<StoredStudent> = stored.iter().copied().map(row).map(spelt).collect();
            let (leftovers, mut findings) = (Leftovers::default(), Findings::default());
            let (students, whose) = tell_apart(students, [], &stored, &mut findings);
            let answers = KnownAnswers::default();
            let context = Context {
                leftovers: &leftovers,
                whose: &whose,
                answers: Some(&answers),
                today: date(2026, 11, 23),
                kept: crate::domain::StudentColumns::default(),
            };
            // Students come by e-mail.
            assert_eq!(match_rows(&students, &stored, context), expected, "{case}");
        }
    }
}
