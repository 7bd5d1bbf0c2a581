//! Why a refresh did not start, or did not finish, where the launcher itself decided that: the sentences that callers read.

use crate::problem::{Code, Problem};
use crate::runs::Refused;

/// How long to wait when the queue is full.
const BUSY_SECONDS: u64 = 15;
const SHUTDOWN_SECONDS: u64 = 30;

pub(super) fn refused(refused: Refused) -> Problem {
    match refused {
        Refused::Busy => Problem::later(
            Code::Busy,
            BUSY_SECONDS,
            "Too many schools are being refreshed at once. Nothing was started. Try again in a moment.",
        ),
        Refused::ShuttingDown => Problem::later(
            Code::ShuttingDown,
            SHUTDOWN_SECONDS,
            "The service is restarting. Nothing was started. Try again in a minute.",
        ),
    }
}

pub(super) fn cooling_down(seconds: u64) -> Problem {
    Problem::later(
        Code::CoolingDown,
        seconds,
        format!(
            "A refresh of this school ended a moment ago. The next one can start in {}.",
            in_words(seconds)
        ),
    )
}

pub(super) fn still_stopping() -> Problem {
    Problem::later(
        Code::Busy,
        BUSY_SECONDS,
        "A refresh of this school is still being stopped. Nothing was started. Try again in a moment.",
    )
}

pub(super) fn never_started() -> Problem {
    Problem::new(
        Code::Cancelled,
        "The refresh was cancelled before it started. Nothing was changed.",
    )
}

pub(super) fn stopped_by_restart() -> Problem {
    Problem::later(
        Code::ShuttingDown,
        SHUTDOWN_SECONDS,
        "The service is restarting, so the refresh was stopped. Rows already saved are kept. Try again in a minute.",
    )
}

pub(super) fn bug() -> Problem {
    Problem::new(
        Code::Internal,
        "The refresh failed because of a bug. Rows already saved are kept. Tell your administrator; the log has the details.",
    )
}

fn in_words(seconds: u64) -> String {
    let plural = |n: u64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (seconds / 60, seconds % 60) {
        (0, seconds) => plural(seconds, "second"),
        (minutes, 0) => plural(minutes, "minute"),
        (minutes, seconds) => format!(
            "{} and {}",
            plural(minutes, "minute"),
            plural(seconds, "second")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn times_are_said_in_words() {
        for (seconds, words) in [
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "1 minute and 1 second"),
            (300, "5 minutes"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
