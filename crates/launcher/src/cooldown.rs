//! When a school may be refreshed again. The one place that decides it, from what `sync_logs` says and from what this
//! launcher remembers: the log also knows refreshes from a shell or another launcher, and the memory also knows runs that
//! ended without writing to the log. Pure: no clock.

use std::time::Duration;

use dashboard::sync_logs;
use jiff::Timestamp;

use crate::supervise::Ending;

/// How long a school has to wait for its next refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cooldown {
    pub(crate) after_success: Duration,
    pub(crate) after_failure: Duration,
}

/// How a refresh ended, as far as the cooldown depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeded,
    Failed,
    /// It cost little, so nothing has to wait for it, unless there are many ([`CANCELS`]).
    Cancelled,
}

impl Outcome {
    pub(crate) fn of(ending: &Ending) -> Self {
        match ending {
            Ending::Finished(_) => Self::Succeeded,
            Ending::Failed { .. } if ending.is_cancelled() => Self::Cancelled,
            Ending::Failed { .. } => Self::Failed,
        }
    }
}

/// Once there are so many cancellations within this time, each counts as a failure: someone who starts and cancels again and
/// again would otherwise use up Knack's allowance.
pub(crate) const CANCELS: usize = 3;
pub(crate) const CANCELS_WITHIN: Duration = Duration::from_mins(10);

/// What a school has to wait for, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Whole seconds, rounded up.
    pub(crate) seconds: u64,
    pub(crate) cause: Cause,
}

/// Why a school has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A refresh ended a short while ago.
    Ended,
    /// Several were cancelled, one soon after the other.
    Cancelled,
}

/// A refresh that has ended, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoggedEnd {
    pub(crate) outcome: Outcome,
    /// By the clock of whoever wrote it.
    pub(crate) at: Timestamp,
}

/// A run that has ended, as this launcher remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RememberedEnd {
    pub(crate) outcome: Outcome,
    /// How long ago, by a clock that nobody sets.
    pub(crate) ago: Duration,
}

impl Cooldown {
    /// The cooldown that this outcome leads to.
    pub(crate) fn after(&self, outcome: Outcome) -> Option<Duration> {
        match outcome {
            Outcome::Succeeded => Some(self.after_success),
            Outcome::Failed => Some(self.after_failure),
            Outcome::Cancelled => None,
        }
    }

    /// The longest there is.
    pub(crate) fn longest(&self) -> Duration {
        self.after_success.max(self.after_failure)
    }

