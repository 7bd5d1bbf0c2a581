//! Records with one e-mail: one person with several records, or several people of one family. And whether a stored row is
//! a student's, or somebody else's whose scores it shows (docs/knack-and-dashboard.md, "Identity"). Pure.
//!
//! Better missing and named than one pupil's scores on another's row.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use sync_protocol::{KnackRecordId, SkipReason, WarningCode};

use super::given_name::{are_of_two_people, is_known};
use super::known_answers::SheetAndRow;
use super::leftovers::Leftovers;
use crate::domain::{Cycle, Email, Student};
use crate::findings::Findings;
use crate::stored::StoredStudent;

/// What Knack holds of a record, as far as it tells whose a row is.
struct Known {
    name: String,
    /// None of a record that is skipped.
    email: Option<Email>,
}

/// Whose rows are, by the records in Knack.
#[derive(Default)]
pub(crate) struct Whose {
    records: HashMap<KnackRecordId, Known>,
    /// Records of one person, and the one of them that counts.
    doubles: HashMap<KnackRecordId, KnackRecordId>,
    /// Records with the e-mail of somebody else, whose record counts.
    others: HashMap<KnackRecordId, KnackRecordId>,
}

/// One student an e-mail: whose row it is, and of this person's records the one completed last. `skipped` are the records in
/// Knack that are no students; they are there all the same.
pub(crate) fn tell_apart(
    students: Vec<Student>,
    skipped: impl IntoIterator<Item = KnackRecordId>,
    stored: &[StoredStudent],
    findings: &mut Findings,
) -> (Vec<Student>, Whose) {
    let mut whose = Whose::default();
    let nothing = |record| {
        let (name, email) = (String::new(), None);
        (record, Known { name, email })
    };
    whose.records.extend(skipped.into_iter().map(nothing));
    let mut by_email: BTreeMap<Email, Vec<Student>> = BTreeMap::new();
    for student in students {
        let known = Known {
            name: student.details.name.clone(),
            email: Some(student.email.clone()),
        };
        whose.records.insert(student.record_id, known);
        let same_email = by_email.entry(student.email.clone()).or_default();
        same_email.push(student);
    }

    let rows = rows_of_shared_emails(&by_email, stored);
    let mut one_an_email = Vec::with_capacity(by_email.len());
    for (email, mut students) in by_email {
        if students.len() > 1 {
            students.sort_by_key(completion);
            let rows = rows.get(email.as_str()).map_or(&[][..], Vec::as_slice);
            keep_one(&mut students, rows, &mut whose, findings);
        }
        one_an_email.extend(students);
    }
    (one_an_email, whose)
}

/// The rows with an e-mail that several records have, the one with its very spelling first.
fn rows_of_shared_emails<'a>(
    by_email: &BTreeMap<Email, Vec<Student>>,
    stored: &'a [StoredStudent],
) -> HashMap<&'a str, Vec<&'a StoredStudent>> {
    let shared = by_email.iter().filter(|(_, students)| students.len() > 1);
    let shared: HashSet<&str> = shared.map(|(email, _)| email.as_str()).collect();
    let mut rows: HashMap<&str, Vec<&StoredStudent>> = HashMap::new();
    for row in stored {
        let email = row.lower_email.as_str();
        if shared.contains(email) {
            rows.entry(email).or_default().push(row);
        }
    }
    for rows in rows.values_mut() {
        rows.sort_by_key(|row| (row.email != row.lower_email, row.id));
    }
    rows
}

/// Later is higher; ids break ties, so that every run decides alike.
fn completion(student: &Student) -> (Date, KnackRecordId) {
    (student.completed_on, student.record_id)
}

