//! Writing many rows: in batches, each one transaction, cut smaller where one is refused or takes too long, until the bad row
//! is alone. The only place that decides about cutting.

use std::cell::Cell;
use std::collections::HashSet;
use std::ptr;
use std::time::Instant;

use dashboard::OptionalColumns;
use serde::Serialize;
use supabase_client::{Persistence, SupabaseError};
use sync_protocol::{Changes, KnackRecordId, Phase, ProgressEvent, TableChanges, WarningCode};

use transport::Attempts;

use super::doubts::Doubts;
use super::fault::{Fault, fault};
use super::pending::{Change, Pending, Saved};
use super::reread::{Now, Why};
use super::rows::body;
use super::table::Table;
use super::tally::Refusal;
use super::waiting::{Batch, Waiting};
use crate::error::{During, SavedRows, SyncError};
use crate::ledger::Ledger;
use crate::progress::Progress;
use crate::stop::Stop;

/// What one request holds at most, unless one row alone is larger: half of what gateways usually let pass.
const BYTES_A_REQUEST: usize = 500_000;

/// This many rows set aside one after another look like a table that nobody can write to.
const SUSPICIOUSLY_SLOW: usize = 3;

/// So often, a key that is missing and is none of those that we know is looked for.
const MOST_KEYS_MISSED: usize = 3;

pub(super) struct Written<R> {
    /// Rows that were written, where the database returns them.
    pub(super) returned: Vec<R>,
    /// Whose rows were sent more than once: what an answer that got lost had written is not among those returned.
    pub(super) repeated: HashSet<KnackRecordId>,
    /// Whose rows somebody else has changed meanwhile, so that they were kept.
    pub(super) kept: Vec<KnackRecordId>,
    /// Whose rows are not this school's any more, so that they were left alone.
    pub(super) gone: Vec<KnackRecordId>,
    /// Whose rows went with a student that was deleted meanwhile.
    pub(super) student_deleted: Vec<KnackRecordId>,
    /// Rows that were to be inserted and are stored already, just so.
    pub(super) already_stored: u64,
    /// How many were written.
    pub(super) changes: TableChanges,
}

impl<R> Written<R> {
    /// Books what was written, and whether anything may have been.
    pub(super) fn book(
        &self,
        outcome: &Result<(), SyncError>,
        ledger: &mut Ledger,
        of: fn(&mut Changes) -> &mut TableChanges,
    ) {
        // An answer that is lost says nothing about what was saved.
        let may_have = matches!(outcome, Err(error) if error.may_have_saved());
        if may_have || self.changes.synced() > 0 {
            ledger.saved = SavedRows::Some;
        }
        let counts = of(&mut ledger.changes);
        counts.inserted += self.changes.inserted;
        counts.updated += self.changes.updated;
        counts.unchanged += self.kept.len() as u64 + self.already_stored;
        for record in self.kept.iter().chain(&self.gone) {
            ledger.findings.warn(WarningCode::ChangedMeanwhile, *record);
        }
        for record in &self.student_deleted {
            ledger.findings.warn(WarningCode::StudentDeleted, *record);
        }
    }

    /// Adds what a later phase of the same table left, and how much it wrote.
    pub(super) fn add<S>(&mut self, later: Written<S>) {
        self.kept.extend(later.kept);
        self.gone.extend(later.gone);
        self.student_deleted.extend(later.student_deleted);
        self.changes.inserted += later.changes.inserted;
        self.changes.updated += later.changes.updated;
    }

    /// Whether a row of this student was left as others had made it meanwhile.
    pub(super) fn is_left(&self, record: KnackRecordId) -> bool {
        self.kept.contains(&record) || self.is_gone(record)
    }

    /// Whether a row of this student is not this school's any more.
    pub(super) fn is_gone(&self, record: KnackRecordId) -> bool {
        self.gone.contains(&record) || self.student_deleted.contains(&record)
    }
}

