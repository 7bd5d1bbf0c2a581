//! Every sentence that the launcher itself says when it cannot serve a request or a run fails: what happened, whether data
//! changed, what to do. The sentences of a refresh's own failure are the refresh's.

use sync_protocol::in_words;

use super::{Code, Problem};

/// When the queue may have a free place again.
const BUSY_SECONDS: u64 = 15;
/// When a question may have been answered.
const QUESTION_SECONDS: u64 = 5;
/// When the service may be back.
const SHUTDOWN_SECONDS: u64 = 30;
/// When Supabase may answer again.
const DATABASE_SECONDS: u64 = 30;
/// When a refresh that took too long may be quicker.
const TIMEOUT_SECONDS: u64 = 30;
/// When a refresh that crashed may be started again, unless the cooldown after a failure was set to longer.
const CRASH_SECONDS: u64 = 30;

/// Requests that are not understood.
impl Problem {
    pub(crate) fn no_such_address() -> Self {
        Self::new(
            Code::NotFound,
            "There is nothing at this address. Check it against /openapi.json.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            Code::MethodNotAllowed,
            "This address does not accept this method. The Allow header lists those it accepts.",
        )
    }

    pub(crate) fn not_json() -> Self {
        Self::new(
            Code::NotJson,
            "The request must be JSON, with Content-Type: application/json. Nothing was started.",
        )
    }

    pub(crate) fn encoded_body() -> Self {
        Self::new(
            Code::NotJson,
            "The request's body must be sent as it is, without Content-Encoding. Nothing was started.",
        )
        .with_no_content_coding()
    }

    pub(crate) fn precondition_failed() -> Self {
        Self::new(
            Code::PreconditionFailed,
            "Nothing here has an entity tag, so If-Match cannot be fulfilled. Nothing was started or stopped. Send the request without it.",
        )
    }

    pub(crate) fn slow_body() -> Self {
        Self::new(
            Code::SlowRequest,
            "The request's body did not arrive within 5 seconds. Nothing was started. Send it again.",
        )
    }

    pub(crate) fn large_body() -> Self {
        Self::new(
            Code::TooLarge,
            "The request's body is larger than 4 KB. Nothing was started.",
        )
    }

    pub(crate) fn malformed_body() -> Self {
        Self::new(
            Code::InvalidRequest,
            r#"The request must be a JSON object like {"establishmentId":"…"}. Nothing was started."#,
        )
    }

    pub(crate) fn malformed_question() -> Self {
        Self::new(
            Code::InvalidRequest,
            r#"The request must be a JSON object like {"question":"…"} that holds the id of a record in Knack (24 hexadecimal digits) or an e-mail address. Nothing was started."#,
        )
    }

    pub(crate) fn malformed_school_id() -> Self {
        Self::new(
            Code::InvalidEstablishmentId,
            "The establishment id must be a Knack record id (24 hexadecimal digits) or a Supabase UUID. Nothing was started.",
        )
    }

    pub(crate) fn no_such_run() -> Self {
        Self::new(
            Code::UnknownRun,
            "There is no such run. Runs are kept for an hour after they end.",
        )
    }
}

/// Changes that are not there.
impl Problem {
    pub(crate) fn no_changes() -> Self {
        Self::new(
            Code::UnknownRun,
            "There are no changes of this run to show. They are kept for 24 hours after a run has ended, and not beyond a restart of the launcher. The data itself is not affected. Refresh the school to see what has changed since.",
        )
    }
}

/// Callers without access.
impl Problem {
    /// The same words whatever was wrong, so that nothing can be learnt from them.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "A valid access token is required. Nothing was started. Sign in again, or ask your administrator for a token.",
        )
    }

    pub(crate) fn invalid_token() -> Self {
        Self::unauthenticated().with_invalid_token()
    }

    pub(crate) fn not_from_this_machine() -> Self {
        Self::new(
            Code::Unauthenticated,
            "Access control is off, so only pages and tools on this machine may call, and not through a proxy. Nothing was started. To allow others, ask your administrator to set LAUNCHER_AUTH.",
        )
    }

    pub(crate) fn metrics_for_this_machine() -> Self {
        Self::new(
            Code::Unauthenticated,
            "The metrics can be read only by tools on this machine, and not through a proxy. To allow others, ask your administrator to set LAUNCHER_METRICS_TOKEN or LAUNCHER_METRICS_BIND.",
        )
    }

    pub(crate) fn metrics_need_a_token() -> Self {
        Self::new(
            Code::Unauthenticated,
            "The metrics can be read only with LAUNCHER_METRICS_TOKEN as the bearer token.",
        )
    }

    pub(crate) fn invalid_metrics_token() -> Self {
        Self::metrics_need_a_token().with_invalid_token()
    }

    pub(crate) fn unknown_user() -> Self {
        Self::new(
            Code::NotAllowed,
            "The user named in X-User-Email is not known as staff. Nothing was started. Check the e-mail address.",
        )
    }

    pub(crate) fn no_access_to_school() -> Self {
        Self::new(
            Code::NotAllowed,
            "You don't have access to this school. Nothing was started. Ask your administrator to make you a staff admin of this school.",
        )
    }

    pub(crate) fn no_such_school() -> Self {
        Self::new(
            Code::EstablishmentNotFound,
            "The dashboard has no school with this id. Nothing was started. Check the id, or whether the nightly sync has copied the school yet.",
        )
    }

    /// The same words for a school of others and for one that does not exist.
    pub(crate) fn no_school_to_show() -> Self {
        Self::new(
            Code::EstablishmentNotFound,
            "There is no such school, or you don't have access to it. Nothing was started. Check the id, or ask your administrator to make you a staff admin of this school.",
        )
    }

    pub(crate) fn access_unchecked(seconds: u64) -> Self {
        Self::later(
            Code::AuthUnavailable,
            seconds,
            format!(
                "Your access could not be checked with Knack. Nothing was started. Try again in {}.",
                in_words(seconds)
            ),
        )
    }
}

