//! Rows that take too long, which somebody has perhaps locked, or at which something on the way hangs: they are sent alone and
//! side by side, so that many such waits take as long as a few, and once more at the end. How long is waited in all is decided in
//! effort.rs.

use futures_util::stream::{FuturesUnordered, StreamExt};
use supabase_client::{Persistence, SupabaseError};

use super::attempted::Attempted;
use super::batch::Writing;
use super::control::says_whether_any_passes;
use super::effort::{MOST_ALONE, Waited};
use super::fault::{Failure, Fault, fault};
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::Row;
use super::tally::ENOUGH_STUDENTS;
use super::waiting::Batch;
use crate::error::{During, SyncError};

/// Each may hold one of the ten or so connections that PostgREST has to the database.
const SIDE_BY_SIDE: usize = 6;

/// The first batch that meets a lock is cut even if it is smaller: by the time that the row is alone, it may have been let go of.
const WORTH_TENTHS: usize = 20;

/// So many batches that take too long show that such rows lie all over.
const MANY_SLOW_BATCHES: usize = 3;

/// At most so many rows of all batches are sent alone at once.
const MOST_ALONE_AT_ONCE: usize = 500;

/// The results of rows sent side by side.
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
    /// Cuts a batch that took too long.
    pub(super) async fn cut_slow(
        &mut self,
        batch: Batch<'r, T>,
        failure: Failure,
    ) -> Result<(), SyncError> {
        self.slow_batches += 1;
        self.expect_no_outage(failure.fault).await?;
        let lie_all_over = self.slow_batches >= MANY_SLOW_BATCHES;
        let most = match failure.fault {
            _ if lie_all_over => MOST_ALONE_AT_ONCE,
            Fault::OfItsTime if self.slow_batches == 1 => WORTH_TENTHS,
            _ => MOST_ALONE,
        };
        if batch.len() > most {
            self.waiting.push_tenths(&batch, MOST_ALONE);
            return Ok(());
        }
        let does_none_pass = self.passed.is_none();
        if does_none_pass && self.is_known_to_take_any().await? == Some(false) {
            return Err(failure.error).during(self.doing);
        }
        self.alone.extend(batch);
        if does_none_pass || lie_all_over {
            let room = MOST_ALONE_AT_ONCE.saturating_sub(self.alone.len());
            self.alone.extend(self.waiting.take_first(room));
        }
        Ok(())
    }

    /// What nobody knows may be an outage that has just begun: then a row that was saved before fails as well, and no row is called
    /// refused.
    async fn expect_no_outage(&self, fault: Fault) -> Result<(), SyncError> {
        if matches!(fault, Fault::Unknown | Fault::UnknownAndSlow)
            && let Some(outcome) = self.control().await?.filter(says_whether_any_passes)
        {
            outcome.during(self.doing)?;
        }
        Ok(())
    }

    /// Sends rows alone that were part of slow batches.
    pub(super) async fn try_alone(&mut self) -> Result<(), SyncError> {
        let rows = std::mem::take(&mut self.alone);
        let Round { attempted, untried } = self.side_by_side(rows, Waited::is_far_too_long).await;
        for attempted in attempted {
            self.settle(attempted?).await?;
        }
        self.expect_any_to_pass().await?;
        if let (Some(doubt), false) = (self.locked.first(), untried.is_empty()) {
            self.expect_no_outage(fault(&doubt.error)).await?;
        }
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
        let Round { attempted, untried } = self.side_by_side(rows, Waited::is_too_long).await;
        for attempted in attempted {
            self.settle(attempted?).await?;
        }
        let still_locked = std::mem::take(&mut self.locked);
        if let Some(doubt) = still_locked.first() {
            self.expect_no_outage(fault(&doubt.error)).await?;
        }
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

    /// Sends single rows from all over, until waiting for those that fail took too long.
    async fn side_by_side(
        &self,
        rows: Batch<'r, T>,
        took_too_long: fn(&Waited) -> bool,
    ) -> Round<'r, T, R> {
        let mut queue = interleaved(&rows).into_iter();
        let mut running = FuturesUnordered::new();
        let mut attempted: Vec<Result<Attempted<'r, T, R>, SyncError>> = Vec::new();
        let (mut slow, mut has_any_passed) = (0, self.passed.is_some());
        loop {
            let is_pointless = !has_any_passed && slow >= ENOUGH_STUDENTS;
            while running.len() < SIDE_BY_SIDE
                && !is_pointless
                && !took_too_long(&self.writer.waited)
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
