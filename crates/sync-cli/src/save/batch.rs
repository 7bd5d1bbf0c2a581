//! Writing many rows: in batches, each one transaction, cut smaller where one is refused or takes too long, until the bad row
//! is alone. The only place that decides about cutting.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use dashboard::OptionalColumns;
use supabase_client::{Persistence, SupabaseError};
use sync_protocol::{KnackRecordId, Phase, ProgressEvent};

use super::attempted::{Attempted, Sent};
use super::doubts::{Doubt, Doubts};
use super::effort::{Failures, MOST_ALONE, Waited};
use super::fault::{Failure, Fault};
use super::pending::{Change, Pending, Saved};
use super::reread::{Now, Why};
use super::rows::{Row, bytes};
use super::table::Table;
use super::waiting::{Batch, Waiting};
use super::written::Written;
use crate::changed_rows::ChangedRows;
use crate::error::{During, Refusal, SyncError};
use crate::progress::Progress;
use crate::stop::Stop;

/// The largest request, unless one row alone is larger: half of what gateways usually let pass.
const BYTES_A_REQUEST: usize = 500_000;

/// So often, a key that is missing and is none of those that we know is looked for.
const MOST_KEYS_MISSED: usize = 3;

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
    /// How long this run has waited for writes that failed.
    pub(super) waited: Waited,
    /// Whose rows were changed, where that is to be reported.
    pub(super) changed: Option<&'a ChangedRows>,
}

