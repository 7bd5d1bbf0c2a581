//! Decides about students whose e-mail is stored outside their school's rows: whose that row is, and what becomes of
//! them. Pure.

use std::collections::HashMap;

use sync_protocol::{SkipReason, WarningCode};
use uuid::Uuid;

use super::compare::{Compared, Context, compare};
use super::{Plan, Planned, skip_other_student};
use crate::domain::{Student, StudentColumn};
use crate::findings::Findings;
use crate::stored::StoredStudent;
use crate::stored::answers::ByStudent;

/// Stored rows outside of a school that hold the e-mails of its students, and what was read of their answers.
#[derive(Default)]
pub(crate) struct RowsMet {
    /// By the student's e-mail.
    pub(crate) rows: HashMap<String, StoredStudent>,
    pub(crate) answers: ByStudent,
}

impl RowsMet {
    /// The row that this student would meet: one that is new here, or whose e-mail is to become another one.
    pub(crate) fn of(&self, planned: &Planned) -> Option<&StoredStudent> {
        let row = self.rows.get(planned.student.email.as_str());
        row.filter(|_| planned.takes_email())
    }
}

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

/// The plan for such a student and the row; `None` if the row is another's, so that the student is skipped.
pub(crate) fn settle_met(
    student: &Student,
    (row, read): (&StoredStudent, &ByStudent),
    school: Uuid,
    context: Context<'_>,
    findings: &mut Findings,
) -> Option<Compared> {
    let record = student.record_id;
    match whose_row(student, (row, read), school, context) {
        WhoseRow::AnotherSchools => {
            findings.warn(WarningCode::HeldByOtherEstablishment, record);
            findings.skip(SkipReason::HeldByOtherEstablishment, record);
            None
        }
        WhoseRow::AnotherStudents => {
            skip_other_student(student, row, findings);
            None
        }
        WhoseRow::Own => {
            if row.establishment_id.is_none() {
                findings.warn(WarningCode::AdoptedOrphan, record);
            }
            Some(compare_met(student, row, context, findings))
        }
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

/// Marks those who are to get an e-mail that another row has: the database refuses the second row of an e-mail and year.
pub(crate) fn refuse(plan: &mut Plan, met: &RowsMet) {
    for planned in &mut plan.students {
        planned.is_refused = planned.known.is_some() && met.of(planned).is_some();
        if planned.is_refused {
            planned.known = planned.known.take().map(Compared::with_row_kept);
        }
    }
}

/// The plan as it will turn out once students meet the rows that hold their e-mails elsewhere. Books what there is to say of it.
pub(crate) fn settle_plan(
    mut plan: Plan,
    met: &RowsMet,
    school: Uuid,
    context: Context<'_>,
    findings: &mut Findings,
) -> Plan {
    refuse(&mut plan, met);
    let mut only_in_supabase = plan.only_in_supabase;
    let settle = |mut planned: Planned| {
        let Some(row) = met.of(&planned) else {
            return Some(planned);
        };
        if planned.known.is_some() {
            findings.warn(WarningCode::RowRefused, planned.student.record_id);
            return Some(planned);
        }
        let row = (row, &met.answers);
        let compared = settle_met(&planned.student, row, school, context, findings)?;
        only_in_supabase.vespa_scores += compared.children.scores.only_in_supabase;
        only_in_supabase.comments += compared.children.comments.only_in_supabase;
        planned.known = Some(compared);
        Some(planned)
    };
    let students = plan.students.into_iter().filter_map(settle).collect();
    Plan {
        students,
        only_in_supabase,
        held: plan.held,
    }
}