    /// How long the school has to wait; `None` if it may be refreshed now.
    pub(crate) fn wait(
        &self,
        logged: &[LoggedEnd],
        remembered: &[RememberedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        let by_log = logged
            .iter()
            .filter_map(|end| self.left_of_logged(*end, now));
        let by_memory = remembered
            .iter()
            .filter_map(|end| self.after(end.outcome)?.checked_sub(end.ago));
        let ended = by_log.chain(by_memory).max();
        let cancelled = self.left_of_cancels(remembered);
        let (left, cause) = if cancelled > ended {
            (cancelled?, Cause::Cancelled)
        } else {
            (ended?, Cause::Ended)
        };
        let seconds = rounded_up(left);
        (seconds > 0).then_some(Wait { seconds, cause })
    }

    fn left_of_cancels(&self, remembered: &[RememberedEnd]) -> Option<Duration> {
        let cancelled = remembered
            .iter()
            .filter(|end| end.outcome == Outcome::Cancelled);
        let mut ago: Vec<Duration> = cancelled.map(|end| end.ago).collect();
        ago.sort_unstable();
        let (last, first) = (ago.first()?, ago.get(CANCELS - 1)?);
        let are_close = first.saturating_sub(*last) <= CANCELS_WITHIN;
        self.after_failure.checked_sub(*last).filter(|_| are_close)
    }

    fn left_of_logged(&self, end: LoggedEnd, now: Timestamp) -> Option<Duration> {
        let ended = sync_logs::counted_from(end.at, now)?;
        let ago = Duration::try_from(now.duration_since(ended)).ok()?;
        self.after(end.outcome)?.checked_sub(ago)
    }
}

/// Anyone who waits this long may begin.
fn rounded_up(left: Duration) -> u64 {
    if left.is_zero() {
        0
    } else {
        left.as_secs() + 1
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const COOLDOWN: Cooldown = Cooldown {
        after_success: Duration::from_mins(5),
        after_failure: Duration::from_secs(30),
    };
    /// 10:00:00 on the day of all rows.
    const TEN: &str = "2026-11-25T10:00:00Z";

    fn at(seconds: f64) -> Timestamp {
        let ten: Timestamp = TEN.parse().unwrap();
        ten + SignedDuration::from_secs_f64(seconds)
    }

    fn logged(outcome: Outcome, seconds: f64) -> LoggedEnd {
        LoggedEnd {
            outcome,
            at: at(seconds),
        }
    }

    fn remembered(outcome: Outcome, ago: f64) -> RememberedEnd {
        let ago = Duration::from_secs_f64(ago);
        RememberedEnd { outcome, ago }
    }

    fn seconds(cooldown: Cooldown, log: &[LoggedEnd], memory: Option<RememberedEnd>) -> u64 {
        let wait = cooldown.wait(log, memory.as_slice(), at(0.0));
        assert!(wait.is_none_or(|wait| wait.cause == Cause::Ended));
        wait.map_or(0, |wait| wait.seconds)
    }

    #[test]
    fn the_longest_wait_of_all_ends_counts() {
        use Outcome::{Cancelled, Failed, Succeeded};
        let none: &[LoggedEnd] = &[];
        // All at 10:00:00.
        for (log, memory, expected) in [
            (none, None, 0),
            // The log alone.
            (&[logged(Succeeded, 0.0)][..], None, 301),
            (&[logged(Succeeded, -1.5)], None, 299),
            (&[logged(Succeeded, -299.5)], None, 1),
            (&[logged(Succeeded, -300.0)], None, 0),
            (&[logged(Succeeded, -400.0)], None, 0),
            (&[logged(Failed, 0.0)], None, 31),
            (&[logged(Failed, -10.5)], None, 20),
            (&[logged(Failed, -30.0)], None, 0),
            (&[logged(Cancelled, 0.0)], None, 0),
            // A failure after a success does not shorten its cooldown.
            (&[logged(Failed, -1.0), logged(Succeeded, -60.0)], None, 241),
            (&[logged(Failed, -1.0), logged(Succeeded, -290.0)], None, 30),
            (&[logged(Cancelled, -1.0), logged(Failed, -10.0)], None, 21),
            // Another clock is a little ahead, or wrong.
            (&[logged(Succeeded, 60.0)], None, 301),
            (&[logged(Failed, 60.0)], None, 31),
            (&[logged(Succeeded, 61.0)], None, 0),
            (&[logged(Failed, 1e6)], None, 0),
            (&[logged(Succeeded, 1e6), logged(Failed, -10.5)], None, 20),
            // The memory alone: the run did not live to write its end.
            (none, Some(remembered(Succeeded, 0.0)), 301),
            (none, Some(remembered(Failed, 0.0)), 31),
            (none, Some(remembered(Failed, 29.5)), 1),
            (none, Some(remembered(Failed, 30.0)), 0),
            (none, Some(remembered(Failed, 31.0)), 0),
            (none, Some(remembered(Cancelled, 0.0)), 0),
            // Both: whichever is longer.
            (
                &[logged(Succeeded, -60.0)],
                Some(remembered(Failed, 1.0)),
                241,
            ),
            (
                &[logged(Failed, -1.0)],
                Some(remembered(Succeeded, 60.0)),
                241,
            ),
            (
                &[logged(Succeeded, -400.0)],
                Some(remembered(Failed, 1.0)),
                30,
            ),
        ] {
            let left = seconds(COOLDOWN, log, memory);
            assert_eq!(left, expected, "{log:?} {memory:?}");
        }
    }

    #[test]
    fn the_third_cancellation_within_ten_minutes_counts_as_a_failure_and_each_after_it() {
        use Outcome::{Cancelled, Failed, Succeeded};
        let wait = |seconds, cause| Some(Wait { seconds, cause });
        for (cancelled, other, expected) in [
            (&[][..], None, None),
            (&[0.0], None, None),
            (&[0.0, 1.0], None, None),
            (&[0.0, 1.0, 2.0], None, wait(31, Cause::Cancelled)),
            (&[590.0, 1.0, 300.0], None, wait(30, Cause::Cancelled)),
            (&[1.5, 601.5, 300.0], None, wait(29, Cause::Cancelled)),
            (&[1.5, 601.6, 300.0], None, None),
            (&[30.0, 31.0, 32.0], None, None),
            (&[31.0, 32.0, 33.0], None, None),
            // Beside what else has to be waited for, whichever is longer.
            (
                &[9.5, 10.0, 11.0],
                Some(remembered(Failed, 20.5)),
                wait(21, Cause::Cancelled),
            ),
            (
                &[9.5, 10.0, 11.0],
                Some(remembered(Failed, 2.5)),
                wait(28, Cause::Ended),
            ),
            (
                &[0.0, 1.0, 2.0],
                Some(remembered(Succeeded, 9.5)),
                wait(291, Cause::Ended),
            ),
        ] {
            let mut ends: Vec<RememberedEnd> = cancelled
                .iter()
                .map(|ago| remembered(Cancelled, *ago))
                .collect();
            ends.extend(other);
            assert_eq!(COOLDOWN.wait(&[], &ends, at(0.0)), expected, "{ends:?}");
        }
    }

    #[test]
    fn without_a_cooldown_a_school_may_always_be_refreshed() {
        let none = Cooldown {
            after_success: Duration::ZERO,
            after_failure: Duration::ZERO,
        };
        let log = [
            logged(Outcome::Succeeded, 0.0),
            logged(Outcome::Failed, 0.0),
        ];
        for memory in [Outcome::Succeeded, Outcome::Failed, Outcome::Cancelled] {
            let memory = vec![remembered(memory, 0.0); CANCELS];
            assert_eq!(none.wait(&log, &memory, at(0.0)), None);
        }
        // Not even a row from the future holds it.
        let ahead = [logged(Outcome::Succeeded, 100.0)];
        assert_eq!(seconds(none, &ahead, None), 0);
    }
}
