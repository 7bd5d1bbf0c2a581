//! Writing what changed, and nothing else: known students, new students, then scores and comments side by side, then answers.
//!
//! Never deletes, and never writes a row of another school.

mod answers;
mod attempt;
mod attempted;
mod batch;
mod children;
mod control;
mod doubts;
mod dry_run;
mod effort;
mod fault;
mod finish;
mod held;
mod keys;
mod learned_size;
mod newcomers;
mod pending;
mod reread;
mod rows;
mod slow;
mod statistics;
mod table;
mod takeover;
mod tally;
mod waiting;
mod written;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use dashboard::SchoolYear;
use sync_protocol::KnackRecordId;
use uuid::Uuid;

use crate::changed_rows::ChangedRows;
use crate::clock::Clock;
use crate::domain::Student;
use crate::error::SyncError;
use crate::ledger::Ledger;
use crate::progress::Progress;
use crate::reconcile::{Children, Compared, Context, Plan, PlannedAnswers};
use crate::stop::Stop;
use crate::stored::answers::ByStudent;
use crate::stored::{STUDENTS, StoredStudent, StoredStudents};
use batch::Writer;
pub(crate) use dry_run::{count_changes, list, list_children};
use effort::Waited;
use learned_size::BatchSize;
use pending::{Change, Pending};
use reread::{Reread, Seen};
use rows::KnownStudentRow;
use table::{Table, Target};

/// Tables of what hangs on a student, and the unique key by which their rows are written.
const SCORES: (&str, &str) = ("vespa_scores", "student_id,cycle,academic_year");
const COMMENTS: (&str, &str) = ("student_comments", "student_id,cycle,comment_type");
const ANSWERS: (&str, &str) = (
    "question_responses",
    "student_id,cycle,academic_year,question_id",
);

/// Where and how to write.
pub(crate) struct Save<'a> {
    source: StoredStudents<'a>,
    of: &'a SchoolYear,
    /// For students found only while writing.
    context: Context<'a>,
    stop: &'a Stop,
    clock: &'a Clock,
    writer: Writer<'a>,
    reread: Reread<'a>,
    /// Students of whose rows another's answers were cleared.
    cleared: RefCell<HashSet<Uuid>>,
}

/// A student that has a row, and what to do with its scores and comments.
struct Settled {
    record: KnackRecordId,
    id: Uuid,
    /// As it is stored.
    email: String,
    /// The row was added by this run.
    is_new: bool,
    children: Children,
}

impl<'a> Save<'a> {
    /// Writes rows of one school and year, of which `stored` was read.
    pub(crate) fn new(
        source: StoredStudents<'a>,
        of: &'a SchoolYear,
        stored: &[StoredStudent],
        context: Context<'a>,
        (stop, clock): (&'a Stop, &'a Clock),
        (progress, changed): (&'a Progress, Option<&'a ChangedRows>),
    ) -> Self {
        Self {
            source,
            of,
            context,
            stop,
            clock,
            writer: Writer {
                columns: source.columns,
                stop,
                progress,
                done: Cell::new(0),
                begun: Cell::new(0),
                total: Cell::new(0),
                waited: Waited::default(),
                changed,
            },
            reread: Reread {
                source,
                of,
                seen: RefCell::new(Seen::of(stored)),
                found: RefCell::default(),
            },
            cleared: RefCell::default(),
        }
    }

    /// Writes the plan, and books what was done.
    pub(crate) async fn run(
        &self,
        plan: Plan,
        answers: Option<PlannedAnswers<'_>>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let of_answers = answers.as_ref().map_or(0, PlannedAnswers::rows_to_write);
        self.writer.total.set(plan.rows_to_write() + of_answers);
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for planned in plan.students {
            match planned.known {
                Some(compared) => known.push((planned.student.record_id, compared)),
                None => new.push(planned.student),
            }
        }
        let mut students = self.table(STUDENTS, "id");
        students.tally.expect(known.len() + new.len());
        let mut settled = Vec::new();
        let outcome = self
            .settle_students(known, new, &mut students, &mut settled, ledger)
            .await;
        let outcome = students.close(outcome, ledger);
        if !matches!(outcome, Ok(()) | Err(SyncError::TableRefused { .. })) {
            return outcome;
        }
        // What one table refuses costs the others nothing that is still known to be Knack's.
        let (students, children) = Box::pin(self.write_children(settled, ledger)).await;
        let outcome = match children {
            Ok(()) | Err(SyncError::TableRefused { .. }) => outcome.and(children),
            Err(_) => return children,
        };
        if let Some(answers) = answers {
            Box::pin(self.save_answers(answers.both.known, students, ledger)).await?;
        }
        outcome
    }

