//! Rows that take too long, which somebody has perhaps locked: they are sent alone and side by side, so that many such waits
//! take as long as a few, and once more at the end. How long is waited in all is decided in effort.rs.

use futures_util::stream::{FuturesUnordered, StreamExt};
use supabase_client::{Persistence, SupabaseError};

use super::attempted::Attempted;
use super::batch::Writing;
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::Row;
use super::tally::ENOUGH_STUDENTS;
use super::waiting::Batch;
use crate::error::{During, SyncError};

/// Each may hold one of the ten or so connections that PostgREST has to the database.
const SIDE_BY_SIDE: usize = 6;

/// Fewer rows are not cut into tenths but sent alone.
const WORTH_TENTHS: usize = 20;

/// So many batches that take too long show that such rows lie all over.
const MANY_SLOW_BATCHES: usize = 3;

/// At most so many rows are sent alone at once.
const MOST_ALONE: usize = 500;

/// What came of rows sent side by side.
struct Round<'r, T, R> {
    attempted: Vec<Result<Attempted<'r, T, R>, SyncError>>,
    /// There was no time for these.
    untried: Batch<'r, T>,
}

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    /// Cuts a batch that took too long. `is_one_of_them` says that as many rows have passed, so that it is one of these that is
    /// slow.
    pub(super) async fn cut_slow(
        &mut self,
        batch: Batch<'r, T>,
        error: SupabaseError,
        is_one_of_them: bool,
    ) -> Result<(), SyncError> {
        self.slow_batches += 1;
        if self.slow_batches == 1 && !is_one_of_them && batch.len() >= WORTH_TENTHS {
            self.waiting.push_tenths(&batch);
            return Ok(());
        }
        let does_none_pass = self.passed.is_none();
        if does_none_pass && self.is_known_to_take_any().await? == Some(false) {
            return Err(error).during(self.doing);
        }
        self.alone.extend(batch);
        if does_none_pass || self.slow_batches >= MANY_SLOW_BATCHES {
            let room = MOST_ALONE.saturating_sub(self.alone.len());
            self.alone.extend(self.waiting.take_first(room));
        }
        Ok(())
    }

    /// Sends rows alone that were part of slow batches.
    pub(super) async fn try_alone(&mut self) -> Result<(), SyncError> {
        let rows = std::mem::take(&mut self.alone);
        let Round { attempted, untried } = self.side_by_side(rows).await;
        for attempted in attempted {
            self.settle(attempted?).await?;
        }
        self.expect_any_to_pass().await?;
        for row in untried {
            tracing::warn!(record = %row.record, "there was no time left to send a row alone while {}", self.doing);
            self.hold(row);
        }
        self.expect_few_locked()
    }

    /// Each row once more: whoever had locked it may have let go.
    pub(super) async fn try_locked_again(&mut self) -> Result<(), SyncError> {
        self.expect_any_to_pass().await?;
        self.expect_few_locked()?;
        let locked = std::mem::take(&mut self.locked);
        let rows = locked.iter().map(|doubt| doubt.row).collect();
        let Round { attempted, untried } = self.side_by_side(rows).await;
        for attempted in attempted {
            self.settle(attempted?).await?;
        }
        let still_locked = std::mem::take(&mut self.locked);
        for row in still_locked.iter().map(|doubt| doubt.row).chain(untried) {
            tracing::warn!(record = %row.record, "a row took too long while {}", self.doing);
            self.hold(row);
        }
        self.last_outage = still_locked
            .into_iter()
            .chain(locked)
            .next()
            .map(|doubt| doubt.error);
        self.expect_few_locked()
    }

    /// Where rows are slow and none has passed, it is not these rows.
    async fn expect_any_to_pass(&mut self) -> Result<(), SyncError> {
        if self.passed.is_none()
            && !self.locked.is_empty()
            && self.is_known_to_take_any().await? != Some(true)
            && let Some(doubt) = self.locked.pop()
        {
            return Err(doubt.error).during(self.doing);
        }
        Ok(())
    }

    /// Where most rows are locked, it is an outage and not a list of rows.
    fn expect_few_locked(&mut self) -> Result<(), SyncError> {
        let mut locked = self.held.clone();
        locked.extend(self.locked.iter().map(|doubt| doubt.row.record));
        if locked.len() < ENOUGH_STUDENTS || locked.len() <= self.students / 2 {
            return Ok(());
        }
        let last = self.locked.pop().map(|doubt| doubt.error);
        match last.or_else(|| self.last_outage.take()) {
            Some(error) => Err(error).during(self.doing),
            None => Ok(()),
        }
    }

    /// Sends single rows from all over, until there is no time left to wait for those that fail.
    async fn side_by_side(&self, rows: Batch<'r, T>) -> Round<'r, T, R> {
        let mut queue = interleaved(&rows).into_iter();
        let mut running = FuturesUnordered::new();
        let mut attempted: Vec<Result<Attempted<'r, T, R>, SyncError>> = Vec::new();
        let (mut slow, mut has_any_passed) = (0, self.passed.is_some());
        loop {
            let is_pointless = !has_any_passed && slow >= ENOUGH_STUDENTS;
            while running.len() < SIDE_BY_SIDE
                && !is_pointless
                && !self.writer.waited.is_too_long()
                && let Some(row) = queue.next()
            {
                running.push(self.attempt(vec![row]));
            }
            let Some(one) = running.next().await else {
                break;
            };
            if let Ok(one) = &one {
                match one.slow_since() {
                    Some((begun, ended)) => {
                        slow += 1;
                        self.writer.waited.add(begun, ended);
                    }
                    None => has_any_passed |= one.has_passed(),
                }
            }
            attempted.push(one);
        }
        let untried = queue.collect();
        Round { attempted, untried }
    }
}

/// In an order in which neighbours are far apart: bad rows may lie together.
fn interleaved<'r, T>(rows: &[&'r Pending<T>]) -> Batch<'r, T> {
    let starts = 0..SIDE_BY_SIDE;
    starts
        .flat_map(|start| rows.iter().skip(start).step_by(SIDE_BY_SIDE).copied())
        .collect()
}
