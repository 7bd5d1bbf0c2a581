//! Writes that are not meant to save rows but to learn about the table: single rows from all over, and a row that is
//! known to be good.

use supabase_client::{Persistence, SupabaseError};

use super::batch::Writing;
use super::doubts::Doubt;
use super::fault::{Fault, fault};
use super::pending::{Pending, Saved};
use super::reread::{Now, Why};
use super::rows::{Row, body};
use super::tally::ENOUGH_STUDENTS;
use super::waiting::Batch;
use crate::error::{During, Refusal, SyncError};

/// If half of the rows were good, not to meet one among so many would happen once in sixteen million times.
const MOST_PROBES: usize = 24;

impl<'r, T: Row, R, Write, Again> Writing<'_, '_, 'r, T, R, Write, Again>
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
        if failure.is_none() {
            failure = self.judge_by_probes().await?;
        }
        let table = self.table.target.name;
        match failure {
            Some(refusal) => Err(SyncError::TableRefused { table, refusal }),
            None => Ok(()),
        }
    }

    /// No probe passed. The table refuses this school's rows if those that wait, which are hardly better, are most of them together
    /// with those refused, or if nothing shows that it takes any.
    async fn judge_by_probes(&mut self) -> Result<Option<Refusal>, SyncError> {
        if !self.does_no_probe_pass() {
            return Ok(None);
        }
        let tally = &self.table.tally;
        let waiting = self.waiting.spread(usize::MAX);
        let others = waiting.iter().filter(|row| !tally.is_refused(row.record));
        if let Some(refusal) = tally.failure_with(others.count()) {
            return Ok(Some(refusal));
        }
        self.doubt_the_table().await?;
        let takes_rows = self.table.takes_rows();
        let suspicion = self.table.tally.suspicion(ENOUGH_STUDENTS);
        Ok(suspicion.filter(|_| !takes_rows))
    }

    /// Whether no probe passed, nor anything else of this phase, and many students were refused for one reason.
    pub(super) fn does_no_probe_pass(&self) -> bool {
        self.probed > 0
            && self.probes.is_empty()
            && self.passed.is_none()
            && self.table.tally.suspicion(ENOUGH_STUDENTS).is_some()
    }

    /// No probe passed, though the table takes other rows: these are of a kind that it refuses. Some more are tried, others on each
    /// run. If one passes, all are looked at; if none does, the rest is named.
    pub(super) async fn try_few_more(&mut self) -> Result<(), SyncError> {
        self.judge().await?;
        let mut some = self.waiting.spread(usize::MAX);
        fastrand::shuffle(&mut some);
        for row in some.into_iter().take(MOST_PROBES) {
            self.waiting.take(row);
            let attempted = self.attempt(vec![row]).await?;
            self.settle(attempted).await?;
            if self.passed.is_some() {
                return Ok(());
            }
        }
        let rest = self.waiting.take_first(usize::MAX);
        if !rest.is_empty() {
            self.give_up_all(&rest);
        }
        Ok(())
    }

    /// Finds out whether the table takes rows, if many were refused and nothing shows it.
    pub(super) async fn doubt_the_table(&mut self) -> Result<(), SyncError> {
        let stop = self.writer.stop;
        let trying = self.table.try_stored_if_doubtful();
        Ok(stop.or_write(trying).await?)
    }

    /// Rows with a failure that is the call's unless others pass. A stored row tells, or rows from all over.
    pub(super) async fn accuse(
        &mut self,
        batch: Batch<'r, T>,
        error: SupabaseError,
    ) -> Result<(), SyncError> {
        if self.passed.is_none() && !self.takes_schema {
            match self.is_known_to_take_any().await? {
                Some(true) => self.takes_schema = true,
                Some(false) => return Err(error).during(self.doing),
                None => {}
            }
        }
        let is_sure = self.passed.is_some() || self.takes_schema;
        match &batch[..] {
            [row] if is_sure => {
                self.refuse(row, &error);
                self.judge().await
            }
            [row] => {
                let row = *row;
                self.accused.push(Doubt { row, error });
                let nothing_waits = self.probes.is_empty() && self.waiting.is_empty();
                let is_last = nothing_waits && self.table.tally.refused_rows().is_empty();
                if self.accused.len() >= ENOUGH_STUDENTS || is_last {
                    let accused = self.accused.pop();
                    return accused.map_or(Ok(()), |doubt| Err(doubt.error).during(self.doing));
                }
                Ok(())
            }
            _ => {
                self.waiting.push_halves(batch);
                self.probe();
                Ok(())
            }
        }
    }

    /// A write passed, or other rows are refused for reasons of their own, so these failures are the rows' too.
    pub(super) async fn settle_accused(&mut self) -> Result<(), SyncError> {
        for doubt in std::mem::take(&mut self.accused) {
            self.refuse(doubt.row, &doubt.error);
            self.judge().await?;
        }
        Ok(())
    }

    /// A write passed, which says something of the rows in doubt.
    pub(super) fn settle_doubts(&mut self) -> Result<(), SyncError> {
        let settled = self.doubts.settle();
        for row in settled.once_more {
            self.waiting.push(vec![row]);
        }
        for doubt in settled.refused {
            self.hold_choked(doubt)?;
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
        self.settle_doubts()
    }

    /// Whether a stored row shows that the table takes any. It says nothing where it is itself refused or held.
    pub(super) async fn is_known_to_take_any(&self) -> Result<Option<bool>, SyncError> {
        let control = self
            .writer
            .stop
            .or_write(self.table.write_control())
            .await?;
        Ok(control
            .filter(says_whether_any_passes)
            .map(|outcome| outcome.is_ok()))
    }

    /// Writes a row again that is known to be good, if one is: whether the table takes any.
    pub(super) async fn control(&self) -> Result<Option<Result<(), SupabaseError>>, SyncError> {
        let control = async {
            if let Some(outcome) = self.table.write_control().await {
                return Some(outcome);
            }
            let missing = self.writer.columns.not_written(self.table.target.name);
            let again = body([&self.passed?.row], &missing);
            Some((self.write)(again, Persistence::Patient).await.map(drop))
        };
        Ok(self.writer.stop.or_write(control).await?)
    }
}

/// A control row that is itself refused or held by somebody says nothing.
pub(super) fn says_whether_any_passes(outcome: &Result<(), SupabaseError>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => match fault(error) {
            Fault::OfTheCall | Fault::OfTheSchema | Fault::Unknown | Fault::UnknownAndSlow => true,
            Fault::OfARow | Fault::OfItsBytes | Fault::OfItsTime => false,
        },
    }
}
