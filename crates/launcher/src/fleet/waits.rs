//! Limits how long a command waits for a launcher that does not answer or has no room.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Between two attempts to reach a launcher that does not answer.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);
/// How long to wait for a cooldown that names no time.
const USUAL: Duration = Duration::from_secs(5);

/// When the launcher last served a request. All schools share it: a launcher that is away, or that cannot reach its database, is
/// so for each of them.
pub(super) struct LastServed {
    patience: Duration,
    at: Mutex<Instant>,
}

impl LastServed {
    pub(super) fn now(patience: Duration) -> Self {
        Self {
            patience,
            at: Mutex::new(Instant::now()),
        }
    }

    /// It has served one.
    pub(super) fn note(&self) {
        *self.at.lock() = Instant::now();
    }

    /// How long to wait before it is asked again; nothing once it has served nobody for too long.
    pub(super) fn pause(&self, attempt: u32, asked: Option<u64>) -> Option<Duration> {
        self.pause_at(Instant::now(), attempt, asked)
    }

    fn pause_at(&self, now: Instant, attempt: u32, asked: Option<u64>) -> Option<Duration> {
        let pause = asked.map_or_else(
            || SHORTEST.saturating_mul(1 << attempt.min(4)).min(LONGEST),
            Duration::from_secs,
        );
        within(*self.at.lock() + self.patience, now, pause)
    }
}

/// How long one school may have to wait for the end of its cooldown.
pub(super) struct Turn {
    until: Instant,
}

impl Turn {
    pub(super) fn within(patience: Duration) -> Self {
        Self {
            until: Instant::now() + patience,
        }
    }

    /// How long to wait; nothing if it has waited for too long.
    pub(super) fn pause(&self, asked: Option<u64>) -> Option<Duration> {
        self.pause_at(Instant::now(), asked)
    }

    fn pause_at(&self, now: Instant, asked: Option<u64>) -> Option<Duration> {
        within(self.until, now, asked.map_or(USUAL, Duration::from_secs))
    }
}

/// This pause, cut short by the time that is left.
fn within(until: Instant, now: Instant, pause: Duration) -> Option<Duration> {
    let left = until.saturating_duration_since(now);
    (!left.is_zero()).then(|| pause.max(SHORTEST).min(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_silent_launcher_is_asked_ever_more_seldom_and_given_up_for_all_at_once() {
        let served = LastServed::now(60 * SECOND);
        let start = *served.at.lock();
        for (after, attempt, asked, expected) in [
            (0, 0, None, Some(1)),
            (0, 1, None, Some(2)),
            (0, 3, None, Some(8)),
            (0, 4, None, Some(15)),
            (0, 40, None, Some(15)),
            (0, 0, Some(30), Some(30)),
            (0, 0, Some(0), Some(1)),
            (55, 9, Some(30), Some(5)),
            (60, 0, None, None),
            (90, 0, Some(1), None),
        ] {
            let pause = served.pause_at(start + after * SECOND, attempt, asked);
            let pause = pause.map(|pause| pause.as_secs());
            assert_eq!(pause, expected, "{after} {attempt} {asked:?}");
        }
        *served.at.lock() = start + 89 * SECOND;
        assert!(served.pause_at(start + 90 * SECOND, 0, None).is_some());
    }

    #[test]
    fn a_cooldown_is_waited_for_as_the_launcher_asks_and_not_for_ever() {
        let start = Instant::now();
        let turn = Turn {
            until: start + 20 * SECOND,
        };
        for (after, asked, expected) in [
            (0, Some(15), Some(15)),
            (0, Some(0), Some(1)),
            (0, Some(300), Some(20)),
            (0, None, Some(5)),
            (20, Some(1), None),
        ] {
            let pause = turn.pause_at(start + after * SECOND, asked);
            assert_eq!(
                pause.map(|pause| pause.as_secs()),
                expected,
                "{after} {asked:?}"
            );
        }
    }
}
