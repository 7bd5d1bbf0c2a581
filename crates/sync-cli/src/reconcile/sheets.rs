//! Whose each sheet of answers is: by e-mail, else by the record of scores that it is connected with. Pure.
//!
//! Better missing and named than one pupil's answers on another's row: who shares an e-mail is told apart as in
//! [`super::people`], and a sheet that may be either's is nobody's.

mod sharers;

use std::collections::{HashMap, HashSet};

use sync_protocol::{KnackRecordId, SkipReason};

use super::given_name::{are_of_two_people, is_known};
use super::people::{People, Whose};
use crate::domain::{AnswerSheet, Email, Student};
use crate::findings::Findings;
use crate::stored::StoredStudent;
use crate::stored::answers::{ByStudent, answers_of};
use sharers::Sharers;

/// Whose sheets are, by the student's record.
#[derive(Default)]
pub(crate) struct Assigned {
    pub(crate) sheets: HashMap<KnackRecordId, AnswerSheet>,
    pub(crate) owners: Owners,
}

/// How it was found whose the sheets are, and which do not count.
#[derive(Default)]
pub(crate) struct Owners {
    /// By which rule each student's was found.
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
///
/// A row of `rows` tells of somebody else only by answers in it: the sheet may be the one that they are from. One that goes to
/// another e-mail takes them along.
pub(crate) fn assign(
    sheets: Vec<AnswerSheet>,
    people: &People,
    (rows, stored): (&[&StoredStudent], &ByStudent),
    findings: &mut Findings,
) -> Assigned {
    let has_answers = |row: &&&StoredStudent| {
        let answers = answers_of(stored, row.id);
        let emails = rows.iter().map(|row| row.lower_email.as_str());
        answers.places().next().is_some() && !people.whose().takes_along(row, emails)
    };
    let answered: Vec<&StoredStudent> = rows.iter().filter(has_answers).copied().collect();
    let known = Known::of(people, &answered, &sheets);
    let owners: Vec<Option<(KnackRecordId, FoundBy)>> =
        sheets.iter().map(|sheet| known.owner(sheet)).collect();
    let mut assigned = Assigned::default();
    for (sheet, owner) in sheets.into_iter().zip(owners) {
        let Some((record, found_by)) = owner else {
            findings.skip(SkipReason::NoStudent, sheet.record_id);
            assigned.owners.others.insert(sheet.record_id, None);
            continue;
        };
        let last = assigned.sheets.get(&record);
        if last.is_none_or(|last| completion(last) < completion(&sheet)) {
            assigned.owners.found_by.insert(record, found_by);
            if let Some(replaced) = assigned.sheets.insert(record, sheet) {
                let others = &mut assigned.owners.others;
                others.insert(replaced.record_id, Some(record));
            }
        } else {
            let others = &mut assigned.owners.others;
            others.insert(sheet.record_id, Some(record));
        }
    }
    assigned
}

impl Owners {
    /// Leaves the sheets of these students. All others are booked as skipped, and are nobody's.
    pub(crate) fn leave(
        &mut self,
        sheets: &mut HashMap<KnackRecordId, AnswerSheet>,
        students: &[Student],
        findings: &mut Findings,
    ) {
        let students: HashSet<KnackRecordId> = students.iter().map(|it| it.record_id).collect();
        let is_left = |student: &KnackRecordId| students.contains(student);
        let gone = sheets.extract_if(|student, _| !is_left(student));
        let mut gone: Vec<KnackRecordId> = gone.map(|(_, sheet)| sheet.record_id).collect();
        for (sheet, owner) in &mut self.others {
            if owner.is_some_and(|owner| !is_left(&owner)) {
                *owner = None;
                gone.push(*sheet);
            }
        }
        self.found_by.retain(|student, _| is_left(student));
        gone.sort_unstable();
        for sheet in gone {
            findings.skip(SkipReason::NoStudent, sheet);
            self.others.insert(sheet, None);
        }
    }
}

/// Later is higher; ids break ties, so that every run decides alike.
fn completion(sheet: &AnswerSheet) -> (jiff::civil::DateTime, KnackRecordId) {
    (sheet.completed_at, sheet.record_id)
}

/// The people of a run.
struct Known<'a> {
    by_email: HashMap<&'a Email, Vec<&'a Student>>,
    by_record: HashMap<KnackRecordId, &'a Student>,
    whose: &'a Whose,
    sharers: Sharers<'a>,
}

