//! Decides whose a stored row is by the records in Knack, and whether it is another student's although it has this
//! one's e-mail. Pure.

use std::collections::HashMap;

use sync_protocol::KnackRecordId;

use crate::domain::{Cycle, Email, Student};
use crate::reconcile::given_name::{are_of_two_people, is_known};
use crate::reconcile::known_answers::SheetAndRow;
use crate::reconcile::leftovers::Leftovers;
use crate::stored::StoredStudent;

/// The parts of a Knack record that tell whose a row is.
struct Known {
    /// Blank where it is not known.
    name: String,
    email: Option<Email>,
    /// Whether it became a student; any other record is skipped, and in Knack all the same.
    is_student: bool,
}

/// A record in Knack that is no student, and whose it seems to be.
pub(crate) struct SkippedRecord {
    pub(crate) record: KnackRecordId,
    pub(crate) email: Option<Email>,
    /// Blank where it is not known.
    pub(crate) name: String,
}

/// Whose rows are, by the records in Knack.
#[derive(Default)]
pub(crate) struct Whose {
    records: HashMap<KnackRecordId, Known>,
    /// Records of one person, and the one of them that counts.
    pub(super) doubles: HashMap<KnackRecordId, KnackRecordId>,
    /// Records with the e-mail of somebody else, whose record counts.
    pub(super) others: HashMap<KnackRecordId, KnackRecordId>,
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

impl Known {
    /// A record that is skipped has not: what it would be once it is mended is not known.
    fn has_moved_from(&self, row: &StoredStudent) -> bool {
        let email = self.email.as_ref().filter(|_| self.is_student);
        email.is_some_and(|email| email.as_str() != row.lower_email)
    }
}

impl Whose {
    /// Of these students and of records that are none.
    pub(super) fn of(
        students: &[Student],
        skipped: impl IntoIterator<Item = SkippedRecord>,
    ) -> Self {
        let of_skipped = |it: SkippedRecord| {
            let known = Known {
                name: it.name,
                email: it.email,
                is_student: false,
            };
            (it.record, known)
        };
        let mut whose = Self::default();
        whose.records.extend(skipped.into_iter().map(of_skipped));
        let of_student = |student: &Student| {
            let known = Known {
                name: student.details.name.clone(),
                email: Some(student.email.clone()),
                is_student: true,
            };
            (student.record_id, known)
        };
        whose.records.extend(students.iter().map(of_student));
        whose
    }

    /// Whether a row with this student's e-mail is this student's.
    pub(crate) fn is_own(&self, student: &Student, row: &StoredStudent) -> bool {
        let record = row.knack_id.id();
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
        known.is_none_or(|known| known.has_moved_from(row))
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
        let have_it =
            records.filter(|(_, known)| known.is_student && known.email.as_ref() == Some(email));
        let mut ids: Vec<KnackRecordId> = have_it.map(|(record, _)| *record).collect();
        ids.sort_unstable();
        ids.into_iter()
    }

    /// The name on a record in Knack that is a student's.
    pub(crate) fn name(&self, record: KnackRecordId) -> Option<&str> {
        let known = self.records.get(&record).filter(|it| it.is_student)?;
        Some(known.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Of one person's records, the one that counts; any other record is its own.
    pub(crate) fn record_that_counts(&self, record: KnackRecordId) -> KnackRecordId {
        self.doubles.get(&record).copied().unwrap_or(record)
    }

    /// Whether the row goes to another e-mail, together with the student whose record it carries (see `matching`).
    pub(crate) fn takes_along<'r>(
        &self,
        row: &StoredStudent,
        mut emails: impl Iterator<Item = &'r str>,
    ) -> bool {
        let takes = |known: &Known| {
            let is_same = is_known(&known.name) && known.name == row.details.name;
            let mut is_free =
                || !emails.any(|email| known.email.as_ref().is_some_and(|it| it.as_str() == email));
            known.has_moved_from(row) && is_same && is_free()
        };
        self.known(row).is_some_and(takes)
    }

    /// The name on a skipped record, if the record has this student's e-mail.
    pub(crate) fn skipped_with_email(
        &self,
        record: KnackRecordId,
        student: &Student,
    ) -> Option<&str> {
        let known = self.records.get(&record)?;
        let is_it = !known.is_student && known.email.as_ref() == Some(&student.email);
        is_it.then_some(known.name.as_str())
    }

    /// E-mails and names of the records that are skipped.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&Email, &str)> {
        let skipped = self.records.values().filter(|known| !known.is_student);
        skipped.filter_map(|known| Some((known.email.as_ref()?, known.name.as_str())))
    }

    fn known(&self, row: &StoredStudent) -> Option<&Known> {
        self.records.get(&row.knack_id.id()?)
    }
}
