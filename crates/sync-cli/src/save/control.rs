//! What is written not to save rows but to learn about the table: single rows from all over, and a row that is known to be
//! good.

use serde::Serialize;
use supabase_client::{Persistence, SupabaseError};

use super::batch::Writing;
use super::fault::{Fault, fault};
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::body;
use super::tally::{ENOUGH_STUDENTS, Refusal};
use crate::error::{During, SyncError};

/// If half of the rows were good, not to meet one among so many would happen once in sixteen million times.
const MOST_PROBES: usize = 24;

impl<T: Serialize, R, Write, Again> Writing<'_, '_, '_, T, R, Write, Again>
where
    Again: AsyncFn(&[&Pending<T>], Why) -> Result<Vec<Now>, SupabaseError>,
    Write: AsyncFn(String, Persistence) -> Result<Saved<R>, SupabaseError>,
{
    /// If perhaps all rows are refused, a few from all over show it sooner than halves would; bad rows may lie together.
    pub(super) fn probe(&mut self) {
        if self.probed == 0 && self.passed.is_none() {
            let probes = self.waiting.spread(MOST_PROBES);
            if probes.len() >= ENOUGH_STUDENTS {
                self.probed = probes.len();
                self.probes = probes;
            }
        }
    }

    /// Whether single rows from all over are still to be sent; they are chosen once a phase.
    pub(super) fn has_rows_to_probe(&mut self) -> bool {
        if self.probed == 0 {
            self.probes = self.waiting.spread(ENOUGH_STUDENTS);
            self.probed = self.probes.len();
        }
        !self.probes.is_empty()
    }

    /// Ends the run if the table refuses this school's rows.
    pub(super) async fn judge(&mut self) -> Result<(), SyncError> {
        let mut failure = self.table.tally.failure();
        if failure.is_none() && self.passed.is_none() {
            failure = self.judge_by_control().await?;
            failure = failure.or_else(|| self.judge_by_probes());
        }
        let table = self.table.target.name;
        match failure {
            Some(refusal) => Err(SyncError::TableRefused { table, refusal }),
            None => Ok(()),
        }
    }

    /// Eight students were refused for one reason, and nothing passed: a stored row shows whether any would.
    async fn judge_by_control(&mut self) -> Result<Option<Refusal>, SyncError> {
        let Some(refusal) = self.table.tally.suspicion(ENOUGH_STUDENTS) else {
            return Ok(None);
        };
        if self.table.control_passed {
            return Ok(None);
        }
        let control = self.table.write_control();
        match self.writer.stop.or_write(control).await? {
            None => Ok(None),
            Some(Ok(())) => {
                self.table.control_passed = true;
                Ok(None)
            }
            Some(Err(error)) => match fault(&error) {
                Fault::OfARow => Ok(Some(refusal)),
                Fault::OfTheCall => Err(error).during(self.doing),
                // It says nothing of the table.
                Fault::OfItsBytes | Fault::OfItsTime | Fault::Unknown => Ok(None),
            },
        }
    }

    /// No probe passed, and what waits is most of the school: that stored rows can be written says nothing of new ones.
    fn judge_by_probes(&self) -> Option<Refusal> {
        let are_all_refused = self.probed > 0 && self.probes.is_empty();
        let are_most = self.table.tally.are_most(self.students);
        (are_all_refused && are_most)
            .then(|| self.table.tally.suspicion(self.probed))
            .flatten()
    }

    /// A write passed, which says something of the rows in doubt.
    pub(super) async fn settle_doubts(&mut self) -> Result<(), SyncError> {
        let settled = self.doubts.settle();
        for row in settled.once_more {
            self.waiting.push(vec![row]);
        }
        for doubt in settled.refused {
            self.refuse(doubt.row, &doubt.error);
            self.judge().await?;
        }
        Ok(())
    }

    /// Finds out whether it is an outage. If so, the run ends and no row is called refused.
    pub(super) async fn ask_about_doubts(&mut self) -> Result<(), SyncError> {
        let control = self.control().await?;
        let outcome = match control.filter(says_whether_any_passes) {
            Some(outcome) => outcome,
            // No row is known to be good: perhaps one of those that wait is.
            None if self.has_rows_to_probe() => return Ok(()),
            None => self.doubts.last_error().map_or(Ok(()), Err),
        };
        outcome.during(self.doing)?;
        self.settle_doubts().await
    }

    /// Writes a row again that is known to be good, if one is: whether the table takes any.
    pub(super) async fn control(&self) -> Result<Option<Result<(), SupabaseError>>, SyncError> {
        let control = async {
            if let Some(outcome) = self.table.write_control().await {
                return Some(outcome);
            }
            let missing = self.writer.columns.missing_of(self.table.target.name);
            let again = body([&self.passed?.row], &missing);
            Some((self.write)(again, Persistence::Patient).await.map(drop))
        };
        Ok(self.writer.stop.or_write(control).await?)
    }
}

/// A control row that is itself refused or held by somebody says nothing.
fn says_whether_any_passes(outcome: &Result<(), SupabaseError>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => matches!(fault(error), Fault::OfTheCall | Fault::Unknown),
    }
}