    fn table(&self, name: &'static str, key: &'static str) -> Table<'a> {
        Table::new(self.target(name, key), BatchSize::default())
    }

    fn target(&self, name: &'static str, key: &'static str) -> Target<'a> {
        Target {
            supabase: self.source.supabase,
            columns: self.source.columns,
            name,
            key,
        }
    }

    /// First the known ones: they may give up an e-mail that a new one has.
    async fn settle_students(
        &self,
        known: Vec<(KnackRecordId, Compared)>,
        new: Vec<Student>,
        students: &mut Table<'a>,
        settled: &mut Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        // Where stored answers could be read, those of all these were.
        let read = ByStudent::new();
        self.settle_known(known, &read, students, settled, ledger)
            .await?;
        self.settle_new(new, students, settled, ledger).await
    }

    /// Writes known students that differ, by primary key: no other key is sure to be this row's. `read` are the answers of
    /// those who were not read at the beginning, as far as they matter.
    async fn settle_known(
        &self,
        known: Vec<(KnackRecordId, Compared)>,
        read: &ByStudent,
        students: &mut Table<'a>,
        settled: &mut Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let known = Box::pin(self.clear_taken_over(known, read, students, ledger)).await?;
        let row = |record: &KnackRecordId, compared: &Compared| {
            KnownStudentRow::new(*record, compared, self.of)
        };
        let changed = known
            .iter()
            .filter(|(_, compared)| compared.differing.any());
        let mut rows: Vec<_> = changed
            .map(|(record, compared)| Pending::new(*record, Change::Update, row(record, compared)))
            .collect();
        rows.sort_by_key(|pending| pending.row.id());
        ledger.changes.students.unchanged += (known.len() - rows.len()) as u64;
        students.control_by(|| {
            let equal = known.iter().find(|(_, compared)| !compared.differing.any());
            equal.map(|(record, compared)| row(record, compared))
        });

        let target = students.target;
        let write = |body, persistence| target.merge(body, persistence);
        let again = async |rows: &[&Pending<KnownStudentRow>], why| {
            self.reread.overwritten(rows, why).await
        };
        let (written, outcome) = self
            .writer
            .write_all(students, "saving students", &rows, write, again)
            .await;
        written.book(&outcome, ledger, |changes| &mut changes.students);
        let is_whole = outcome.is_ok();
        if !matches!(outcome, Ok(()) | Err(SyncError::TableRefused { .. })) {
            return outcome;
        }
        let saved = rows.into_iter().find(|pending| {
            let record = pending.record;
            is_whole && !students.tally.is_refused(record) && !written.is_left(record)
        });
        students.control_by(|| saved.map(|pending| pending.row));
        let is_unsaved = |record: KnackRecordId| {
            !is_whole || students.tally.is_refused(record) || written.is_left(record)
        };
        let is_theirs = |(record, compared): &(KnackRecordId, Compared)| {
            !(written.is_gone(*record) || compared.is_taken_over && is_unsaved(*record))
        };
        let settle = |(record, compared): (KnackRecordId, Compared)| {
            let compared = if is_unsaved(record) {
                compared.with_row_kept()
            } else {
                compared
            };
            Settled {
                record,
                id: compared.id,
                email: compared.email,
                is_new: false,
                children: compared.children,
            }
        };
        settled.extend(known.into_iter().filter(is_theirs).map(settle));
        outcome
    }
}