/// Leaves one of several students with an e-mail, and books the others. They are in the order of their completion.
fn keep_one(
    students: &mut Vec<Student>,
    rows: &[&StoredStudent],
    whose: &mut Whose,
    findings: &mut Findings,
) {
    let person = person(students, rows);
    let last = *person.last().expect("a person has a record");
    let kept = students[last].record_id;
    let (mut has_doubles, mut has_others) = (false, false);
    for (index, student) in students.iter().enumerate() {
        if index == last {
            continue;
        }
        if person.contains(&index) {
            has_doubles = true;
            whose.doubles.insert(student.record_id, kept);
            findings.skip(SkipReason::DuplicateEmail, student.record_id);
        } else {
            has_others = true;
            whose.others.insert(student.record_id, kept);
            findings.skip(SkipReason::EmailOfAnotherStudent, student.record_id);
        }
    }
    // Once an e-mail, of whichever record is used, however many there are.
    if has_doubles {
        findings.warn(WarningCode::DuplicateEmail, kept);
    }
    if has_others {
        findings.warn(WarningCode::EmailOfAnotherStudent, kept);
    }
    // A name that only another record of this person gives.
    let mut names = person
        .iter()
        .rev()
        .map(|index| &students[*index].details.name);
    let name = names.find(|name| is_known(name)).cloned();
    let mut kept = students.swap_remove(last);
    if !is_known(&kept.details.name)
        && let Some(name) = name
    {
        kept.details.name = name;
    }
    *students = vec![kept];
}

/// The records of the person whose e-mail it is, ascending.
fn person(students: &[Student], rows: &[&StoredStudent]) -> Vec<usize> {
    let owner = rows.iter().find_map(|row| {
        let owns = |student: &Student| student.record_id.as_str() == row.knack_id;
        Some((students.iter().position(owns)?, row))
    });
    if let Some((owner, row)) = owner {
        // A name that Knack does not give any more is still the row's.
        return records_of(owner, &row.details.name, students);
    }
    let Some(row) = rows.first() else {
        return records_of(0, "", students);
    };
    // The record that the row had has left Knack, or has moved to another e-mail.
    let stored_name = row.details.name.as_str();
    let is_same = |student: &Student| !are_of_two_people(&student.details.name, stored_name);
    let is_named_so = |student: &Student| is_known(&student.details.name) && is_same(student);
    let named_so = students.iter().position(is_named_so);
    if let Some(first) = named_so.or_else(|| students.iter().position(is_same)) {
        return records_of(first, stored_name, students);
    }
    let gives_all = |person: &Vec<usize>| {
        let last = person.last().map(|last| &students[*last]);
        last.is_some_and(|student| gives_everything(student, row, &Leftovers::default()))
    };
    let mut people = (0..students.len()).map(|first| records_of(first, "", students));
    let taking_over = people.find(gives_all);
    taking_over.unwrap_or_else(|| records_of(0, "", students))
}

/// `first` and the records of the same person, ascending. Each must agree with all others: a short name may begin the names of
/// two people. `name` is the person's name where the record has none.
fn records_of(first: usize, name: &str, students: &[Student]) -> Vec<usize> {
    let name_of = |index: usize| students[index].details.name.as_str();
    let first_name = name_of(first);
    let mut names = vec![if is_known(first_name) {
        first_name
    } else {
        name
    }];
    let mut records = vec![first];
    for index in (0..students.len()).filter(|index| *index != first) {
        let candidate = name_of(index);
        if !names.iter().any(|name| are_of_two_people(name, candidate)) {
            names.push(candidate);
            records.push(index);
        }
    }
    records.sort_unstable();
    records
}

/// Whether nothing that the row shows would be left once this student's scores and comments are written to it.
fn gives_everything(student: &Student, row: &StoredStudent, leftovers: &Leftovers) -> bool {
    let gives_scores = row.scores.iter().all(|stored| {
        let mut cycles = student.scores.iter().map(|(cycle, _)| *cycle);
        let is_last_years = leftovers.contains(student.record_id, stored.cycle);
        !is_last_years && cycles.any(|cycle| cycle == stored.cycle)
    });
    let gives_comments = row.comments.iter().all(|stored| {
        let mut comments = student.comments.iter();
        comments.any(|comment| (comment.cycle, comment.kind) == (stored.cycle, stored.comment_type))
    });
    gives_scores && gives_comments
}

