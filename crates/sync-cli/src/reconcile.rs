//! Knack's students against Supabase's rows: what to insert, what to update, what to leave. Pure.

mod compare;
mod matching;

use std::collections::HashSet;

use jiff::civil::Date;
use sync_protocol::{KnackRecordId, PerTable, SkipReason, WarningCode};

pub(crate) use compare::{
    Changed, Children, Compared, Context, Leftovers, ScoreChange, children_of_new, compare,
};

use crate::domain::Student;
use crate::findings::Findings;
use crate::stored::StoredStudent;

/// What to do about one student.
pub(crate) struct Planned {
    /// As Knack holds it.
    pub(crate) student: Student,
    /// The stored row that is this student's, and how they differ; `None` for a student to insert.
    pub(crate) known: Option<Compared>,
}

/// What to do about a school.
pub(crate) struct Plan {
    /// One entry a student, by e-mail.
    pub(crate) students: Vec<Planned>,
    /// Rows that Knack does not hold.
    pub(crate) only_in_supabase: PerTable<u64>,
}

impl Plan {
    /// How many rows there are to write, as far as that can be known before the first of them is written.
    pub(crate) fn rows_to_write(&self) -> u64 {
        let rows = |planned: &Planned| match &planned.known {
            Some(compared) => usize::from(compared.changed) + compared.children.rows_to_write(),
            None => 1 + planned.student.scores.len() + planned.student.comments.len(),
        };
        self.students.iter().map(rows).sum::<usize>() as u64
    }
}

/// Two records with one e-mail are one student: the one completed last (docs/knack-and-dashboard.md, "Identity").
pub(crate) fn deduplicate(mut students: Vec<Student>, findings: &mut Findings) -> Vec<Student> {
    students.sort_by(|a, b| (&a.email, rank(b)).cmp(&(&b.email, rank(a))));
    let mut warned = None;
    students.dedup_by(|next, kept| {
        let is_double = next.email == kept.email;
        if is_double {
            findings.skip(SkipReason::DuplicateEmail, next.record_id);
            // Once an e-mail, of whichever record is used, however many there are.
            if warned.replace(kept.record_id) != Some(kept.record_id) {
                findings.warn(WarningCode::DuplicateEmail, kept.record_id);
            }
        }
        is_double
    });
    students
}

/// Later is higher; ids break ties, so that every run decides alike.
fn rank(student: &Student) -> (Date, KnackRecordId) {
    (student.completed_on, student.record_id)
}

/// Decides about every student. `students` have been [deduplicated](deduplicate).
pub(crate) fn reconcile(
    students: Vec<Student>,
    stored: &[StoredStudent],
    context: Context<'_>,
    findings: &mut Findings,
) -> Plan {
    let rows = matching::match_rows(&students, stored);
    let matched: HashSet<usize> = rows.iter().flatten().copied().collect();
    let leftover: Vec<&StoredStudent> = (0..stored.len())
        .filter(|index| !matched.contains(index))
        .map(|index| &stored[index])
        .collect();
    report_odd_rows(&students, &leftover, &rows, findings);

    let mut only_in_supabase = PerTable::default();
    for row in leftover {
        only_in_supabase.students += 1;
        only_in_supabase.vespa_scores += row.scores.len() as u64;
        only_in_supabase.comments += row.comments.len() as u64;
    }
    let plan = |(student, row): (Student, Option<usize>)| {
        let known = row.map(|row| compare(&student, &stored[row], context, findings));
        if let Some(known) = &known {
            only_in_supabase.vespa_scores += known.children.scores.only_in_supabase;
            only_in_supabase.comments += known.children.comments.only_in_supabase;
        }
        Planned { student, known }
    };
    let students = students.into_iter().zip(rows).map(plan).collect();
    Plan {
        students,
        only_in_supabase,
    }
}

/// Rows that look like somebody who is somewhere else.
fn report_odd_rows(
    students: &[Student],
    leftover: &[&StoredStudent],
    rows: &[Option<usize>],
    findings: &mut Findings,
) {
    let leftover_ids: HashSet<&str> = leftover.iter().map(|row| row.knack_id.as_str()).collect();
    let leftover_emails: HashSet<&str> = leftover
        .iter()
        .map(|row| row.lower_email.as_str())
        .collect();
    for (student, row) in students.iter().zip(rows) {
        let same_id = leftover_ids.contains(student.record_id.as_str());
        let same_email = leftover_emails.contains(student.email.as_str());
        match row {
            None if same_id => findings.warn(WarningCode::RecordReused, student.record_id),
            Some(_) if same_id || same_email => {
                findings.warn(WarningCode::TwinRows, student.record_id);
            }
            None | Some(_) => {}
        }
    }
}
