//! Ends a run, however it went: closes its log row, and reports what it changed if that was asked for.

use dashboard::sync_logs::Status;
use sync_protocol::{Phase, WarningCode};

use super::{LOG_PATIENCE, Refresh, Run};
use crate::error::SyncError;
use crate::findings::Findings;
use crate::stop::Reason;

impl Run<'_> {
    /// Closes the log row, if there is one. A failure is one more warning for the summary.
    pub(super) async fn close_log(&mut self, outcome: &Result<(), SyncError>) {
        let Some(log) = self.log.take() else { return };
        self.phase(Phase::Finishing);
        let status = match outcome {
            Ok(()) => Status::Completed,
            Err(SyncError::Stopped(Reason::Cancelled(_))) => Status::Cancelled,
            Err(_) => Status::Failed,
        };
        let summary = self.refresh.summary(&self.ledger, outcome);
        let Refresh { supabase, stop, .. } = self.refresh;
        let end = log.end(supabase, status, &summary, LOG_PATIENCE);
        match stop.or_last(end).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log_not_written(&error, &mut self.ledger.findings),
            Err(_stopped) => log_not_written(&"there was no time left", &mut self.ledger.findings),
        }
    }

    /// Takes over whose rows were changed into the ledger.
    pub(super) fn report_changes(&mut self) {
        let Some(changed) = &self.changed else { return };
        let report = changed.report(self.refresh.request.changes.values());
        self.ledger.changed_records = Some(report);
    }
}

fn log_not_written(error: &dyn std::fmt::Display, findings: &mut Findings) {
    tracing::warn!(%error, "the run could not be written to sync_logs");
    findings.warn_run(WarningCode::LogNotWritten);
}
