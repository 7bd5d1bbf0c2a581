//! Finds others who have a student's e-mail without being a student of this run: by a skipped record, a stored row, or
//! the name on a sheet of answers. Pure.

use std::collections::{HashMap, HashSet};

use sync_protocol::KnackRecordId;

use super::super::given_name::are_of_two_people;
use super::super::people::Whose;
use crate::domain::{AnswerSheet, Email, Student};
use crate::stored::StoredStudent;

/// Names by e-mail, of those who are not the student who has it.
pub(super) struct Sharers<'a>(HashMap<&'a str, HashSet<&'a str>>);

/// Students by their e-mail.
type ByEmail<'a> = HashMap<&'a Email, Vec<&'a Student>>;

impl<'a> Sharers<'a> {
    pub(super) fn of(
        students: &ByEmail<'a>,
        whose: &'a Whose,
        stored: &[&'a StoredStudent],
        sheets: &'a [AnswerSheet],
    ) -> Self {
        let by_email: HashMap<&str, &Vec<&Student>> = students
            .iter()
            .map(|(email, of)| (email.as_str(), of))
            .collect();
        let mut names: HashMap<&'a str, HashSet<&'a str>> = HashMap::new();
        let mut add = |email: &'a str, name: &'a str, record: Option<KnackRecordId>| {
            let record = record.map(|record| whose.record_that_counts(record));
            let students = by_email.get(email).into_iter();
            let mut students = students.flat_map(|of| of.iter().copied());
            // A student's own record or row may name the student otherwise, as after a correction.
            let is_own = students.clone().any(|it| record == Some(it.record_id));
            let is_another = |name_of: &str| name_of != name && are_of_two_people(name_of, name);
            if !is_own && students.any(|it| is_another(&it.details.name)) {
                names.entry(email).or_default().insert(name);
            }
        };
        for (email, name) in whose.skipped() {
            add(email.as_str(), name, None);
        }
        for row in stored {
            add(&row.lower_email, &row.details.name, row.knack_id.id());
        }
        for sheet in sheets {
            if let Some(email) = &sheet.email {
                add(email.as_str(), &sheet.name, sheet.scores_record);
            }
        }
        Self(names)
    }

    /// The names of others with this student's e-mail.
    pub(super) fn beside(&self, student: &Student) -> impl Iterator<Item = &'a str> {
        let names = self.0.get(student.email.as_str()).into_iter().flatten();
        let own = student.details.name.clone();
        names
            .copied()
            .filter(move |name| are_of_two_people(&own, name))
    }
}
