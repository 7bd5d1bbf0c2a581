//! Sentences about requests at a bad time: too early, too many, or while something does not respond.

use sync_protocol::in_words;

use crate::problem::{Code, Problem};

/// When the queue may have a free place again.
const BUSY_SECONDS: u64 = 15;
/// When a question may have been answered.
const QUESTION_SECONDS: u64 = 5;
/// When the service may be back.
pub(super) const SHUTDOWN_SECONDS: u64 = 30;
/// When Redis may answer again.
const COORDINATOR_SECONDS: u64 = 10;
/// When Supabase may answer again.
const DATABASE_SECONDS: u64 = 30;

impl Problem {
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        Self::later(
            Code::TooManyRequests,
            seconds,
            format!(
                "You have made too many requests. Nothing was changed. Try again in {}.",
                in_words(seconds)
            ),
        )
    }

    pub(crate) fn too_many_streams(seconds: u64) -> Self {
        Self::later(
            Code::TooManyRequests,
            seconds,
            format!(
                "Too many event streams are open. The run is not affected. Request its state instead, or try again in {}.",
                in_words(seconds)
            ),
        )
    }

    pub(crate) fn too_many_runs() -> Self {
        Self::later(
            Code::Busy,
            BUSY_SECONDS,
            format!(
                "Too many schools are being refreshed at once. Nothing was started. Try again in {}.",
                in_words(BUSY_SECONDS)
            ),
        )
    }

    pub(crate) fn still_stopping() -> Self {
        Self::later(
            Code::Busy,
            BUSY_SECONDS,
            format!(
                "The last refresh of this school is still being stopped. Nothing was started. Try again in {}.",
                in_words(BUSY_SECONDS)
            ),
        )
    }

    pub(crate) fn cooling_down(seconds: u64) -> Self {
        Self::later(
            Code::CoolingDown,
            seconds,
            format!(
                "The last refresh of this school has only just ended. Nothing was started. The next one can start in {}.",
                in_words(seconds)
            ),
        )
    }

    pub(crate) fn cancelled_often(seconds: u64) -> Self {
        Self::later(
            Code::CoolingDown,
            seconds,
            format!(
                "Refreshes of this school were cancelled several times in a row. Nothing was started. The next one can start in {}.",
                in_words(seconds)
            ),
        )
    }

    pub(crate) fn explaining_already() -> Self {
        Self::later(
            Code::Busy,
            QUESTION_SECONDS,
            format!(
                "Other questions are still being answered. Nothing was changed. Try again in {}.",
                in_words(QUESTION_SECONDS)
            ),
        )
    }

    pub(crate) fn shutting_down() -> Self {
        Self::later(
            Code::ShuttingDown,
            SHUTDOWN_SECONDS,
            format!(
                "The service is shutting down. Nothing was changed. Try again in {}.",
                in_words(SHUTDOWN_SECONDS)
            ),
        )
    }

    /// Redis did not answer, which is in the log.
    pub(crate) fn coordinator_unreachable() -> Self {
        Self::later(
            Code::CoordinatorUnavailable,
            COORDINATOR_SECONDS,
            format!(
                "The service cannot find out at the moment who is refreshing which school. Nothing was started or stopped. Try again in {}.",
                in_words(COORDINATOR_SECONDS)
            ),
        )
    }

    /// Redis was empty a short while ago.
    pub(crate) fn coordinator_settling(seconds: u64) -> Self {
        Self::later(
            Code::CoordinatorUnavailable,
            seconds,
            format!(
                "The service has just begun to keep note of who is refreshing which school, and first waits for refreshes that began before. Nothing was started. Try again in {}.",
                in_words(seconds)
            ),
        )
    }

    /// Supabase did not answer a question of the launcher's own. Logs why.
    pub(crate) fn database_unavailable(error: impl std::fmt::Display) -> Self {
        tracing::warn!(%error, "Supabase could not be read");
        Self::later(
            Code::DashboardUnavailable,
            DATABASE_SECONDS,
            format!(
                "The dashboard's database is not responding. Nothing was changed. Try again in {}.",
                in_words(DATABASE_SECONDS)
            ),
        )
    }
}
