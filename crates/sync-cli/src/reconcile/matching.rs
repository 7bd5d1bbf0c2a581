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
