//! The one reader of the wall clock in this program; everything else takes the time as an argument.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, Unit};

/// When the run began, and how long ago that is.
pub(crate) struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: Timestamp::now(),
        }
    }

    pub(crate) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The point in time that lies so long after the beginning.
    pub(crate) fn after(&self, time: Duration) -> Instant {
        self.started + time
    }

    /// The reading of this clock at a moment of the run.
    pub(crate) fn at(&self, moment: Instant) -> Timestamp {
        let passed = moment.saturating_duration_since(self.started);
        let passed = SignedDuration::try_from(passed).unwrap_or_default();
        self.started_at
            .saturating_add(passed)
            .unwrap_or(self.started_at)
    }

    /// Now, to the millisecond: the beginning and what has passed since, so that a clock that is set meanwhile changes no
    /// duration.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.elapsed()).unwrap_or_default();
        let now = self.started_at.saturating_add(passed);
        now.and_then(|now| now.round(Unit::Millisecond))
            .unwrap_or(self.started_at)
    }
}
