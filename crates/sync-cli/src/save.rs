//! Writing what changed, and nothing else: known students, new students, then scores and comments side by side.
//!
//! Never deletes, and never writes a row of another school.

mod batch;
mod children;
mod control;
mod doubts;
mod newcomers;
mod rows;
mod table;
mod tally;
mod waiting;

use std::cell::Cell;

use supabase_client::SupabaseClient;
use sync_protocol::{AcademicYear, KnackRecordId, TableChanges, WarningCode};
use uuid::Uuid;

use crate::account::Account;
use crate::domain::Student;
use crate::error::SyncError;
use crate::progress::Progress;
use crate::reconcile::{Changed, Children, Compared, Context, Plan, children_of_new};
use crate::stop::Stop;
use crate::stored::STUDENTS;
use batch::{Change, Pending, Writer, Written};
use rows::KnownStudentRow;
use table::{Table, Target};
pub use tally::Refusal;

/// Where and how to write.
pub struct Save<'a> {
    supabase: &'a SupabaseClient,
    school: Uuid,
    year: AcademicYear,
    /// For students found only while writing.
    context: Context<'a>,
    stop: &'a Stop,
    writer: Writer<'a>,
}

/// A student that has a row, and what to do with its scores and comments.
struct Settled {
    record: KnackRecordId,
    id: Uuid,
    children: Children,
}

impl<'a> Save<'a> {
    /// Writes rows of one school and year.
    pub fn new(
        supabase: &'a SupabaseClient,
        school: Uuid,
        year: AcademicYear,
        context: Context<'a>,
        stop: &'a Stop,
        progress: &'a Progress,
    ) -> Self {
        Self {
            supabase,
            school,
            year,
            context,
            stop,
            writer: Writer {
                stop,
                progress,
                done: Cell::new(0),
                begun: Cell::new(0),
                total: Cell::new(0),
            },
        }
    }

    /// Writes the plan, and books what was done.
    pub async fn run(&self, plan: Plan, account: &mut Account) -> Result<(), SyncError> {
        self.writer.total.set(plan.rows_to_write());
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for planned in plan.students {
            match planned.known {
                Some(compared) => known.push((planned.student.record_id, compared)),
                None => new.push(planned.student),
            }
        }
        let mut students = self.table(STUDENTS, "id");
        let changed = known.iter().filter(|(_, compared)| compared.changed);
        students.tally.expect((changed.count() + new.len()) as u64);
        let outcome = self
            .settle_students(known, new, &mut students, account)
            .await;
        let settled = account.close(&students, outcome)?;
        self.write_children(settled, account).await
    }

    fn table(&self, name: &'static str, key: &'static str) -> Table<'a> {
        Table::new(Target {
            supabase: self.supabase,
            name,
            key,
        })
    }

    /// First the known ones: they may give up an e-mail that a new one has.
    async fn settle_students(
        &self,
        known: Vec<(KnackRecordId, Compared)>,
        new: Vec<Student>,
        students: &mut Table<'a>,
        account: &mut Account,
    ) -> Result<Vec<Settled>, SyncError> {
        let mut settled = self.settle_known(known, students, account).await?;
        settled.extend(self.settle_new(new, students, account).await?);
        Ok(settled)
    }

    /// Writes known students that differ, by primary key: no other key is sure to be this row's.
    async fn settle_known(
        &self,
        known: Vec<(KnackRecordId, Compared)>,
        students: &mut Table<'a>,
        account: &mut Account,
    ) -> Result<Vec<Settled>, SyncError> {
        let row = |record: &KnackRecordId, compared: &Compared| {
            KnownStudentRow::new(*record, compared, self.school, self.year)
        };
        let changed = known.iter().filter(|(_, compared)| compared.changed);
        let mut rows: Vec<_> = changed
            .map(|(record, compared)| Pending {
                record: *record,
                change: Change::Update,
                row: row(record, compared),
            })
            .collect();
        rows.sort_by_key(|pending| pending.row.id());
        let unchanged = (known.len() - rows.len()) as u64;
        account.changes.students.unchanged += unchanged;
        students.tally.add_unchanged(unchanged);
        students.control_by(|| {
            let equal = known.iter().find(|(_, compared)| !compared.changed);
            equal.map(|(record, compared)| row(record, compared))
        });

        let target = students.target;
        let write = |body| target.merge(body);
        let (written, outcome) = self
            .writer
            .write_all(students, "saving students", &rows, write)
            .await;
        account.book(&written, &outcome, |changes| &mut changes.students);
        outcome?;
        let saved = rows
            .into_iter()
            .find(|pending| !students.tally.is_refused(pending.record));
        students.control_by(|| saved.map(|pending| pending.row));
        let settle = |(record, compared): (KnackRecordId, Compared)| Settled {
            record,
            id: compared.id,
            children: compared.children,
        };
        Ok(known.into_iter().map(settle).collect())
    }
}

/// Books what [`Save::run`] would do, without doing it.
pub fn pretend(plan: Plan, context: Context<'_>, account: &mut Account) {
    for planned in plan.students {
        let students = &mut account.changes.students;
        let children = if let Some(known) = planned.known {
            let count = if known.changed {
                &mut students.updated
            } else {
                &mut students.unchanged
            };
            *count += 1;
            known.children
        } else {
            students.inserted += 1;
            children_of_new(&planned.student, context, &mut account.findings)
        };
        children
            .scores
            .count_into(&mut account.changes.vespa_scores);
        children.comments.count_into(&mut account.changes.comments);
    }
}

impl<T> Changed<T> {
    fn count_into(&self, counts: &mut TableChanges) {
        counts.inserted += self.inserted.len() as u64;
        counts.updated += self.updated.len() as u64;
        counts.unchanged += self.unchanged;
    }
}

impl Account {
    fn book<R>(
        &mut self,
        written: &Written<R>,
        outcome: &Result<(), SyncError>,
        of: fn(&mut sync_protocol::Changes) -> &mut TableChanges,
    ) {
        // An answer that is lost says nothing about what was saved.
        let may_have = matches!(outcome, Err(error) if error.may_have_saved());
        self.wrote |= may_have || written.changes.synced() > 0;
        let counts = of(&mut self.changes);
        counts.inserted += written.changes.inserted;
        counts.updated += written.changes.updated;
    }

    /// All phases of a table are over, or one failed. Rows are refused one by one only where the table as a whole is not.
    fn close<T>(
        &mut self,
        table: &Table<'_>,
        outcome: Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let outcome = outcome.and_then(|done| table.last_verdict().map(|()| done));
        if !matches!(outcome, Err(SyncError::TableRefused { .. })) {
            for record in table.tally.refused_rows() {
                self.findings.warn(WarningCode::RowRefused, *record);
            }
        }
        outcome
    }
}
