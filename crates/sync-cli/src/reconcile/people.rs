//! Records with one e-mail: one person with several records, or several people of one family, only one of whom has the row
//! (docs/knack-and-dashboard.md, "Identity"). Pure.
//!
//! Better missing and named than one pupil's scores on another's row.

mod whose;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use sync_protocol::{KnackRecordId, SkipReason, WarningCode};

use super::given_name::{are_of_two_people, is_known};
use super::known_answers::KnownAnswers;
use super::leftovers::Leftovers;
use crate::domain::{Email, Student};
use crate::findings::Findings;
use crate::stored::StoredStudent;
pub(crate) use whose::{SkippedRecord, Whose};

/// The people of a run, before it is decided who of those with one e-mail has the row.
pub(crate) struct People {
    /// Of those with one e-mail, the one whose row it is before all others, and these in the order of their completion.
    by_email: BTreeMap<Email, Vec<Person>>,
    whose: Whose,
}

/// A person, and of this person's records the one completed last.
struct Person {
    student: Student,
    /// The person's other records.
    doubles: Vec<KnackRecordId>,
}

impl People {
    /// `skipped` are the records in Knack that are no students. `rows` are those of this school and year, and any that a new
    /// student may meet.
    pub(crate) fn of(
        students: Vec<Student>,
        skipped: impl IntoIterator<Item = SkippedRecord>,
        rows: &[&StoredStudent],
    ) -> Self {
        let mut whose = Whose::of(&students, skipped);
        let mut by_email: BTreeMap<Email, Vec<Student>> = BTreeMap::new();
        for student in students {
            let same_email = by_email.entry(student.email.clone()).or_default();
            same_email.push(student);
        }
        let shared = by_email.iter().filter(|(_, students)| students.len() > 1);
        let rows = rows_of_emails(shared.map(|(email, _)| email.as_str()), rows);
        let people_of = |(email, students): (Email, Vec<Student>)| {
            let rows = rows.get(email.as_str()).map_or(&[][..], Vec::as_slice);
            (email, people_of(students, rows))
        };
        let by_email: BTreeMap<Email, Vec<Person>> = by_email.into_iter().map(people_of).collect();
        for person in by_email.values().flatten() {
            let doubles = person.doubles.iter();
            let double = |record: &KnackRecordId| (*record, person.student.record_id);
            whose.doubles.extend(doubles.map(double));
        }
        Self { by_email, whose }
    }

    /// Everybody, whoever has the row.
    pub(crate) fn students(&self) -> impl Iterator<Item = &Student> + Clone {
        self.by_email.values().flatten().map(|it| &it.student)
    }

    pub(crate) fn whose(&self) -> &Whose {
        &self.whose
    }

    pub(crate) fn emails(&self) -> usize {
        self.by_email.len()
    }

    /// One student an e-mail: the one whose row it is, or may be. All other records are booked. Where stored answers were not
    /// read, nobody may have a row that another has left.
    pub(crate) fn choose(
        self,
        rows: &[&StoredStudent],
        leftovers: &Leftovers,
        answers: Option<&KnownAnswers>,
        findings: &mut Findings,
    ) -> (Vec<Student>, Whose) {
        let Self {
            by_email,
            mut whose,
        } = self;
        let shared = by_email.iter().filter(|(_, people)| people.len() > 1);
        let of_shared = rows_of_emails(shared.map(|(email, _)| email.as_str()), rows);
        let mut chosen = Vec::with_capacity(by_email.len());
        for (email, mut people) in by_email {
            let place = match of_shared.get(email.as_str()) {
                Some(of_email) => {
                    let stays = |row: &&&StoredStudent| {
                        let emails = rows.iter().map(|row| row.lower_email.as_str());
                        !whose.takes_along(row, emails)
                    };
                    let of_email: Vec<_> = of_email.iter().filter(stays).copied().collect();
                    place_of_owner(&people, &of_email, (&whose, leftovers, answers))
                }
                None => 0,
            };
            let Person { student, doubles } = people.remove(place);
            book(&student, &doubles, people, &mut whose, findings);
            chosen.push(student);
        }
        (chosen, whose)
    }
}

/// Who of several people has one of these rows, or may take it over; else the first.
fn place_of_owner(
    people: &[Person],
    rows: &[&StoredStudent],
    (whose, leftovers, answers): (&Whose, &Leftovers, Option<&KnownAnswers>),
) -> usize {
    let is_own = |row: &&StoredStudent| whose.is_own(&people[0].student, row);
    if rows.iter().any(is_own) {
        return 0;
    }
    let may_take_over = |person: &Person| {
        let student = &person.student;
        rows.iter().any(|row| {
            let answers = answers.map(|known| known.beside(student.record_id, row.id));
            whose.may_take_over(student, row, leftovers, answers)
        })
    };
    people.iter().position(may_take_over).unwrap_or_default()
}

