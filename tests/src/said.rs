//! What a summary says.

use sandbox::proxy::Seen;
use sync_protocol::{ErrorCode, Failure, KnackRecordId, Summary, Warning, WarningCode};

use crate::{Run, Stage};

/// Asserts that a message is something to show to a person.
#[track_caller]
pub fn assert_is_a_sentence(message: &str) {
    let begins_well = message
        .chars()
        .next()
        .is_some_and(|first| !first.is_lowercase() && !first.is_whitespace());
    let is_one_line = !message.chars().any(char::is_control);
    let is_short = message.chars().count() <= 600;
    assert!(
        begins_well
            && is_one_line
            && is_short
            && message.ends_with('.')
            && !message.contains(".. "),
        "{message}"
    );
}

/// The records whose rows the database refused, as the summary names them.
pub fn refused(summary: &Summary) -> Vec<&str> {
    let rows = warning(summary, WarningCode::RowRefused);
    let records = rows.iter().flat_map(|rows| &rows.record_ids);
    records.map(KnackRecordId::as_str).collect()
}

/// The warning of that kind, if there is one.
pub fn warning(summary: &Summary, code: WarningCode) -> Option<&Warning> {
    summary.warnings.iter().find(|warning| warning.code == code)
}

impl Run {
    /// The error of a run that failed, and said so well.
    ///
    /// # Panics
    /// If it ended otherwise.
    #[track_caller]
    pub fn expect_failure(&self, exit: i32, code: ErrorCode) -> Failure {
        let summary = self.expect_code(exit);
        assert!(!summary.success && !summary.partial, "{self:?}");
        let failure = summary.error.expect("a failure has a reason");
        assert_eq!(failure.code, code, "{self:?}");
        assert_eq!(failure.retryable, matches!(exit, 6 | 8 | 124), "{self:?}");
        assert_is_a_sentence(&failure.message);
        failure
    }
}

impl Stage {
    /// Asserts that nothing but the log was, or was to be, written.
    ///
    /// # Panics
    /// If something was.
    pub async fn assert_untouched(&self) {
        assert_eq!(self.row_counts().await, [0, 0, 0]);
        let written = self.proxy.writes();
        let tables: Vec<&str> = written.iter().map(Seen::table).collect();
        assert!(
            tables.iter().all(|table| *table == "sync_logs"),
            "{tables:?}"
        );
    }

    /// Asserts that the log holds this one run, with this status and what the failure said.
    ///
    /// # Panics
    /// If it does not.
    pub async fn assert_logged(&self, status: &str, failure: &Failure) {
        let logs = self.logs().await;
        assert_eq!(logs.len(), 1, "{logs:?}");
        assert_eq!(logs[0]["status"], status);
        assert_eq!(logs[0]["error_message"], failure.message);
        assert!(logs[0]["completed_at"].is_string(), "{logs:?}");
    }
}
