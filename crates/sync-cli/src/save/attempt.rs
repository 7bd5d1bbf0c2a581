//! One batch, sent once: its rows are read again, and an outage is waited out. Decides nothing about what follows.

use std::time::Instant;

use supabase_client::{Persistence, SupabaseError};
use sync_protocol::KnackRecordId;
use transport::Attempts;

use super::attempted::{Attempted, Left, Sent};
use super::batch::Writing;
use super::fault::{Failure, Fault};
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::{Row, body};
use super::waiting::Batch;
use crate::error::{During, SyncError};

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    /// Sends a batch.
    pub(super) async fn attempt(
        &self,
        mut batch: Batch<'r, T>,
    ) -> Result<Attempted<'r, T, R>, SyncError> {
        let mut attempts = Attempts::begin(Instant::now());
        let (mut left, mut needless) = (Left::new(), 0);
        loop {
            // Before each attempt: while an outage is waited out, others may write too.
            let (still_there, others) = self.look_again(batch, Why::AboutToWrite).await?;
            batch = still_there;
            left.extend(others);
            let begun = Instant::now();
            let outcome = self.write(&mut batch, &mut needless, attempts).await?;
            if let Some(Err(SupabaseError::Waiting {
                after,
                attempts: so_far,
                ..
            })) = outcome
            {
                attempts = so_far;
                let waiting = tokio::time::sleep(after);
                self.writer.stop.or_read(waiting).await?;
                continue;
            }
            let ended = Instant::now();
            let outcome =
                outcome.map(|it| it.map_err(|error| Failure::after(ended - begun, error)));
            return Ok(Attempted {
                batch,
                left,
                needless,
                outcome,
                begun,
                ended,
            });
        }
    }

    /// Rows that are as they were, and those that are not.
    pub(super) async fn look_again(
        &self,
        batch: Batch<'r, T>,
        why: Why,
    ) -> Result<(Batch<'r, T>, Left), SyncError> {
        let again = (self.again)(&batch, why);
        let again = self.writer.stop.or_read(again).await?;
        let again = again.during("reading rows again")?;
        let (mut still_there, mut left) = (Vec::with_capacity(batch.len()), Left::new());
        for (row, now) in batch.into_iter().zip(again) {
            match now {
                Now::AsRead => still_there.push(row),
                Now::Changed | Now::Gone | Now::StudentDeleted => left.push((row.record, now)),
            }
        }
        Ok((still_there, left))
    }

    /// Writes these rows, without the columns that the database turns out not to take. Counts and leaves out the rows that
    /// differ in nothing else; `None` if no other is left.
    async fn write(
        &self,
        batch: &mut Batch<'r, T>,
        needless: &mut usize,
        attempts: Attempts,
    ) -> Result<Option<Result<Saved<R>, SupabaseError>>, SyncError> {
        let columns = self.writer.columns;
        let persistence = if self.is_searching && (batch.len() > 1 || self.passed.is_some()) {
            Persistence::Brief
        } else {
            Persistence::Stepwise(attempts)
        };
        loop {
            let not_written = columns.not_written(self.table.target.name);
            let known = batch.len();
            batch.retain(|pending| !pending.row.differs_only_in(&not_written));
            *needless += known - batch.len();
            if batch.is_empty() {
                return Ok(None);
            }
            let rows = body(batch.iter().map(|pending| &pending.row), &not_written);
            let outcome = (self.write)(rows, persistence);
            let outcome = self.writer.stop.or_write(outcome).await?;
            if !columns.is_worth_rewriting(&outcome) {
                return Ok(Some(outcome));
            }
        }
    }

    /// Books what an attempt left and cost. What it sent, and how that ended.
    pub(super) fn note(&mut self, attempted: Attempted<'r, T, R>) -> Option<Sent<'r, T, R>> {
        let Attempted {
            batch,
            left,
            needless,
            outcome,
            begun,
            ended,
        } = attempted;
        self.leave(&left);
        if needless > 0 {
            self.written.already_stored += needless as u64;
            self.writer.report(needless);
        }
        let outcome = outcome?;
        if let Err(Failure { error, fault }) = &outcome {
            self.failures.add();
            self.wait(*fault, begun, ended);
            if matches!(error, SupabaseError::KeptFailing(_)) {
                // It may have written them all the same.
                let records = batch.iter().map(|pending| pending.record);
                self.written.repeated.extend(records);
            }
        }
        let took = ended - begun;
        Some(Sent {
            batch,
            outcome,
            took,
        })
    }

    /// An outage that ends is waited out at no cost: only once a row is looked for does waiting count.
    fn wait(&self, fault: Fault, begun: Instant, ended: Instant) {
        let is_unknown = matches!(fault, Fault::Unknown | Fault::UnknownAndSlow);
        if fault == Fault::OfItsTime || (is_unknown && self.is_searching) {
            self.writer.waited.add(begun, ended);
        }
    }

    /// Books rows that are left as others have made them.
    pub(super) fn leave(&mut self, left: &[(KnackRecordId, Now)]) {
        for (record, now) in left {
            self.written.leave(*record, *now);
        }
        if !left.is_empty() {
            self.writer.report(left.len());
        }
    }
}
