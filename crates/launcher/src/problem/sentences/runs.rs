//! Sentences about refreshes and questions that did not start or did not finish.

use sync_protocol::in_words;

use super::timing::SHUTDOWN_SECONDS;
use crate::problem::{Code, Problem};

/// When a refresh that took too long may be quicker.
const TIMEOUT_SECONDS: u64 = 30;
/// When a refresh that crashed may be started again, unless the cooldown after a failure was set to longer.
const CRASH_SECONDS: u64 = 30;

/// When a school is free whose launcher has gone.
const GONE_SECONDS: u64 = 1;
/// When launchers may agree again.
const LEASE_SECONDS: u64 = 30;

impl Problem {
    pub(crate) fn explanation_timed_out() -> Self {
        Self::later(
            Code::Deadline,
            TIMEOUT_SECONDS,
            format!(
                "Finding the answer took too long, so the search was stopped. Nothing was changed. Try again in {}.",
                in_words(TIMEOUT_SECONDS)
            ),
        )
    }

    pub(crate) fn explanation_unusable() -> Self {
        Self::new(
            Code::BadCliOutput,
            "The refresh program gave no answer that could be verified. Nothing was changed. Tell your administrator; the log has the details.",
        )
    }

    /// The refresh's program cannot be started.
    pub(crate) fn of_start(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            Self::program_missing()
        } else {
            Self::program_does_not_start()
        }
    }

    pub(crate) fn program_missing() -> Self {
        Self::new(
            Code::CliUnavailable,
            "The refresh program is missing. Nothing was changed. Tell your administrator to check LAUNCHER_CLI.",
        )
    }

    pub(crate) fn program_does_not_start() -> Self {
        Self::new(
            Code::CliUnavailable,
            "The refresh program cannot be started. Nothing was changed. Tell your administrator to check LAUNCHER_CLI.",
        )
    }

    pub(crate) fn cancelled_before_its_start() -> Self {
        Self::new(
            Code::Cancelled,
            "The refresh was cancelled before it started. Nothing was changed.",
        )
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(
            Code::Cancelled,
            "The refresh was cancelled. Rows already saved are kept; the next successful refresh saves the rest.",
        )
    }

    pub(crate) fn stopped_by_shutdown() -> Self {
        Self::later(
            Code::ShuttingDown,
            SHUTDOWN_SECONDS,
            format!(
                "The service is shutting down, so the refresh was stopped. Rows already saved are kept. Try again in {}.",
                in_words(SHUTDOWN_SECONDS)
            ),
        )
    }

    /// The launcher that carried the run out has let its lease run out.
    pub(crate) fn launcher_gone() -> Self {
        Self::later(
            Code::SyncCrashed,
            GONE_SECONDS,
            format!(
                "The service that ran this refresh ended before it could say how the refresh did. Rows it had saved are kept. Refreshing again is safe and saves the rest: start it in {}.",
                in_words(GONE_SECONDS)
            ),
        )
    }

    /// The launcher cannot prove any longer that the run is its own.
    pub(crate) fn out_of_lease() -> Self {
        Self::later(
            Code::CoordinatorUnavailable,
            LEASE_SECONDS,
            format!(
                "The service could no longer be sure that nobody else refreshes this school, so the refresh was stopped. Rows already saved are kept. Refresh again in {} to save the rest.",
                in_words(LEASE_SECONDS)
            ),
        )
    }

    pub(crate) fn timed_out() -> Self {
        Self::later(
            Code::Deadline,
            TIMEOUT_SECONDS,
            format!(
                "The refresh took too long and was stopped. Rows already saved are kept. Refresh again in {} to save the rest.",
                in_words(TIMEOUT_SECONDS)
            ),
        )
    }

    /// Whatever ended it may be over.
    pub(crate) fn crashed() -> Self {
        Self::crash("The refresh ended unexpectedly")
    }

    /// Nobody here has killed it.
    pub(crate) fn killed() -> Self {
        Self::crash(
            "The refresh was killed by the system, perhaps because the machine has too little memory",
        )
    }

    fn crash(what: &str) -> Self {
        Self::later(
            Code::SyncCrashed,
            CRASH_SECONDS,
            format!(
                "{what}. Rows already saved are kept. Refresh again in {} to save the rest. If that happens again, tell your administrator; the log has the details.",
                in_words(CRASH_SECONDS)
            ),
        )
    }

    pub(crate) fn result_unusable() -> Self {
        Self::new(
            Code::BadCliOutput,
            "The refresh finished, but its result could not be verified, so its figures are not shown. Rows already saved are kept. Tell your administrator; the log has the details.",
        )
    }

    pub(crate) fn bug() -> Self {
        Self::new(
            Code::Internal,
            "The refresh failed because of a bug. Rows already saved are kept. Tell your administrator; the log has the details.",
        )
    }
}
