//! Finds the subject of a question: a student of the plan, or what became of a record instead. Pure.

use sync_protocol::{KnackRecordId, WarningCode};

use super::evidence::Evidence;
use super::question::Question;
use crate::domain::Email;
use crate::reconcile::Planned;
use crate::stored::StoredStudent;
use crate::transform::NotTaken;

/// The subject of a question.
pub(crate) enum Subject<'a> {
    Student(&'a Planned),
    /// A record of somebody of whom another record counts.
    Double {
        record: KnackRecordId,
        of: KnackRecordId,
    },
    /// A record with the e-mail of somebody else, whose record counts.
    Other {
        record: KnackRecordId,
        of: KnackRecordId,
    },
    /// A student whose e-mail's row is another's, and the record that it carries.
    Held {
        record: KnackRecordId,
        owner: Option<KnackRecordId>,
    },
    NotTaken {
        record: KnackRecordId,
        not_taken: &'a NotTaken,
    },
    /// A record that could not be read, and what that is reported as.
    LeftOut {
        record: KnackRecordId,
        warning: WarningCode,
    },
    /// A record of answers that does not count: the student who has a later one, or nobody.
    Sheet {
        record: KnackRecordId,
        owner: Option<KnackRecordId>,
    },
    /// A record of answers that counts.
    SheetOf {
        record: KnackRecordId,
        student: KnackRecordId,
    },
    /// A row that Knack gives to nobody.
    Stored(&'a StoredStudent),
    Nothing,
}

impl<'a> Subject<'a> {
    /// The refresh's decision about the subject.
    pub(crate) fn find(question: &Question, evidence: Evidence<'a>) -> Self {
        let found = match question {
            Question::Record(record) => by_record(*record, evidence),
            Question::Email(email) => by_email(email, evidence),
        };
        let is_its = |row: &&StoredStudent| match question {
            Question::Record(record) => row.knack_id.is(*record),
            Question::Email(email) => row.lower_email == email.as_str(),
        };
        let found = found.or_else(|| {
            let row = evidence.stored.iter().find(is_its)?;
            let mut students = evidence.plan.students.iter();
            let has_row = |it: &&Planned| it.known.as_ref().is_some_and(|it| it.id == row.id);
            let student = students.find(has_row).map(Self::Student);
            Some(student.unwrap_or(Self::Stored(row)))
        });
        found.unwrap_or(Self::Nothing)
    }

    /// Among records that could not be read.
    pub(crate) fn find_unread(
        question: &Question,
        left_out: &[(WarningCode, Option<KnackRecordId>)],
    ) -> Option<Self> {
        let Question::Record(record) = *question else {
            return None;
        };
        let mut left_out = left_out.iter();
        let (warning, _) = left_out.find(|(_, id)| *id == Some(record))?;
        let warning = *warning;
        Some(Self::LeftOut { record, warning })
    }

    /// Among records that are not in the year. Of several with the e-mail, the one that was made last: the others are of years
    /// gone by.
    pub(crate) fn find_outside(
        question: &Question,
        outside: impl IntoIterator<Item = (&'a KnackRecordId, &'a NotTaken)>,
    ) -> Option<Self> {
        let is_it = |(record, not_taken): &(&KnackRecordId, &NotTaken)| match question {
            Question::Record(asked) => *record == asked,
            Question::Email(asked) => not_taken.email.as_ref() == Some(asked),
        };
        let found = outside.into_iter().filter(is_it).max_by_key(|(id, _)| *id);
        found.map(|(record, not_taken)| Self::NotTaken {
            record: *record,
            not_taken,
        })
    }

    /// The student whom it is about, by the record.
    pub(crate) fn student(&self) -> Option<KnackRecordId> {
        match self {
            Self::Student(planned) => Some(planned.student.record_id),
            Self::SheetOf { student, .. } => Some(*student),
            _ => None,
        }
    }

    /// Whether no record in Knack is this.
    pub(crate) fn is_not_in_knack(&self) -> bool {
        matches!(self, Self::Stored(_) | Self::Nothing)
    }
}

fn by_record(record: KnackRecordId, evidence: Evidence<'_>) -> Option<Subject<'_>> {
    let Evidence {
        plan,
        traced,
        context,
        answers,
        ..
    } = evidence;
    let mut students = plan.students.iter();
    if let Some(planned) = students.find(|it| it.student.record_id == record) {
        return Some(Subject::Student(planned));
    }
    if let Some((_, owner)) = plan.held.iter().find(|(held, _)| *held == record) {
        let owner = *owner;
        return Some(Subject::Held { record, owner });
    }
    if let Some(of) = context.whose.doubles().get(&record) {
        return Some(Subject::Double { record, of: *of });
    }
    if let Some(of) = context.whose.others().get(&record) {
        return Some(Subject::Other { record, of: *of });
    }
    if let Some(not_taken) = traced.not_taken.get(&record) {
        return Some(Subject::NotTaken { record, not_taken });
    }
    if let Some(warning) = traced.left_out.get(&record) {
        let warning = *warning;
        return Some(Subject::LeftOut { record, warning });
    }
    if let Some(owner) = traced.owners.others.get(&record) {
        let owner = *owner;
        return Some(Subject::Sheet { record, owner });
    }
    let mut sheets = answers?.both.known.sheets.iter();
    let (student, _) = sheets.find(|(_, sheet)| sheet.record_id == record)?;
    let student = *student;
    Some(Subject::SheetOf { record, student })
}

fn by_email<'a>(email: &Email, evidence: Evidence<'a>) -> Option<Subject<'a>> {
    let mut students = evidence.plan.students.iter();
    if let Some(planned) = students.find(|it| it.student.email == *email) {
        return Some(Subject::Student(planned));
    }
    let mut records = evidence.context.whose.with_email(email);
    if let Some(found) = records.find_map(|record| by_record(record, evidence)) {
        return Some(found);
    }
    Subject::find_outside(&Question::Email(email.clone()), &evidence.traced.not_taken)
}
