//! Writing many rows: in batches, each one transaction, halved where the database refuses one, until the bad row is alone.
//! The only place that decides about halving.

use std::cell::Cell;
use std::collections::HashSet;

use serde::Serialize;
use supabase_client::SupabaseError;
use sync_protocol::{Changes, Phase, ProgressEvent, TableChanges};

use super::doubts::Doubts;
use super::pending::{Change, Pending, Saved};
use super::rows::body;
use super::table::Table;
use super::tally::Refusal;
use super::waiting::{Batch, Waiting};
use crate::error::{During, SavedRows, SyncError};
use crate::ledger::Ledger;
use crate::progress::Progress;
use crate::stop::Stop;

/// Rows in one request: some 0.2 s of the database's eight (docs/knack-and-dashboard.md, "How fast Supabase is").
const ROWS_A_REQUEST: usize = 500;

pub(super) struct Written<R> {
    /// Rows that were written, where the database returns them.
    pub(super) returned: Vec<R>,
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
    }
}

/// Sends batches and reports progress.
pub(super) struct Writer<'a> {
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
        write: impl AsyncFn(String) -> Result<Saved<R>, SupabaseError>,
    ) -> (Written<R>, Result<(), SyncError>) {
        self.begun.set(self.begun.get() + rows.len() as u64);
        self.total.set(self.total.get().max(self.begun.get()));
        let mut writing = Writing {
            writer: self,
            table,
            doing,
            write,
            students: students_of(rows),
            waiting: Waiting::new(rows, ROWS_A_REQUEST),
            probes: Vec::new(),
            probed: 0,
            doubts: Doubts::none(),
            passed: None,
            written: Written {
                returned: Vec::new(),
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
pub(super) struct Writing<'w, 'a, 'r, T, R, Write> {
    pub(super) writer: &'w Writer<'a>,
    pub(super) table: &'w mut Table<'a>,
    pub(super) doing: &'static str,
    pub(super) write: Write,
    /// Whose rows they are.
    pub(super) students: usize,
    pub(super) waiting: Waiting<'r, T>,
    /// Rows to be sent alone before anything else, the last first, until one passes.
    pub(super) probes: Batch<'r, T>,
    /// How many were chosen as probes; they are chosen once.
    pub(super) probed: usize,
    pub(super) doubts: Doubts<'r, T>,
    /// A row of the last write that passed.
    pub(super) passed: Option<&'r Pending<T>>,
    pub(super) written: Written<R>,
}

impl<'r, T: Serialize, R, Write> Writing<'_, '_, 'r, T, R, Write>
where
    Write: AsyncFn(String) -> Result<Saved<R>, SupabaseError>,
{
    async fn run(&mut self) -> Result<(), SyncError> {
        loop {
            while let Some(batch) = self.next() {
                self.send(batch).await?;
            }
            if !self.doubts.any() {
                return Ok(());
            }
            self.ask_about_doubts().await?;
        }
    }

    fn next(&mut self) -> Option<Batch<'r, T>> {
        if self.passed.is_some() {
            self.probes.clear();
        }
        let Some(probe) = self.probes.pop() else {
            return self.waiting.next();
        };
        self.waiting.take(probe);
        Some(vec![probe])
    }

    async fn send(&mut self, batch: Batch<'r, T>) -> Result<(), SyncError> {
        let rows = body(batch.iter().map(|pending| &pending.row));
        let error = match self.writer.stop.or_write((self.write)(rows)).await? {
            Ok(saved) => {
                self.book(&batch, saved);
                return self.settle_doubts().await;
            }
            Err(error) => error,
        };
        match (fault(&error), &batch[..]) {
            (Fault::OfTheCall, _) | (Fault::OfItsSize, [_]) => Err(error).during(self.doing),
            (Fault::OfARow, [row]) => {
                self.refuse(row, &error);
                self.judge().await
            }
            (Fault::Unknown, [row]) => {
                self.doubts.add(row, error);
                if self.doubts.are_suspicious() {
                    self.ask_about_doubts().await?;
                }
                Ok(())
            }
            (kind, _) => {
                self.waiting.push_halves(batch);
                if kind == Fault::OfARow {
                    self.probe();
                }
                Ok(())
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
            Saved::These(rows) => {
                self.written.changes.inserted += rows.len() as u64;
                self.written.returned.extend(rows);
            }
        }
        self.passed = batch.first().copied();
        self.writer.report(batch.len());
    }

    pub(super) fn refuse(&mut self, row: &Pending<T>, error: &SupabaseError) {
        tracing::warn!(record = %row.record, %error, "a row was refused while {}", self.doing);
        self.table.tally.refuse(row.record, &Refusal::of(error));
        self.writer.report(1);
    }
}

fn students_of<T>(rows: &[Pending<T>]) -> usize {
    let records = rows.iter().map(|pending| pending.record);
    records.collect::<HashSet<_>>().len()
}

/// Whose fault a refused batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// One of its rows.
    OfARow,
    /// It is too large for the database's time limit.
    OfItsSize,
    /// A server error of an unknown kind: perhaps a row's.
    Unknown,
    /// No row's: halving cannot help.
    OfTheCall,
}

pub(super) fn fault(error: &SupabaseError) -> Fault {
    match error {
        SupabaseError::RowRefused { .. } => Fault::OfARow,
        SupabaseError::StatementTimeout => Fault::OfItsSize,
        SupabaseError::ServerFault { .. } => Fault::Unknown,
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored => Fault::OfTheCall,
    }
}
