//! Turns fetched records into students, and reports all others.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashboard::{OptionalColumn, SchoolYear};

use super::Run;
use crate::domain::Student;
use crate::error::{During, SyncError};
use crate::fetch::Records;
use crate::reconcile::SkippedRecord;
use crate::stored::{StoredStudent, StoredStudents};
use crate::transform::Transformed;

impl Run<'_> {
    /// The students among the records, and the records that are none. These are booked as skipped.
    pub(super) fn transform(
        &mut self,
        records: Records<Transformed>,
    ) -> (Vec<Student>, Vec<SkippedRecord>) {
        let ledger = &mut self.ledger;
        ledger.records = records.outcomes.len() as u64;
        for warning in records.warnings {
            ledger.findings.warn_run(warning);
        }
        let mut skipped = Vec::new();
        for (warning, record) in records.left_out {
            ledger.findings.warn_record(warning, record);
            if let Some(traced) = &mut self.traced {
                traced.leave_out(warning, record);
            }
            skipped.extend(record.map(|record| SkippedRecord {
                record,
                email: None,
                name: String::new(),
            }));
        }
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
                    skipped.push(SkippedRecord {
                        record: id,
                        email: not_taken.email.clone(),
                        name: not_taken.name.clone(),
                    });
                    if let Some(traced) = &mut self.traced {
                        traced.not_taken.insert(id, not_taken);
                    }
                }
            }
        }
        (students, skipped)
    }

    /// Rows without a school that somebody may meet who shares an e-mail with others, none of whom has a row: whose record such
    /// a row carries decides who of them it is. Hardly any school has such students, and no others are asked for.
    pub(super) async fn rows_of_families(
        &self,
        students: &[Student],
        stored: &[StoredStudent],
        of: &SchoolYear,
    ) -> Result<Vec<StoredStudent>, SyncError> {
        let emails = emails_of_families(students, stored);
        if emails.is_empty() {
            return Ok(Vec::new());
        }
        let source = StoredStudents {
            supabase: self.refresh.supabase,
            columns: &self.columns,
        };
        let asked: Vec<&str> = emails.iter().copied().collect();
        let read = async {
            match source.like_emails(of.year, &asked).await {
                // A collation may know no patterns.
                Err(_) => source.with_emails(of.year, &asked).await,
                found => found,
            }
        };
        let found = self.refresh.stop.or_read(read).await?;
        let mut found = found.during("looking up students")?;
        found.retain(|row| {
            row.establishment_id.is_none() && emails.contains(row.lower_email.as_str())
        });
        Ok(found)
    }
}

/// E-mails without a row that students of different names have.
fn emails_of_families<'s>(students: &'s [Student], stored: &[StoredStudent]) -> BTreeSet<&'s str> {
    let stored: HashSet<&str> = stored.iter().map(|row| row.lower_email.as_str()).collect();
    let mut first: HashMap<&str, &Student> = HashMap::new();
    let mut emails = BTreeSet::new();
    for student in students {
        let email = student.email.as_str();
        let first = first.entry(email).or_insert(student);
        if first.details.name != student.details.name && !stored.contains(email) {
            emails.insert(email);
        }
    }
    emails
}
