//! What was fetched of students, taken in: the students among the records, and what is to be said of all others.

use dashboard::OptionalColumn;

use super::Run;
use super::checks::suspicion;
use crate::domain::Student;
use crate::fetch::Records;
use crate::reconcile::{Whose, tell_apart};
use crate::stored::StoredStudent;
use crate::transform::Transformed;

impl Run<'_> {
    /// The students among the records, each e-mail once; every other record is booked as skipped.
    pub(super) fn transform(
        &mut self,
        records: Records<Transformed>,
        stored: &[StoredStudent],
    ) -> (Vec<Student>, Whose) {
        let ledger = &mut self.ledger;
        ledger.records = records.outcomes.len() as u64;
        for warning in records.warnings {
            ledger.findings.warn_run(warning);
        }
        let mut skipped = Vec::new();
        for (warning, record) in records.left_out {
            ledger.findings.warn_record(warning, record);
            if let (Some(traced), Some(id)) = (&mut self.traced, record) {
                traced.left_out.insert(id, warning);
            }
            skipped.extend(record);
        }
        let received = records.outcomes.len();
        // What cannot be stored does not count as a difference.
        let has_gender = self.columns.has(OptionalColumn::Gender);
        let mut records: Vec<_> = records.outcomes.into_iter().collect();
        records.sort_by_key(|(id, _)| *id);
        let mut students = Vec::with_capacity(records.len());
        for (id, outcome) in records {
            match outcome {
                Ok(transformed) => {
                    let notes = transformed.notes;
                    for note in &notes {
                        ledger.findings.warn(*note, id);
                    }
                    if let Some(traced) = &mut self.traced {
                        traced.out_of_range.insert(id, transformed.out_of_range);
                        traced.notes.insert(id, notes);
                    }
                    let mut student = transformed.student;
                    if !has_gender {
                        student.details.gender.clear();
                    }
                    self.fields.strip(&mut student);
                    students.push(student);
                }
                Err(not_taken) => {
                    ledger.findings.skip(not_taken.reason(), id);
                    skipped.push(id);
                    if let Some(traced) = &mut self.traced {
                        traced.not_taken.insert(id, not_taken);
                    }
                }
            }
        }
        let (students, whose) = tell_apart(students, skipped, stored, &mut ledger.findings);
        if let Some(warning) = suspicion(received, students.len(), stored.len()) {
            ledger.findings.warn_run(warning);
        }
        (students, whose)
    }
}