impl<'a> Known<'a> {
    fn of(people: &'a People, stored: &[&'a StoredStudent], sheets: &'a [AnswerSheet]) -> Self {
        let mut by_email: HashMap<_, Vec<_>> = HashMap::new();
        for student in people.students() {
            by_email.entry(&student.email).or_default().push(student);
        }
        let by_record = people
            .students()
            .map(|student| (student.record_id, student));
        Self {
            by_record: by_record.collect(),
            whose: people.whose(),
            sharers: Sharers::of(&by_email, people.whose(), stored, sheets),
            by_email,
        }
    }

    fn owner(&self, sheet: &AnswerSheet) -> Option<(KnackRecordId, FoundBy)> {
        let with_email = sheet
            .email
            .as_ref()
            .and_then(|email| self.by_email.get(email));
        let is_known_email = with_email.is_some();
        let mut with_email = with_email.into_iter().flatten();
        if let Some(student) = with_email.find(|student| self.is_theirs(sheet, student)) {
            return Some((student.record_id, FoundBy::Email));
        }
        let record = self.whose.record_that_counts(sheet.scores_record?);
        let student = self.by_record.get(&record)?;
        let is_theirs = by_name(sheet, student).unwrap_or(!is_known_email);
        is_theirs.then_some((record, FoundBy::Connection))
    }

    /// Whether a sheet with this student's e-mail is this student's, and not somebody's who shares it.
    fn is_theirs(&self, sheet: &AnswerSheet, student: &Student) -> bool {
        let connected = sheet.scores_record;
        let connected = connected.map(|record| self.whose.record_that_counts(record));
        if connected == Some(student.record_id) {
            return true;
        }
        let connected = connected.map(|record| self.connected(record, student));
        if connected == Some(Connected::AnotherPersons) {
            return false;
        }
        let by_name = by_name(sheet, student);
        if connected == Some(Connected::Theirs) {
            return by_name != Some(false);
        }
        let mut others = self.others(student);
        match by_name {
            Some(is_theirs) => {
                let may_be =
                    |other: &str| !is_known(other) || !are_of_two_people(&sheet.name, other);
                is_theirs && !others.any(may_be)
            }
            // Without names, only a connection could tell whose it is.
            None => connected.is_none() && others.next().is_none(),
        }
    }

    /// The names of everybody else who has this student's e-mail.
    fn others(&self, student: &Student) -> impl Iterator<Item = &str> {
        let students = self.by_email.get(&student.email).into_iter().flatten();
        let others = students.filter(|other| other.record_id != student.record_id);
        let others = others.map(|other| other.details.name.as_str());
        others.chain(self.sharers.beside(student))
    }

    /// Whose a record is that is not the one that counts of this student.
    fn connected(&self, record: KnackRecordId, student: &Student) -> Connected {
        if let Some(other) = self.by_record.get(&record) {
            return if other.email == student.email {
                Connected::AnotherPersons
            } else {
                Connected::Nobodys
            };
        }
        match self.whose.skipped_with_email(record, student) {
            Some(name) if are_of_two_people(name, &student.details.name) => {
                Connected::AnotherPersons
            }
            Some(name) if is_known(name) && is_known(&student.details.name) => Connected::Theirs,
            Some(_) | None => Connected::Nobodys,
        }
    }
}

/// Whose the record is that a sheet is connected with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connected {
    /// The student's own, though it does not count.
    Theirs,
    /// Somebody's who shares the student's e-mail.
    AnotherPersons,
    /// That says nothing.
    Nobodys,
}

/// The result of comparing the names; `None` if one is unknown.
fn by_name(sheet: &AnswerSheet, student: &Student) -> Option<bool> {
    let (sheets, students) = (sheet.name.as_str(), student.details.name.as_str());
    let are_known = is_known(sheets) && is_known(students);
    are_known.then(|| !are_of_two_people(sheets, students))
}

#[cfg(test)]
mod tests;
