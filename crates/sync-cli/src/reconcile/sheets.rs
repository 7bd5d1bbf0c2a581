//! Whose each sheet of answers is: by e-mail, else by the record of scores that it is connected with. Pure.
//!
//! Better missing and named than one pupil's answers on another's row: who shares an e-mail is told apart as in
//! [`super::people`].

use std::collections::HashMap;

use sync_protocol::{KnackRecordId, SkipReason};

use super::given_name::{are_of_two_people, is_known};
use super::people::Whose;
use crate::domain::{AnswerSheet, Email, Student};
use crate::findings::Findings;

/// Whose sheets are, by the student's record.
#[derive(Default)]
pub(crate) struct Assigned {
    pub(crate) sheets: HashMap<KnackRecordId, AnswerSheet>,
    /// By which rule each of them was found.
    pub(crate) found_by: HashMap<KnackRecordId, FoundBy>,
    /// Sheets that do not count, and the student who has a later one, or nobody.
    pub(crate) others: HashMap<KnackRecordId, Option<KnackRecordId>>,
}

/// The rule by which a sheet is a student's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundBy {
    Email,
    /// By the record of scores that the sheet is connected with.
    Connection,
}

/// Each student's sheet, by the student's record: of several, the one completed last. Sheets that are no student's of this
/// run are booked as skipped.
pub(crate) fn assign<'s>(
    sheets: Vec<AnswerSheet>,
    students: impl IntoIterator<Item = &'s Student>,
    whose: &Whose,
    findings: &mut Findings,
) -> Assigned {
    let (mut by_email, mut by_record) = (HashMap::new(), HashMap::new());
    for student in students {
        by_email.insert(&student.email, student);
        by_record.insert(student.record_id, student);
    }
    let known = Known {
        by_email,
        by_record,
        whose,
    };
    let mut assigned = Assigned::default();
    for sheet in sheets {
        let Some((student, found_by)) = known.owner(&sheet) else {
            findings.skip(SkipReason::NoStudent, sheet.record_id);
            assigned.others.insert(sheet.record_id, None);
            continue;
        };
        let record = student.record_id;
        let last = assigned.sheets.get(&record);
        if last.is_none_or(|last| completion(last) < completion(&sheet)) {
            assigned.found_by.insert(record, found_by);
            if let Some(replaced) = assigned.sheets.insert(record, sheet) {
                assigned.others.insert(replaced.record_id, Some(record));
            }
        } else {
            assigned.others.insert(sheet.record_id, Some(record));
        }
    }
    assigned
}

/// Later is higher; ids break ties, so that every run decides alike.
fn completion(sheet: &AnswerSheet) -> (jiff::civil::DateTime, KnackRecordId) {
    (sheet.completed_at, sheet.record_id)
}

/// The students of a run.
struct Known<'a> {
    by_email: HashMap<&'a Email, &'a Student>,
    by_record: HashMap<KnackRecordId, &'a Student>,
    whose: &'a Whose,
}

impl<'a> Known<'a> {
    fn owner(&self, sheet: &AnswerSheet) -> Option<(&'a Student, FoundBy)> {
        let by_email = sheet.email.as_ref();
        let by_email = by_email.and_then(|email| self.by_email.get(email));
        if let Some(student) = by_email
            && self.is_theirs(sheet, student)
        {
            return Some((student, FoundBy::Email));
        }
        let record = self.whose.record_that_counts(sheet.scores_record?);
        let student = self.by_record.get(&record)?;
        let is_theirs = by_name(sheet, student).unwrap_or(by_email.is_none());
        is_theirs.then_some((*student, FoundBy::Connection))
    }

    /// Whether a sheet with this student's e-mail is this student's, and not somebody's who shares it.
    fn is_theirs(&self, sheet: &AnswerSheet, student: &Student) -> bool {
        let connected = sheet.scores_record;
        let connected = connected.map(|record| self.whose.record_that_counts(record));
        if connected == Some(student.record_id) {
            return true;
        }
        // Without names, only a connection could tell whose it is.
        by_name(sheet, student)
            .unwrap_or_else(|| connected.is_none() && !self.whose.is_shared(student))
    }
}

/// What the names say; nothing where one is not known.
fn by_name(sheet: &AnswerSheet, student: &Student) -> Option<bool> {
    let (sheets, students) = (sheet.name.as_str(), student.details.name.as_str());
    let are_known = is_known(sheets) && is_known(students);
    are_known.then(|| !are_of_two_people(sheets, students))
}

#[cfg(test)]
mod tests;
