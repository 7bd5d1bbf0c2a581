//! Rows that fail as in an outage although others pass. They are named, unless there are so many that it is an outage
//! after all.

use supabase_client::{Persistence, SupabaseError};

use super::batch::Writing;
use super::doubts::Doubt;
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::Row;
use crate::error::{During, SyncError};

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    /// A row that is not saved, and counts when it is judged whether this is an outage.
    pub(super) fn hold(&mut self, row: &Pending<T>) {
        self.held.insert(row.record);
        self.give_up(row);
    }

    /// A row that is not saved, of which nothing is known.
    pub(super) fn give_up(&mut self, row: &Pending<T>) {
        self.table.tally.refuse_for_now(row.record);
        self.writer.report(1);
    }

    /// Rows that failed together, and for which there is no time to look for the one whose fault it is.
    pub(super) fn hold_all(
        &mut self,
        batch: &[&'r Pending<T>],
        error: SupabaseError,
    ) -> Result<(), SyncError> {
        tracing::warn!(rows = batch.len(), %error, "there was no time left to look for the row that failed while {}", self.doing);
        for row in batch {
            self.hold(row);
        }
        self.last_outage = Some(error);
        self.expect_few_held()
    }

    /// A row with a fault that nobody knows, of which is known that others pass.
    pub(super) fn hold_choked(&mut self, doubt: Doubt<'r, T>) -> Result<(), SyncError> {
        let Doubt { row, error } = doubt;
        tracing::warn!(record = %row.record, %error, "a row failed while {} and others passed", self.doing);
        self.hold(row);
        self.last_outage = Some(error);
        self.expect_few_held()
    }

    /// If they are most of the school's, it is an outage, and the run ends.
    pub(super) fn expect_few_held(&mut self) -> Result<(), SyncError> {
        if self.table.tally.are_most(self.held.len())
            && let Some(error) = self.last_outage.take()
        {
            return Err(error).during(self.doing);
        }
        Ok(())
    }
}
