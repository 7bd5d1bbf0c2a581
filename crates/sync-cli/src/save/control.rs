//! What is written not to save rows but to learn about the table: single rows from everywhere, and a row that is known to
//! be good.

use serde::Serialize;
use supabase_client::SupabaseError;

use super::batch::{Fault, Writing, fault};
use super::pending::Saved;
use super::rows::body;
use super::tally::{ENOUGH_STUDENTS, Verdict};
use crate::error::{During, SyncError};

impl<T: Serialize, R, Write> Writing<'_, '_, '_, T, R, Write>
where
    Write: AsyncFn(String) -> Result<Saved<R>, SupabaseError>,
{
    /// Where perhaps all rows are refused, a few from everywhere say so sooner than halves do; that bad rows may lie
    /// together is why they are from everywhere.
    pub(super) fn probe(&mut self) {
        if !self.has_probed && self.table.tally.is_unproven() {
            let probes = self.waiting.spread(ENOUGH_STUDENTS);
            if probes.len() >= ENOUGH_STUDENTS {
                self.has_probed = true;
                self.probes = probes;
            }
        }
    }

    /// Whether single rows from everywhere are still to be sent; they are chosen once a phase.
    fn has_rows_to_probe(&mut self) -> bool {
        if !self.has_probed {
            self.has_probed = true;
            self.probes = self.waiting.spread(ENOUGH_STUDENTS);
        }
        !self.probes.is_empty()
    }

    /// Ends the run if the table refuses this school's rows.
    pub(super) async fn judge(&mut self) -> Result<(), SyncError> {
        let refusal = match self.table.tally.verdict() {
            Verdict::Fine => return Ok(()),
            Verdict::Failed(refusal) => refusal,
            Verdict::AskControl(refusal) => {
                let control = self.table.write_control();
                match self.writer.stop.or_write(control).await? {
                    Some(Ok(())) => {
                        self.table.tally.pass_control();
                        return Ok(());
                    }
                    Some(Err(error)) if fault(&error) != Fault::OfARow => {
                        return Err(error).during(self.doing);
                    }
                    Some(Err(_)) | None => refusal,
                }
            }
        };
        let table = self.table.target.name;
        Err(SyncError::TableRefused { table, refusal })
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
        let control = async {
            if let Some(outcome) = self.table.write_control().await {
                return Some(outcome);
            }
            let again = body([&self.passed?.row]);
            Some((self.write)(again).await.map(drop))
        };
        let outcome = match self.writer.stop.or_write(control).await? {
            Some(outcome) => outcome,
            // No row is known to be good: perhaps one of those that wait is.
            None if self.has_rows_to_probe() => return Ok(()),
            None => self.doubts.last_error().map_or(Ok(()), Err),
        };
        outcome.during(self.doing)?;
        self.settle_doubts().await
    }
}
