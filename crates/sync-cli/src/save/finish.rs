//! The end of a phase in which so many writes failed that the rest is not looked at row by row: a sample shows how many of the
//! others are bad, and they are tried in few batches. Those that do not pass are named, and the next run tries again.

use supabase_client::{Persistence, SupabaseError};

use super::attempted::Sent;
use super::batch::Writing;
use super::fault::{Failure, Fault};
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::Row;
use super::waiting::{Batch, in_batches};
use crate::error::{During, SyncError};

/// Rows sent alone to estimate how many are bad.
const SAMPLE: usize = 32;

/// Batches sent for all others.
const MOST_BATCHES: usize = 64;

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    pub(super) async fn finish(&mut self) -> Result<(), SyncError> {
        let doubts = self.doubts.take();
        for doubt in doubts.into_iter().chain(std::mem::take(&mut self.locked)) {
            self.hold_choked(doubt)?;
        }
        let alone = std::mem::take(&mut self.alone);
        if !alone.is_empty() {
            self.waiting.push(alone);
        }
        self.settle_accused().await?;
        let (mut sampled, mut bad) = (0, 0);
        for row in self.waiting.spread(SAMPLE) {
            if self.writer.waited.is_far_too_long() {
                break;
            }
            self.waiting.take(row);
            sampled += 1;
            bad += usize::from(!self.try_once(vec![row]).await?);
        }
        let rest = self.waiting.take_first(usize::MAX);
        let more = (rest.len() * bad).checked_div(sampled).unwrap_or(0);
        if let Some(refusal) = self.table.tally.failure_with(more) {
            let table = self.table.target.name;
            return Err(SyncError::TableRefused { table, refusal });
        }
        let likely_to_pass = sampled.checked_div(bad).unwrap_or(usize::MAX);
        let few_enough = rest.len().div_ceil(MOST_BATCHES);
        let mut batches = in_batches(&rest, few_enough.clamp(1, likely_to_pass.max(1)));
        // Not always the same ones, so that each run gets further.
        fastrand::shuffle(&mut batches);
        for (number, batch) in batches.into_iter().enumerate() {
            if number < MOST_BATCHES && !self.writer.waited.is_far_too_long() {
                self.try_once(batch).await?;
            } else {
                self.give_up_all(&batch);
            }
        }
        self.doubt_the_table().await
    }

    /// Whether these rows pass; those that do not are not cut any more.
    async fn try_once(&mut self, batch: Batch<'r, T>) -> Result<bool, SyncError> {
        let attempted = self.attempt(batch).await?;
        let Some(Sent {
            batch,
            outcome,
            took,
        }) = self.note(attempted)
        else {
            return Ok(true);
        };
        let Failure { error, fault } = match outcome {
            Ok(saved) => {
                self.book(&batch, saved, took);
                return Ok(true);
            }
            Err(failure) => failure,
        };
        match (fault, &batch[..]) {
            (Fault::OfTheCall, _) => return Err(error).during(self.doing),
            (Fault::OfARow | Fault::OfItsBytes | Fault::OfTheSchema, [row]) => {
                self.refuse(row, &error);
                self.judge().await?;
            }
            (Fault::OfItsTime | Fault::Unknown | Fault::UnknownAndSlow, _) => {
                self.hold_all(&batch, error)?;
            }
            (Fault::OfARow | Fault::OfItsBytes | Fault::OfTheSchema, _) => {
                self.give_up_all(&batch);
            }
        }
        Ok(false)
    }

    pub(super) fn give_up_all(&mut self, batch: &[&'r Pending<T>]) {
        tracing::warn!(
            rows = batch.len(),
            "too many writes failed to try these rows one by one while {}",
            self.doing
        );
        for row in batch {
            self.give_up(row);
        }
    }
}