/// The same of the answers.
fn gives_every_answer(student: &Student, leftovers: &Leftovers, answers: SheetAndRow<'_>) -> bool {
    let gives = |cycle: Cycle, question| {
        let is_last_years = leftovers.contains(student.record_id, cycle);
        let mut cycles = student.scores.iter();
        let has_scores = cycles.any(|(scored, _)| *scored == cycle);
        let answer = answers
            .sheet
            .and_then(|sheet| sheet.cycles[cycle.index()].get(question));
        has_scores && !is_last_years && answer.is_some()
    };
    answers.stored.is_covered_by(gives)
}

impl Whose {
    /// Whether a row with this student's e-mail is this student's.
    pub(crate) fn is_own(&self, student: &Student, row: &StoredStudent) -> bool {
        let record = row.knack_id.parse().ok();
        if record == Some(student.record_id) {
            return true;
        }
        if record.and_then(|record| self.doubles.get(&record)) == Some(&student.record_id) {
            return true;
        }
        let name = match self.known(row) {
            Some(known) if !is_known(&row.details.name) => known.name.as_str(),
            Some(_) | None => row.details.name.as_str(),
        };
        !are_of_two_people(&student.details.name, name)
    }

    /// Whether a row that nobody else has may become this student's, although it shows another one's scores: the other has
    /// left it, and nothing of the other's would be left in it. Where the row's answers were not read, something may be.
    pub(crate) fn may_take_over(
        &self,
        student: &Student,
        row: &StoredStudent,
        leftovers: &Leftovers,
        answers: Option<SheetAndRow<'_>>,
    ) -> bool {
        let known = self.known(row);
        let has_moved = |known: &Known| {
            let email = known.email.as_ref();
            email.is_some_and(|email| email.as_str() != row.lower_email)
        };
        known.is_none_or(has_moved)
            && gives_everything(student, row, leftovers)
            && answers.is_some_and(|answers| gives_every_answer(student, leftovers, answers))
    }

    /// Whether the record that the row carries is in Knack.
    pub(crate) fn is_in_knack(&self, row: &StoredStudent) -> bool {
        self.known(row).is_some()
    }

    /// Records of one person that do not count, and the one of them that does.
    pub(crate) fn doubles(&self) -> &HashMap<KnackRecordId, KnackRecordId> {
        &self.doubles
    }

    /// Records that lost their e-mail to somebody else's record.
    pub(crate) fn others(&self) -> &HashMap<KnackRecordId, KnackRecordId> {
        &self.others
    }

    /// The records of students with this e-mail, in the order of their ids.
    pub(crate) fn with_email(&self, email: &Email) -> impl Iterator<Item = KnackRecordId> {
        let records = self.records.iter();
        let have_it = records.filter(|(_, known)| known.email.as_ref() == Some(email));
        let mut ids: Vec<KnackRecordId> = have_it.map(|(record, _)| *record).collect();
        ids.sort_unstable();
        ids.into_iter()
    }

    /// The name on a record in Knack that is a student's.
    pub(crate) fn name(&self, record: KnackRecordId) -> Option<&str> {
        let known = self.records.get(&record)?;
        Some(known.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Of one person's records, the one that counts; any other record is its own.
    pub(super) fn record_that_counts(&self, record: KnackRecordId) -> KnackRecordId {
        self.doubles.get(&record).copied().unwrap_or(record)
    }

    /// Whether somebody else's record in Knack has this student's e-mail too.
    pub(super) fn is_shared(&self, student: &Student) -> bool {
        self.records.iter().any(|(record, known)| {
            known.email.as_ref() == Some(&student.email)
                && self.record_that_counts(*record) != student.record_id
        })
    }

    fn known(&self, row: &StoredStudent) -> Option<&Known> {
        self.records.get(&row.knack_id.parse().ok()?)
    }
}

#[cfg(test)]
mod tests;
