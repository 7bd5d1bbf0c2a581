//! Students without a row in this school and year whose e-mail is stored all the same: whose that row is. Pure.

use uuid::Uuid;

use super::compare::{Compared, Context, compare};
use crate::domain::{Student, StudentColumn};
use crate::findings::Findings;
use crate::stored::StoredStudent;
use crate::stored::answers::ByStudent;

/// Whose a row is that a new student's e-mail has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhoseRow {
    AnotherSchools,
    /// Another student's of this school, or of none.
    AnotherStudents,
    Own,
}

/// A row of another school is that school's, whoever the student is. One that another student has left becomes this one's only if
/// nobody has it and its answers are among those `read`.
pub(crate) fn whose_row(
    student: &Student,
    (row, read): (&StoredStudent, &ByStudent),
    school: Uuid,
    context: Context<'_>,
) -> WhoseRow {
    if row.establishment_id.is_some_and(|of| of != school) {
        return WhoseRow::AnotherSchools;
    }
    let Context {
        whose,
        leftovers,
        answers,
        ..
    } = context;
    let may_take_over = || {
        let answers = answers.and_then(|known| {
            let stored = read.get(&row.id)?;
            Some(known.beside_stored(student.record_id, stored))
        });
        row.establishment_id.is_none()
            && !whose.is_in_knack(row)
            && whose.may_take_over(student, row, leftovers, answers)
    };
    if whose.is_own(student, row) || may_take_over() {
        WhoseRow::Own
    } else {
        WhoseRow::AnotherStudents
    }
}

/// Compares such a student with the row. One without a school is given to this one.
pub(crate) fn compare_met(
    student: &Student,
    row: &StoredStudent,
    context: Context<'_>,
    findings: &mut Findings,
) -> Compared {
    let mut compared = compare(student, row, context, findings);
    let is_orphan = row.establishment_id.is_none();
    let column = StudentColumn::EstablishmentId;
    compared.differing.add_if(column, is_orphan);
    compared
}