/// Requests that come at a bad time.
impl Problem {
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        Self::later(
            Code::TooManyRequests,
            seconds,
            format!(
                "You have made too many requests. Nothing was started. Try again in {}.",
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
                "Another question about this school, or about several others, is being answered. Nothing was started. Try again in {}.",
                in_words(QUESTION_SECONDS)
            ),
        )
    }

    pub(crate) fn shutting_down() -> Self {
        Self::later(
            Code::ShuttingDown,
            SHUTDOWN_SECONDS,
            format!(
                "The service is shutting down. Nothing was started. Try again in {}.",
                in_words(SHUTDOWN_SECONDS)
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
                "The dashboard's database is not responding. Nothing was started or changed. Try again in {}.",
                in_words(DATABASE_SECONDS)
            ),
        )
    }

    pub(crate) fn metrics_unwritten() -> Self {
        Self::new(
            Code::Internal,
            "The metrics could not be produced because of a bug. Nothing was changed. Tell your administrator.",
        )
    }
}

/// Questions that were not answered.
impl Problem {
    pub(crate) fn explanation_timed_out() -> Self {
        Self::later(
            Code::Deadline,
            TIMEOUT_SECONDS,
            format!(
                "Finding the answer took too long, so it was stopped. Nothing was changed. Try again in {}.",
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
}

/// Runs that did not start, or did not finish.
impl Problem {
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
            "The refresh program is missing. Nothing was changed. Tell your administrator: LAUNCHER_CLI needs attention.",
        )
    }

    pub(crate) fn program_does_not_start() -> Self {
        Self::new(
            Code::CliUnavailable,
            "The refresh program cannot be started. Nothing was changed. Tell your administrator: LAUNCHER_CLI needs attention.",
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
                "{what}. Rows already saved are kept. Refresh again in {} to save the rest. If that ends in the same way, tell your administrator; the log has the details.",
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// To be read from top to bottom, as staff and as an administrator would.
    #[test]
    fn every_problem_is_as_it_was() {
        let all = [
            Problem::no_such_address(),
            Problem::method_not_allowed(),
            Problem::not_json(),
            Problem::encoded_body(),
            Problem::precondition_failed(),
            Problem::slow_body(),
            Problem::large_body(),
            Problem::malformed_body(),
            Problem::malformed_question(),
            Problem::malformed_school_id(),
            Problem::no_such_run(),
            Problem::no_changes(),
            Problem::unauthenticated(),
            Problem::not_from_this_machine(),
            Problem::metrics_for_this_machine(),
            Problem::metrics_need_a_token(),
            Problem::unknown_user(),
            Problem::no_access_to_school(),
            Problem::no_such_school(),
            Problem::no_school_to_show(),
            Problem::access_unchecked(15),
            Problem::too_many_requests(3),
            Problem::too_many_streams(3),
            Problem::too_many_runs(),
            Problem::still_stopping(),
            Problem::cooling_down(299),
            Problem::cancelled_often(30),
            Problem::explaining_already(),
            Problem::shutting_down(),
            Problem::database_unavailable("refused"),
            Problem::metrics_unwritten(),
            Problem::explanation_timed_out(),
            Problem::explanation_unusable(),
            Problem::program_missing(),
            Problem::program_does_not_start(),
            Problem::cancelled_before_its_start(),
            Problem::cancelled(),
            Problem::stopped_by_shutdown(),
            Problem::timed_out(),
            Problem::crashed(),
            Problem::killed(),
            Problem::result_unusable(),
            Problem::bug(),
        ];
        let mut list = String::new();
        for problem in all {
            let status = problem.code.status().as_u16();
            let (code, title) = (problem.code.name(), problem.code.title());
            let later = problem
                .retry_after_seconds
                .map_or_else(String::new, |seconds| format!(", after {seconds} s"));
            writeln!(
                list,
                "{status} {code}{later}: {title}\n    {}",
                problem.message
            )
            .unwrap();
        }
        insta::assert_snapshot!(list);
    }
}
