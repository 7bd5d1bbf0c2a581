//! Writing many rows: in batches, each one transaction, halved where the database refuses one, until the bad row is alone.
//! The only place that decides about halving.

use std::cell::Cell;

use serde::Serialize;
use supabase_client::SupabaseError;
use sync_protocol::{KnackRecordId, Phase, ProgressEvent, TableChanges};

use crate::error::{SyncError, While};
use crate::progress::Progress;
use crate::stop::Stop;

/// Rows in one request: some 0.2 s of the database's eight (facts/domain §7.2).
const ROWS_A_REQUEST: usize = 500;

/// This many single rows in a row failing for an unknown reason, with none saved, is the server's fault and not the rows'.
const UNKNOWN_FAULTS: usize = 3;

/// What a row is to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Insert,
    Update,
}

/// A row to write, and whose it is.
pub(super) struct Pending<T> {
    pub(super) record: KnackRecordId,
    pub(super) change: Change,
    pub(super) row: T,
}

/// What became of the rows.
pub(super) struct Written<R> {
    /// Rows that were written, as the database returned them.
    pub(super) returned: Vec<R>,
    /// How many were written.
    pub(super) changes: TableChanges,
    /// Whose rows the database refused.
    pub(super) refused: Vec<KnackRecordId>,
}

impl<R> Written<R> {
    fn count<T>(&mut self, batch: &[Pending<T>]) {
        for pending in batch {
            match pending.change {
                Change::Insert => self.changes.inserted += 1,
                Change::Update => self.changes.updated += 1,
            }
        }
    }
}

/// Who writes, and who hears of it.
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

impl Writer<'_> {
    /// Writes `rows`, which have uniform keys and no conflict key twice, with one call of `write` a batch. What was
    /// written is told even when a later batch fails.
    pub(super) async fn write_all<T: Serialize, R>(
        &self,
        doing: &'static str,
        rows: &[Pending<T>],
        write: impl AsyncFn(String) -> Result<Vec<R>, SupabaseError>,
    ) -> (Written<R>, Result<(), SyncError>) {
        let mut written = Written {
            returned: Vec::new(),
            changes: TableChanges::default(),
            refused: Vec::new(),
        };
        self.begun.set(self.begun.get() + rows.len() as u64);
        self.total.set(self.total.get().max(self.begun.get()));
        let outcome = self.write_batches(doing, rows, write, &mut written).await;
        (written, outcome)
    }

    async fn write_batches<T: Serialize, R>(
        &self,
        doing: &'static str,
        rows: &[Pending<T>],
        write: impl AsyncFn(String) -> Result<Vec<R>, SupabaseError>,
        written: &mut Written<R>,
    ) -> Result<(), SyncError> {
        let mut unknown_faults = 0;
        let mut waiting: Vec<&[Pending<T>]> = rows.chunks(ROWS_A_REQUEST).rev().collect();
        while let Some(batch) = waiting.pop() {
            let error = match self.stop.or_write(write(body(batch))).await? {
                Ok(returned) => {
                    written.returned.extend(returned);
                    written.count(batch);
                    self.tell(batch.len());
                    continue;
                }
                Err(error) => error,
            };
            let saved_none = written.changes.synced() == 0;
            match (fault(&error), batch) {
                (Fault::OfARow, [row]) => self.refuse(row, doing, &error, written),
                (Fault::Unknown, [row]) => {
                    unknown_faults += 1;
                    if saved_none && unknown_faults >= UNKNOWN_FAULTS.min(rows.len()) {
                        return Err(error).while_doing(doing);
                    }
                    self.refuse(row, doing, &error, written);
                }
                (Fault::OfTheCall, _) | (Fault::OfItsSize, [_]) => {
                    return Err(error).while_doing(doing);
                }
                (Fault::OfARow | Fault::OfItsSize | Fault::Unknown, many) => {
                    let (first, second) = many.split_at(many.len() / 2);
                    waiting.extend([second, first]);
                }
            }
        }
        Ok(())
    }

    fn refuse<T, R>(
        &self,
        row: &Pending<T>,
        doing: &str,
        error: &SupabaseError,
        written: &mut Written<R>,
    ) {
        tracing::warn!(record = %row.record, %error, "a row was refused while {doing}");
        written.refused.push(row.record);
        self.tell(1);
    }

    fn tell(&self, rows: usize) {
        self.done.set(self.done.get() + rows as u64);
        self.progress.event(&ProgressEvent::Progress {
            phase: Phase::Writing,
            done: self.done.get(),
            total: self.total.get(),
        });
    }
}

/// Whose fault a refused batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// One of its rows.
    OfARow,
    /// It is too large for the database's time limit.
    OfItsSize,
    /// A server error of an unknown kind: perhaps a row's.
    Unknown,
    /// No row's: halving cannot help.
    OfTheCall,
}

fn fault(error: &SupabaseError) -> Fault {
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

fn body<T: Serialize>(batch: &[Pending<T>]) -> String {
    let rows: Vec<&T> = batch.iter().map(|pending| &pending.row).collect();
    serde_json::to_string(&rows).expect("rows always serialise")
}