/// Books the records beside the one that counts: the same person's, and the others'.
fn book(
    kept: &Student,
    doubles: &[KnackRecordId],
    others: Vec<Person>,
    whose: &mut Whose,
    findings: &mut Findings,
) {
    for record in doubles {
        findings.skip(SkipReason::DuplicateEmail, *record);
    }
    // Once an e-mail, of whichever record is used, however many there are.
    if !doubles.is_empty() {
        findings.warn(WarningCode::DuplicateEmail, kept.record_id);
    }
    if !others.is_empty() {
        findings.warn(WarningCode::EmailOfAnotherStudent, kept.record_id);
    }
    for Person { student, doubles } in others {
        for record in doubles.into_iter().chain([student.record_id]) {
            whose.doubles.remove(&record);
            whose.others.insert(record, kept.record_id);
            findings.skip(SkipReason::EmailOfAnotherStudent, record);
        }
    }
}

/// The rows with one of these e-mails, by e-mail, the one with its very spelling first.
fn rows_of_emails<'e, 'a>(
    emails: impl Iterator<Item = &'e str>,
    rows: &[&'a StoredStudent],
) -> HashMap<&'a str, Vec<&'a StoredStudent>> {
    let emails: HashSet<&str> = emails.collect();
    let mut by_email: HashMap<&str, Vec<&StoredStudent>> = HashMap::new();
    for row in rows {
        let email = row.lower_email.as_str();
        if emails.contains(email) {
            by_email.entry(email).or_default().push(row);
        }
    }
    for rows in by_email.values_mut() {
        rows.sort_by_key(|row| (row.email != row.lower_email, row.id));
    }
    by_email
}

/// Later is higher; ids break ties, so that every run decides alike.
fn completion(student: &Student) -> (Date, KnackRecordId) {
    (student.completed_on, student.record_id)
}

/// The people whose records these are, all with one e-mail.
fn people_of(mut students: Vec<Student>, rows: &[&StoredStudent]) -> Vec<Person> {
    students.sort_by_key(completion);
    let (mut first, mut name) = first_owner(&students, rows);
    let mut people = Vec::with_capacity(1);
    while !students.is_empty() {
        let records = records_of(first, name, &students);
        people.push(take(&mut students, &records));
        (first, name) = (0, "");
    }
    people
}

/// A record of the person whose row it is, and the name of the row; else the record completed first.
fn first_owner<'r>(students: &[Student], rows: &[&'r StoredStudent]) -> (usize, &'r str) {
    let owner = rows.iter().find_map(|row| {
        let record = row.knack_id.id();
        let owns = |student: &Student| record == Some(student.record_id);
        // A name that Knack does not give any more is still the row's.
        Some((students.iter().position(owns)?, row.details.name.as_str()))
    });
    // Else the record that the row had has left Knack, or has moved to another e-mail.
    let by_name = || {
        let stored_name = rows.first()?.details.name.as_str();
        let is_same = |student: &Student| !are_of_two_people(&student.details.name, stored_name);
        let is_named_so = |student: &Student| is_known(&student.details.name) && is_same(student);
        let named_so = students.iter().position(is_named_so);
        let first = named_so.or_else(|| students.iter().position(is_same))?;
        Some((first, stored_name))
    };
    owner.or_else(by_name).unwrap_or_default()
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

/// Takes these records out of the students, as one person's: `records` is ascending, and so is their completion.
fn take(students: &mut Vec<Student>, records: &[usize]) -> Person {
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for (index, student) in students.drain(..).enumerate() {
        if records.contains(&index) {
            taken.push(student);
        } else {
            left.push(student);
        }
    }
    *students = left;
    let mut student = taken.pop().expect("a person has a record");
    // A name that only another record of this person gives.
    let mut names = taken.iter().rev().map(|it| &it.details.name);
    if !is_known(&student.details.name)
        && let Some(name) = names.find(|name| is_known(name))
    {
        student.details.name.clone_from(name);
    }
    let doubles = taken.iter().map(|it| it.record_id).collect();
    Person { student, doubles }
}

/// Who has which row, where nothing else is known: no answers, and no cycle of last year's.
#[cfg(test)]
pub(crate) fn tell_apart(
    students: Vec<Student>,
    skipped: impl IntoIterator<Item = SkippedRecord>,
    stored: &[StoredStudent],
    findings: &mut Findings,
) -> (Vec<Student>, Whose) {
    let rows: Vec<&StoredStudent> = stored.iter().collect();
    let people = People::of(students, skipped, &rows);
    let (leftovers, answers) = (Leftovers::default(), KnownAnswers::default());
    people.choose(&rows, &leftovers, Some(&answers), findings)
}

#[cfg(test)]
mod tests;
