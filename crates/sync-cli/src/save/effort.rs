//! Limits what finding bad rows may cost: so many requests in one phase, and so much waiting in one run. Pure.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// One bad row among 500 costs some ten requests that fail, twenty that lie apart some hundred.
const MOST_FAILURES: usize = 250;

/// For locks, and for whatever else takes long to fail.
const MOST_WAITING: Duration = Duration::from_mins(1);

/// A slow batch of at most so many rows is not cut any further: its rows are sent alone.
pub(super) const MOST_ALONE: usize = 64;

/// How long one run has waited for writes that failed. Waits side by side count once.
#[derive(Debug, Default)]
pub(super) struct Waited {
    long: Cell<Duration>,
    until: Cell<Option<Instant>>,
}

impl Waited {
    /// A write failed that took from `begun` until `now`.
    pub(super) fn add(&self, begun: Instant, now: Instant) {
        let from = self.until.get().map_or(begun, |until| until.max(begun));
        let more = now.saturating_duration_since(from);
        self.long.set(self.long.get() + more);
        self.until.set(self.until.get().max(Some(now)));
    }

    /// Whether nothing is waited for any more but what is likely to pass.
    pub(super) fn is_too_long(&self) -> bool {
        self.long.get() >= MOST_WAITING
    }

    /// Whether even that has taken too long.
    pub(super) fn is_far_too_long(&self) -> bool {
        self.long.get() >= MOST_WAITING * 3 / 2
    }
}

/// How many writes failed in one phase because of a row.
#[derive(Debug, Default)]
pub(super) struct Failures(usize);

impl Failures {
    pub(super) fn add(&mut self) {
        self.0 += 1;
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.0 >= MOST_FAILURES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_side_by_side_count_once_and_one_after_another_each() {
        let begun = Instant::now();
        let at = |seconds: u32| begun + seconds * SECOND;
        let waited = Waited::default();
        for _ in 0..6 {
            waited.add(at(0), at(8));
        }
        assert_eq!(waited.long.get(), 8 * SECOND);
        waited.add(at(20), at(28));
        waited.add(at(24), at(32));
        assert_eq!(waited.long.get(), 20 * SECOND);
        assert!(!waited.is_too_long());
        waited.add(at(100), at(140));
        assert!(waited.is_too_long() && !waited.is_far_too_long());
    }

    #[test]
    fn so_many_failures_are_enough() {
        let mut failures = Failures::default();
        for _ in 0..MOST_FAILURES {
            assert!(!failures.are_too_many());
            failures.add();
        }
        assert!(failures.are_too_many());
    }
}
