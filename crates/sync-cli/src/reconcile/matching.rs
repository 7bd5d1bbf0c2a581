//! Which stored row is which student's. A row is given away at most once, so a swap of e-mails rewrites Knack ids and
//! names and never meets the unique key on (e-mail, year).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::domain::Student;
use crate::stored::StoredStudent;

/// For each student, the index of its row.
pub(super) fn match_rows(students: &[Student], stored: &[StoredStudent]) -> Vec<Option<usize>> {
    let mut matching = Matching::new(stored, students.len());
    matching.each(students, Matching::by_exact_email);
    matching.each(students, Matching::by_email_in_any_case);
    matching.each(students, Matching::by_record);
    matching.rows
}

struct Matching<'a> {
    stored: &'a [StoredStudent],
    by_email: HashMap<&'a str, usize>,
    by_lower_email: HashMap<&'a str, Vec<usize>>,
    by_knack_id: HashMap<&'a str, Vec<usize>>,
    taken: HashSet<usize>,
    rows: Vec<Option<usize>>,
}

impl<'a> Matching<'a> {
    fn new(stored: &'a [StoredStudent], students: usize) -> Self {
        let mut by_lower_email: HashMap<&'a str, Vec<usize>> = HashMap::new();
        let mut by_knack_id: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, row) in stored.iter().enumerate() {
            by_lower_email
                .entry(&row.lower_email)
                .or_default()
                .push(index);
            by_knack_id.entry(&row.knack_id).or_default().push(index);
        }
        let by_email = stored
            .iter()
            .enumerate()
            .map(|(index, row)| (row.email.as_str(), index));
        Self {
            stored,
            by_email: by_email.collect(),
            by_lower_email,
            by_knack_id,
            taken: HashSet::new(),
            rows: vec![None; students],
        }
    }

    fn each(&mut self, students: &[Student], rule: fn(&Self, &Student) -> Option<usize>) {
        for (index, student) in students.iter().enumerate() {
            if self.rows[index].is_none()
                && let Some(row) = rule(self, student)
                && self.taken.insert(row)
            {
                self.rows[index] = Some(row);
            }
        }
    }

    fn by_exact_email(&self, student: &Student) -> Option<usize> {
        self.by_email.get(student.email.as_str()).copied()
    }

    /// Of several, the one with this Knack id, else the one with most scores, else the oldest.
    fn by_email_in_any_case(&self, student: &Student) -> Option<usize> {
        let candidates = self
            .by_lower_email
            .get(student.email.as_str())?
            .iter()
            .copied();
        candidates
            .filter(|row| !self.taken.contains(row))
            .max_by_key(|row| {
                let row = &self.stored[*row];
                (
                    row.knack_id == student.record_id.as_str(),
                    row.scores.len(),
                    Reverse((row.created_at.as_deref(), row.id)),
                )
            })
    }

    /// The same record under a new e-mail is the same pupil only if there is a name and it stayed: schools reuse records.
    fn by_record(&self, student: &Student) -> Option<usize> {
        let same_record = self.by_knack_id.get(student.record_id.as_str())?;
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
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Details, Email};

    fn id(n: u8) -> String {
        format!("61680fc13a0bfd001e8ca3{n:02x}")
    }

    /// A student: e-mail, record, name.
    fn student((email, record, name): (&str, u8, &str)) -> Student {
        Student {
            record_id: id(record).parse().unwrap(),
            email: Email::parse(&format!("{email}@x.test")).unwrap(),
            details: Details {
                name: name.to_owned(),
                ..Details::default()
            },
            current_cycle: None,
            completed_on: date(2026, 10, 5),
            scores: Vec::new(),
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

    #[test]
    fn each_rule_comes_before_the_next_and_a_row_is_given_away_once() {
        type Case<'a> = (
            &'a str,
            &'a [(&'a str, u8, &'a str)],
            &'a [(&'a str, u8, &'a str, usize)],
            &'a [Option<usize>],
        );
        let cases: [Case<'_>; 10] = [
            ("nothing stored", &[("ann", 1, "Ann")], &[], &[None]),
            (
                "the same e-mail",
                &[("ann", 1, "Ann")],
                &[("bob", 1, "Ann", 0), ("ann", 2, "Bob", 0)],
                &[Some(1)],
            ),
            (
                "the same but for its case",
                &[("ann", 1, "Ann")],
                &[("Ann", 2, "", 0)],
                &[Some(0)],
            ),
            (
                "of several in another case, the one with this record",
                &[("ann", 1, "Ann")],
                &[("ANN", 2, "", 3), ("Ann", 1, "", 0)],
                &[Some(1)],
            ),
            (
                "else the one with most scores",
                &[("ann", 1, "Ann")],
                &[("ANN", 2, "", 1), ("Ann", 3, "", 2)],
                &[Some(1)],
            ),
            (
                "a new e-mail and the same name",
                &[("new", 1, "Ann")],
                &[("ann", 1, "Ann", 1)],
                &[Some(0)],
            ),
            (
                "a new e-mail and a new name",
                &[("new", 1, "Ben")],
                &[("ann", 1, "Ann", 1)],
                &[None],
            ),
            (
                "a new e-mail and no name",
                &[("new", 1, "")],
                &[("ann", 1, "", 1)],
                &[None],
            ),
            (
                "two rows of one record",
                &[("new", 1, "Ann")],
                &[("ann", 1, "Ann", 1), ("ann2", 1, "Ann", 1)],
                &[None],
            ),
            (
                "two pupils who swapped their e-mails",
                &[("bob", 1, "Ann"), ("ann", 2, "Bob")],
                &[("ann", 1, "Ann", 1), ("bob", 2, "Bob", 1)],
                &[Some(1), Some(0)],
            ),
        ];
        for (case, students, stored, expected) in cases {
            let students: Vec<Student> = students.iter().copied().map(student).collect();
            let stored: Vec<StoredStudent> = stored.iter().copied().map(row).collect();
            assert_eq!(match_rows(&students, &stored), expected, "{case}");
        }
    }
}
