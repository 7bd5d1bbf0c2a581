//! Students without a row in this school and year. An e-mail is unique in a year across all schools, so it may be taken: a
//! row without a school is adopted, a row of another school is left alone.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use supabase_client::{Resolution, Returned};
use sync_protocol::{KnackRecordId, WarningCode};
use uuid::Uuid;

use super::pending::{Change, Pending, Saved};
use super::rows::NewStudentRow;
use super::table::Table;
use super::{Save, Settled};
use crate::domain::Student;
use crate::error::{During, Refusal, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{Context, children_of_new, settle_met};
use crate::stored::answers::ByStudent;
use crate::stored::{STUDENTS, StoredStudent, is_of_the_comparison};

#[derive(Deserialize)]
struct Inserted {
    id: Uuid,
    email: String,
}

/// The result for students to be inserted.
struct Inserting {
    /// Whose e-mail was there already.
    missing: Vec<Student>,
    /// Whose rows an attempt may have inserted whose answer got lost.
    perhaps_inserted: HashSet<KnackRecordId>,
}

impl<'a> Save<'a> {
    /// Gives every new student a row, where one is to be had.
    pub(super) async fn settle_new(
        &self,
        new: Vec<Student>,
        table: &mut Table<'a>,
        settled: &mut Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        if new.is_empty() {
            return Ok(());
        }
        let as_typed = by_lower_email(self.read_as_typed(&new).await?);
        let (mut met, mut unheard) = (Vec::new(), Vec::new());
        for student in new {
            match as_typed.get(student.email.as_str()) {
                Some(row) => met.push((student, row.clone())),
                None => unheard.push(student),
            }
        }

        let Inserting {
            missing,
            perhaps_inserted,
        } = self.insert(unheard, table, settled, ledger).await?;
        met.extend(self.look_up(missing, table).await?);
        self.settle_met(met, &perhaps_inserted, table, settled, ledger)
            .await
    }

    /// Stored rows whose e-mail is one of these, but not to the letter; others may be among them. A database whose
    /// collation knows no regular expressions is asked for the e-mails themselves.
    async fn read_as_typed(&self, new: &[Student]) -> Result<Vec<StoredStudent>, SyncError> {
        const DOING: &str = "looking for e-mails written otherwise";
        let (source, year) = (self.source, self.of.year);
        let rows = self.stop.or_read(source.as_typed(year)).await?;
        if !rows.as_ref().is_err_and(is_of_the_comparison) {
            return rows.during(DOING);
        }
        let emails = emails_of(new);
        let rows = self.stop.or_read(source.like_emails(year, &emails)).await?;
        if !rows.as_ref().is_err_and(is_of_the_comparison) {
            return rows.during(DOING);
        }
        let rows = self.stop.or_read(source.with_emails(year, &emails)).await?;
        rows.during(DOING)
    }

    /// Inserts those whose e-mail is not there yet.
    async fn insert(
        &self,
        students: Vec<Student>,
        table: &mut Table<'a>,
        settled: &mut Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<Inserting, SyncError> {
        let pending = |student: &Student| {
            let row = NewStudentRow::new(student, self.of);
            Pending::new(student.record_id, Change::Insert, row)
        };
        let rows: Vec<_> = students.iter().map(pending).collect();
        let write = async |body: String, persistence| {
            let supabase = self.source.supabase;
            let query = supabase.table(STUDENTS).upsert(body);
            let query = query.on_conflict("email,academic_year").select("id,email");
            let written = supabase.upsert_returning(query, Resolution::Ignore, persistence);
            let Returned::<Inserted> { rows, is_repeated } = written.await?;
            Ok(Saved::These { rows, is_repeated })
        };
        let again =
            async |rows: &[&Pending<NewStudentRow>], why| self.reread.new_students(rows, why).await;
        let (written, outcome) = self
            .writer
            .write_all(table, "adding students", &rows, write, again)
            .await;
        written.book(&outcome, ledger, |changes| &mut changes.students);
        let added = written.returned.iter().map(|row| row.email.as_str());
        let added: HashSet<&str> = added.collect();
        for pending in &rows {
            if added.contains(pending.row.email()) {
                self.writer.note(pending);
            }
        }
        outcome?;

        let ids: HashMap<String, Uuid> = written
            .returned
            .into_iter()
            .map(|row| (row.email, row.id))
            .collect();
        let mut missing = Vec::new();
        for student in students {
            match ids.get(student.email.as_str()) {
                Some(id) => {
                    self.reread.seen.borrow_mut().add_own(*id);
                    settled.push(Settled {
                        record: student.record_id,
                        id: *id,
                        email: student.email.as_str().to_owned(),
                        is_new: true,
                        children: children_of_new(&student, self.context, &mut ledger.findings),
                    });
                }
                None if table.tally.is_refused(student.record_id) => {}
                None => missing.push(student),
            }
        }
        Ok(Inserting {
            missing,
            perhaps_inserted: written.repeated,
        })
    }

    async fn look_up(
        &self,
        students: Vec<Student>,
        table: &mut Table<'a>,
    ) -> Result<Vec<(Student, StoredStudent)>, SyncError> {
        let emails = emails_of(&students);
        let rows = self.source.with_emails(self.of.year, &emails);
        let rows = self.stop.or_read(rows).await?;
        let mut rows = by_lower_email(rows.during("looking up students")?);
        if rows.len() < students.len() {
            let school = self.stop.or_read(self.reread.expect_school()).await?;
            school.during("looking up students")?;
        }
        let mut met = Vec::new();
        for student in students {
            match rows.remove(student.email.as_str()) {
                Some(row) => met.push((student, row)),
                // Neither inserted nor there: it was deleted meanwhile, or a trigger dropped it silently.
                None => table.tally.refuse(student.record_id, &Refusal::default()),
            }
        }
        Ok(met)
    }

    /// Rows that were there already, of whatever school.
    async fn settle_met(
        &self,
        met: Vec<(Student, StoredStudent)>,
        perhaps_inserted: &HashSet<KnackRecordId>,
        table: &mut Table<'a>,
        settled: &mut Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let read = self.read_answers_of_left(&met).await?;
        let mut known = Vec::new();
        for (student, row) in met {
            self.reread.seen.borrow_mut().add(&row);
            let record = student.record_id;
            let of_school = self.of.school.id;
            let findings = &mut ledger.findings;
            let met = (&row, &read);
            let Some(compared) = settle_met(&student, met, of_school, self.context, findings)
            else {
                table.tally.leave();
                continue;
            };
            let is_orphan = row.establishment_id.is_none();
            ledger.only_in_supabase.vespa_scores += compared.children.scores.only_in_supabase;
            ledger.only_in_supabase.comments += compared.children.comments.only_in_supabase;
            let changed = compared.differing.any();
            if !changed && perhaps_inserted.contains(&record) {
                // A moment ago it was not there, and it is exactly as we sent it.
                ledger.changes.students.inserted += 1;
                let row = NewStudentRow::new(&student, self.of);
                let inserted = Pending::new(record, Change::Insert, row);
                self.writer.note(&inserted);
                settled.push(Settled {
                    record,
                    id: compared.id,
                    email: compared.email,
                    is_new: true,
                    children: compared.children,
                });
                continue;
            }
            if changed && !is_orphan && !perhaps_inserted.contains(&record) {
                // Somebody else has added it to this school since it was read, and knows better.
                ledger.findings.warn(WarningCode::ChangedMeanwhile, record);
                ledger.changes.students.unchanged += 1;
                settled.push(Settled {
                    record,
                    id: compared.id,
                    email: compared.email,
                    is_new: false,
                    children: compared.children.without_updates(),
                });
                continue;
            }
            known.push((record, compared));
        }
        self.settle_known(known, &read, table, settled, ledger)
            .await
    }

    /// The answers in rows without a school that are another student's. Everything else is read with the school's own rows,
    /// by the next run if not by this one.
    async fn read_answers_of_left(
        &self,
        met: &[(Student, StoredStudent)],
    ) -> Result<ByStudent, SyncError> {
        let Context { whose, answers, .. } = self.context;
        let is_left = |(student, row): &&(Student, StoredStudent)| {
            row.establishment_id.is_none() && !whose.is_own(student, row) && !whose.is_in_knack(row)
        };
        let left = met.iter().filter(is_left).map(|(_, row)| row.id);
        let left: Vec<Uuid> = left.filter(|_| answers.is_some()).collect();
        if left.is_empty() {
            return Ok(ByStudent::new());
        }
        let read = self.answers_reader().of(self.of.school.id, left);
        let read = self.stop.or_read(read).await?;
        Ok(read.unwrap_or_else(|error| {
            tracing::warn!(%error, "answers of rows without a school could not be read, so these rows stay as they are");
            ByStudent::new()
        }))
    }
}

fn emails_of(students: &[Student]) -> Vec<&str> {
    let emails = students.iter().map(|student| student.email.as_str());
    emails.collect()
}

/// If several rows share an e-mail but for how it is written, one that belongs to a school wins: the e-mail is taken.
fn by_lower_email(mut rows: Vec<StoredStudent>) -> HashMap<String, StoredStudent> {
    rows.sort_by_key(|row| row.establishment_id.is_some());
    let key = |row: StoredStudent| (row.lower_email.clone(), row);
    rows.into_iter().map(key).collect()
}