/// Sends batches and reports progress.
pub(super) struct Writer<'a> {
    pub(super) columns: &'a OptionalColumns,
    pub(super) stop: &'a Stop,
    pub(super) progress: &'a Progress,
    /// Rows written or refused so far.
    pub(super) done: Cell<u64>,
    /// Rows given to be written so far.
    pub(super) begun: Cell<u64>,
    /// Rows of the whole run, as far as that is known; never less than those begun.
    pub(super) total: Cell<u64>,
}

impl<'a> Writer<'a> {
    /// Writes `rows`, which have uniform keys and no conflict key twice, with one call of `write` a batch. What was
    /// written is returned even if a later batch fails; what was refused is in the table's tally.
    pub(super) async fn write_all<T: Serialize, R>(
        &self,
        table: &mut Table<'a>,
        doing: &'static str,
        rows: &[Pending<T>],
        write: impl AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
        again: impl AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    ) -> (Written<R>, Result<(), SyncError>) {
        self.begun.set(self.begun.get() + rows.len() as u64);
        self.total.set(self.total.get().max(self.begun.get()));
        let mut writing = Writing {
            writer: self,
            table,
            doing,
            write,
            again,
            keys_missed: 0,
            students: students_of(rows),
            waiting: Waiting::new(rows, BYTES_A_REQUEST, |row| body([row], &[]).len()),
            probes: Vec::new(),
            probed: 0,
            doubts: Doubts::none(),
            slow: SetAside::default(),
            is_searching: false,
            passed: None,
            written: Written {
                returned: Vec::new(),
                repeated: HashSet::new(),
                kept: Vec::new(),
                gone: Vec::new(),
                student_deleted: Vec::new(),
                already_stored: 0,
                changes: TableChanges::default(),
            },
        };
        let outcome = writing.run().await;
        (writing.written, outcome)
    }

    fn report(&self, rows: usize) {
        self.done.set(self.done.get() + rows as u64);
        self.progress.event(&ProgressEvent::Progress {
            phase: Phase::Writing,
            done: self.done.get(),
            total: self.total.get(),
        });
    }
}

/// One phase of one table.
pub(super) struct Writing<'w, 'a, 'r, T, R, Write, Again> {
    pub(super) writer: &'w Writer<'a>,
    pub(super) table: &'w mut Table<'a>,
    pub(super) doing: &'static str,
    pub(super) write: Write,
    /// What has become of rows since they were read.
    again: Again,
    /// How often a missing key was looked for in vain.
    keys_missed: usize,
    /// Whose rows they are.
    pub(super) students: usize,
    pub(super) waiting: Waiting<'r, T>,
    /// Rows to be sent alone before anything else, the last first, until one passes.
    pub(super) probes: Batch<'r, T>,
    /// How many were chosen as probes; they are chosen once.
    pub(super) probed: usize,
    pub(super) doubts: Doubts<'r, T>,
    /// Single rows that took too long.
    slow: SetAside<'r, T>,
    /// A batch keeps failing while others pass, so that smaller ones are not waited for: the row is looked for.
    is_searching: bool,
    /// A row of the last write that passed.
    pub(super) passed: Option<&'r Pending<T>>,
    pub(super) written: Written<R>,
}