impl<'a> Writer<'a> {
    /// Writes `rows`, which have uniform keys and no conflict key twice, with one call of `write` a batch. What was
    /// written is returned even if a later batch fails; what was refused is in the table's tally.
    pub(super) async fn write_all<T: Row, R>(
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
            waiting: Waiting::new(rows, BYTES_A_REQUEST, bytes),
            probes: Vec::new(),
            probed: 0,
            accused: Vec::new(),
            doubts: Doubts::none(),
            alone: Vec::new(),
            locked: Vec::new(),
            slow_batches: 0,
            held: HashSet::new(),
            last_outage: None,
            takes_schema: false,
            failures: Failures::default(),
            is_searching: false,
            passed: None,
            written: Written::default(),
        };
        let outcome = Box::pin(writing.run()).await;
        (writing.written, outcome)
    }

    /// A row is saved.
    pub(super) fn note(&self, saved: &Pending<impl Row>) {
        if let Some(changed) = self.changed
            && let Some(row) = saved.row.seen()
        {
            changed.add(saved.record, saved.change.into(), row);
        }
    }

    pub(super) fn report(&self, rows: usize) {
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
    /// Finds what has become of rows since they were read.
    pub(super) again: Again,
    /// How often a missing key was looked for in vain.
    keys_missed: usize,
    /// How many students' rows they are.
    pub(super) students: usize,
    pub(super) waiting: Waiting<'r, T>,
    /// Rows to be sent alone before anything else, the last first, until one passes.
    pub(super) probes: Batch<'r, T>,
    /// How many were chosen as probes; they are chosen once.
    pub(super) probed: usize,
    /// Single rows with a failure that is the call's, unless others pass.
    pub(super) accused: Vec<Doubt<'r, T>>,
    pub(super) doubts: Doubts<'r, T>,
    /// Rows of batches that took too long, to be sent alone, side by side.
    pub(super) alone: Batch<'r, T>,
    /// Single rows that took too long: perhaps somebody has locked them.
    pub(super) locked: Vec<Doubt<'r, T>>,
    /// How many batches took too long.
    pub(super) slow_batches: usize,
    /// Whose rows failed as in an outage, although others pass.
    pub(super) held: HashSet<KnackRecordId>,
    /// How one of them failed.
    pub(super) last_outage: Option<SupabaseError>,
    /// A stored row has shown that columns, tables and rights are as they should be.
    pub(super) takes_schema: bool,
    pub(super) failures: Failures,
    /// A batch keeps failing while others pass, so that smaller ones are not waited for: the row is looked for.
    pub(super) is_searching: bool,
    /// A row of the last write that passed.
    pub(super) passed: Option<&'r Pending<T>>,
    pub(super) written: Written<R>,
}

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    async fn run(&mut self) -> Result<(), SyncError> {
        loop {
            if self.failures.are_too_many() || self.writer.waited.is_far_too_long() {
                return self.finish().await;
            }
            if self.does_no_probe_pass() && !self.waiting.is_empty() {
                self.try_few_more().await?;
            } else if let Some(batch) = self.next() {
                let attempted = self.attempt(batch).await?;
                self.settle(attempted).await?;
            } else if self.doubts.any() {
                self.ask_about_doubts().await?;
            } else if !self.alone.is_empty() {
                self.try_alone().await?;
            } else if !self.locked.is_empty() {
                self.try_locked_again().await?;
            } else {
                self.settle_accused().await?;
                return self.doubt_the_table().await;
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

    /// Draws the conclusions from one attempt.
    pub(super) async fn settle(&mut self, attempted: Attempted<'r, T, R>) -> Result<(), SyncError> {
        let Some(Sent {
            batch,
            outcome,
            took,
        }) = self.note(attempted)
        else {
            return Ok(());
        };
        match outcome {
            Ok(saved) => {
                self.book(&batch, saved, took);
                self.settle_accused().await?;
                self.settle_doubts()
            }
            Err(Failure { error, .. })
                if lacks_key(&error)
                    && self.keys_missed < MOST_KEYS_MISSED
                    && self.look_for_missing_key(&batch).await? =>
            {
                Ok(())
            }
            Err(failure) => self.fail(batch, failure).await,
        }
    }

    async fn fail(&mut self, batch: Batch<'r, T>, failure: Failure) -> Result<(), SyncError> {
        let Failure { error, fault } = failure;
        let is_hopeless = self.writer.waited.is_too_long();
        let size = &mut self.table.batch_size;
        match (fault, &batch[..]) {
            (Fault::OfTheCall, _) => Err(error).during(self.doing),
            (Fault::OfTheSchema, _) => self.accuse(batch, error).await,
            (Fault::OfARow | Fault::OfItsBytes, [row]) => {
                self.refuse(row, &error);
                self.judge().await
            }
            (Fault::OfItsTime | Fault::UnknownAndSlow, [row]) => {
                let row = *row;
                self.is_searching |= fault == Fault::UnknownAndSlow;
                self.locked.push(Doubt { row, error });
                Ok(())
            }
            (Fault::Unknown, [row]) => {
                self.doubts.add(row, error);
                if self.doubts.are_suspicious() {
                    self.ask_about_doubts().await?;
                }
                Ok(())
            }
            (Fault::OfItsTime | Fault::UnknownAndSlow, _)
                if is_hopeless && batch.len() > MOST_ALONE =>
            {
                self.hold_all(&batch, error)
            }
            (Fault::Unknown, _) if is_hopeless => self.hold_all(&batch, error),
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
            (Fault::OfItsTime | Fault::UnknownAndSlow, _) => {
                size.too_slow(batch.len());
                self.is_searching |= fault == Fault::UnknownAndSlow;
                self.cut_slow(batch, Failure { error, fault }).await
            }
            (Fault::Unknown, _) => {
                self.is_searching = true;
                self.waiting.push_halves(batch);
                Ok(())
            }
        }
    }

    /// A row refers to something that is missing. Finds out whether the school or students of these rows are.
    async fn look_for_missing_key(&mut self, batch: &[&'r Pending<T>]) -> Result<bool, SyncError> {
        let (still_there, left) = self.look_again(batch.to_vec(), Why::KeyMissing).await?;
        if left.is_empty() {
            self.keys_missed += 1;
            return Ok(false);
        }
        self.leave(&left);
        if !still_there.is_empty() {
            self.waiting.push(still_there);
        }
        Ok(true)
    }

    /// It took so long to save these.
    pub(super) fn book(&mut self, batch: &[&'r Pending<T>], saved: Saved<R>, took: Duration) {
        match saved {
            Saved::All => {
                for pending in batch {
                    self.writer.note(pending);
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
        self.table.batch_size.passed(batch.len(), took);
        self.table.has_saved = true;
        self.passed = batch.first().copied();
        self.writer.report(batch.len());
    }

    pub(super) fn refuse(&mut self, row: &Pending<T>, error: &SupabaseError) {
        tracing::warn!(record = %row.record, %error, "a row was refused while {}", self.doing);
        self.table.tally.refuse(row.record, &Refusal::of(error));
        self.writer.report(1);
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