impl<'r, T: Serialize, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    async fn run(&mut self) -> Result<(), SyncError> {
        loop {
            while let Some(batch) = self.next() {
                self.send(batch).await?;
            }
            if self.doubts.any() {
                self.ask_about_doubts().await?;
            } else if self.slow.are_to_be_tried_again() {
                for row in self.slow.again() {
                    self.waiting.push(vec![row]);
                }
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Option<Batch<'r, T>> {
        if self.passed.is_some() {
            self.probes.clear();
        }
        let Some(probe) = self.probes.pop() else {
            return self.waiting.next(self.table.batch_size.rows());
        };
        self.waiting.take(probe);
        Some(vec![probe])
    }

    async fn send(&mut self, batch: Batch<'r, T>) -> Result<(), SyncError> {
        let (mut batch, mut attempts) = (batch, Attempts::begin(Instant::now()));
        let error = loop {
            // Before each attempt: while an outage is waited out, others may write too.
            batch = self.leave_others(batch, Why::AboutToWrite).await?;
            if batch.is_empty() {
                return Ok(());
            }
            match self.write(&batch, attempts).await? {
                Ok(saved) => {
                    self.book(&batch, saved);
                    return self.settle_doubts().await;
                }
                Err(SupabaseError::Waiting {
                    after,
                    attempts: so_far,
                    ..
                }) => {
                    attempts = so_far;
                    let waiting = tokio::time::sleep(after);
                    self.writer.stop.or_read(waiting).await?;
                }
                Err(error) => break error,
            }
        };
        if matches!(error, SupabaseError::KeptFailing(_)) {
            // An attempt may have written them all the same.
            let records = batch.iter().map(|pending| pending.record);
            self.written.repeated.extend(records);
        }
        if lacks_key(&error)
            && self.keys_missed < MOST_KEYS_MISSED
            && self.look_for_missing_key(&batch).await?
        {
            return Ok(());
        }
        let size = &mut self.table.batch_size;
        match (fault(&error), &batch[..]) {
            (Fault::OfTheCall, _) => Err(error).during(self.doing),
            (Fault::OfARow | Fault::OfItsBytes, [row]) => {
                self.refuse(row, &error);
                self.judge().await
            }
            (Fault::OfItsTime, [row]) => self.set_aside(row, error).await,
            (Fault::Unknown, [row]) => {
                self.doubts.add(row, error);
                if self.doubts.are_suspicious() {
                    self.ask_about_doubts().await?;
                }
                Ok(())
            }
            (Fault::OfARow, _) => {
                self.waiting.push_halves(batch);
                self.probe();
                Ok(())
            }
            (Fault::OfItsBytes, _) => {
                size.too_large(batch.len());
                self.waiting.push_halves(batch);
                Ok(())
            }
            (Fault::OfItsTime, _) => {
                size.too_slow(batch.len());
                self.waiting.push_tenths(&batch);
                Ok(())
            }
            (Fault::Unknown, _) => {
                self.is_searching = true;
                self.waiting.push_halves(batch);
                Ok(())
            }
        }
    }

    /// Without the rows that somebody else has written since they were read, or whose student is not this school's any more.
    async fn leave_others(
        &mut self,
        batch: Batch<'r, T>,
        why: Why,
    ) -> Result<Batch<'r, T>, SyncError> {
        let again = (self.again)(&batch, why);
        let again = self.writer.stop.or_read(again).await?;
        let mut again = again.during("reading rows again")?.into_iter();
        let before = batch.len();
        let mut left = batch;
        left.retain(|row| {
            let leave = match again.next() {
                None | Some(Now::AsRead) => return true,
                Some(Now::Changed) => &mut self.written.kept,
                Some(Now::Gone) => &mut self.written.gone,
                Some(Now::StudentDeleted) => &mut self.written.student_deleted,
            };
            leave.push(row.record);
            false
        });
        if left.len() < before {
            self.writer.report(before - left.len());
        }
        Ok(left)
    }

    /// What something refers to is missing: the school, or students of these rows. Whether any of them is.
    async fn look_for_missing_key(&mut self, batch: &[&'r Pending<T>]) -> Result<bool, SyncError> {
        let left = self.leave_others(batch.to_vec(), Why::KeyMissing).await?;
        if left.len() == batch.len() {
            self.keys_missed += 1;
            return Ok(false);
        }
        if !left.is_empty() {
            self.waiting.push(left);
        }
        Ok(true)
    }

    /// A row that takes too long is perhaps locked: the others go first.
    async fn set_aside(
        &mut self,
        row: &'r Pending<T>,
        error: SupabaseError,
    ) -> Result<(), SyncError> {
        if self.slow.is_second(row) {
            let are_many = self.slow.tried_again.len() >= SUSPICIOUSLY_SLOW;
            if are_many && self.passed.is_none() && !matches!(self.control().await?, Some(Ok(()))) {
                // Nothing at all passes: it is not these rows.
                return Err(error).during(self.doing);
            }
            self.refuse(row, &error);
            return self.judge().await;
        }
        self.slow.add(row);
        if self.slow.in_succession < SUSPICIOUSLY_SLOW {
            return Ok(());
        }
        self.slow.in_succession = 0;
        match self.control().await? {
            Some(Err(error)) if fault(&error) == Fault::OfTheCall => Err(error).during(self.doing),
            Some(_) => Ok(()),
            // No row is known to be good: perhaps one of those that wait is.
            None if self.has_rows_to_probe() => Ok(()),
            None => Err(error).during(self.doing),
        }
    }

    /// Writes these rows, without the columns that the database turns out to lack.
    async fn write(
        &self,
        batch: &[&'r Pending<T>],
        attempts: Attempts,
    ) -> Result<Result<Saved<R>, SupabaseError>, SyncError> {
        let Writer { columns, stop, .. } = self.writer;
        let persistence = if self.is_searching && (batch.len() > 1 || self.passed.is_some()) {
            Persistence::Brief
        } else {
            Persistence::Stepwise(attempts)
        };
        loop {
            let missing = columns.missing_of(self.table.target.name);
            let rows = body(batch.iter().map(|pending| &pending.row), &missing);
            let outcome = stop.or_write((self.write)(rows, persistence)).await?;
            if !columns.is_worth_repeating(&outcome) {
                return Ok(outcome);
            }
        }
    }

    fn book(&mut self, batch: &[&'r Pending<T>], saved: Saved<R>) {
        match saved {
            Saved::All => {
                for pending in batch {
                    match pending.change {
                        Change::Insert => self.written.changes.inserted += 1,
                        Change::Update => self.written.changes.updated += 1,
                    }
                }
            }
            Saved::These { rows, is_repeated } => {
                self.written.changes.inserted += rows.len() as u64;
                self.written.returned.extend(rows);
                if is_repeated {
                    let records = batch.iter().map(|pending| pending.record);
                    self.written.repeated.extend(records);
                }
            }
        }
        self.table.batch_size.passed(batch.len());
        self.slow.in_succession = 0;
        self.passed = batch.first().copied();
        self.writer.report(batch.len());
    }

    pub(super) fn refuse(&mut self, row: &Pending<T>, error: &SupabaseError) {
        tracing::warn!(record = %row.record, %error, "a row was refused while {}", self.doing);
        if fault(error) == Fault::OfItsTime {
            self.table.tally.refuse_for_now(row.record);
        } else {
            self.table.tally.refuse(row.record, &Refusal::of(error));
        }
        self.writer.report(1);
    }
}

/// Single rows that took too long, each tried once more when all others have been.
struct SetAside<'r, T> {
    rows: Batch<'r, T>,
    tried_again: Batch<'r, T>,
    /// So many came without a write that passed in between.
    in_succession: usize,
}

impl<T> Default for SetAside<'_, T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            tried_again: Vec::new(),
            in_succession: 0,
        }
    }
}

impl<'r, T> SetAside<'r, T> {
    fn add(&mut self, row: &'r Pending<T>) {
        self.rows.push(row);
        self.in_succession += 1;
    }

    fn is_second(&self, row: &Pending<T>) -> bool {
        self.tried_again.iter().any(|other| ptr::eq(*other, row))
    }

    fn are_to_be_tried_again(&self) -> bool {
        !self.rows.is_empty()
    }

    fn again(&mut self) -> Batch<'r, T> {
        self.tried_again.extend(&self.rows);
        std::mem::take(&mut self.rows)
    }
}

/// Whether a row that another refers to is missing.
fn lacks_key(error: &SupabaseError) -> bool {
    matches!(error, SupabaseError::RowRefused { code, .. } if code.as_str() == "23503")
}

fn students_of<T>(rows: &[Pending<T>]) -> usize {
    let records = rows.iter().map(|pending| pending.record);
    records.collect::<HashSet<_>>().len()
}
