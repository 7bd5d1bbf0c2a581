//! Knack's two limits, requests in a second and requests in a day, and the headers that report them.
//!
//! The second is any second, not one of the clock: a burst across a boundary is refused like any other. Assumed:
//! refused requests count towards neither limit.

use std::{
    collections::VecDeque,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Requests in any second.
const PER_SECOND: u32 = 10;
const SECOND: Duration = Duration::from_secs(1);

/// How much of the limits is used.
#[derive(Debug)]
pub(super) struct Limits {
    enforced: bool,
    recent: VecDeque<Instant>,
    daily_limit: u32,
    used_today: u32,
    day: u64,
}

/// What is left, as the headers put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    daily_limit: u32,
    daily_remaining: u32,
    /// Until midnight UTC.
    daily_reset_ms: u64,
    remaining: u32,
    reset_epoch_seconds: u64,
}

impl Limits {
    pub(super) fn new(enforced: bool, daily_limit: u32) -> Self {
        Self {
            enforced,
            recent: VecDeque::new(),
            daily_limit,
            used_today: 0,
            day: 0,
        }
    }

    /// Counts a request: what is left after it, or, where it is one too many, what the refusal says.
    pub(super) fn take(&mut self) -> Result<Allowance, Allowance> {
        self.take_at(Instant::now(), since_epoch())
    }

    fn take_at(&mut self, now: Instant, since_epoch: Duration) -> Result<Allowance, Allowance> {
        let day = since_epoch.as_secs() / DAY;
        if day != self.day {
            (self.day, self.used_today) = (day, 0);
        }
        while self
            .recent
            .front()
            .is_some_and(|&earlier| now.duration_since(earlier) >= SECOND)
        {
            self.recent.pop_front();
        }
        let within_second = !self.enforced || self.recent.len() < PER_SECOND as usize;
        let within_day = self.used_today < self.daily_limit;
        if within_second && within_day {
            self.used_today += 1;
            if self.enforced {
                self.recent.push_back(now);
            }
            Ok(self.allowance(since_epoch))
        } else {
            Err(self.allowance(since_epoch))
        }
    }

    fn allowance(&self, since_epoch: Duration) -> Allowance {
        let used = u32::try_from(self.recent.len()).unwrap_or(PER_SECOND);
        let into_day = since_epoch.as_millis() % (u128::from(DAY) * 1000);
        Allowance {
            daily_limit: self.daily_limit,
            daily_remaining: self.daily_limit - self.used_today,
            daily_reset_ms: DAY * 1000 - u64::try_from(into_day).unwrap_or(0),
            remaining: PER_SECOND.saturating_sub(used),
            reset_epoch_seconds: since_epoch.as_secs() + 2, // as measured: one to two seconds after the request
        }
    }
}

impl Allowance {
    /// The same with nothing left of the second.
    pub(super) fn without_second(self) -> Self {
        Self {
            remaining: 0,
            ..self
        }
    }

    /// The same with nothing left of the day.
    pub(super) fn without_day(self) -> Self {
        Self {
            daily_remaining: 0,
            ..self
        }
    }

    /// The six headers.
    pub(super) fn headers(self) -> [(&'static str, String); 6] {
        [
            ("x-planlimit-limit", self.daily_limit.to_string()),
            ("x-planlimit-remaining", self.daily_remaining.to_string()),
            ("x-planlimit-reset", self.daily_reset_ms.to_string()),
            ("x-ratelimit-limit", PER_SECOND.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            ("x-ratelimit-reset", self.reset_epoch_seconds.to_string()),
        ]
    }
}

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

#[expect(
    clippy::disallowed_methods,
    reason = "the headers and the tokens of users tell real times, and this is where they are read"
)]
pub(super) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: Duration = Duration::from_secs(20_000 * DAY);

    #[test]
    fn the_eleventh_request_in_any_second_is_refused() {
        let mut limits = Limits::new(true, 100);
        let start = Instant::now();
        for n in 0..10 {
            let allowed = limits
                .take_at(start + Duration::from_millis(95 * n), MIDNIGHT)
                .unwrap();
            assert_eq!(u64::from(allowed.remaining), 9 - n);
        }
        assert_eq!(
            limits
                .take_at(start + Duration::from_millis(999), MIDNIGHT)
                .unwrap_err()
                .remaining,
            0
        );
        limits
            .take_at(start + Duration::from_secs(1), MIDNIGHT)
            .unwrap();
        limits
            .take_at(start + Duration::from_millis(1001), MIDNIGHT)
            .unwrap_err();
    }

    #[test]
    fn the_day_ends_at_midnight_utc() {
        let mut limits = Limits::new(true, 1);
        let start = Instant::now();
        let late = MIDNIGHT + Duration::from_secs(DAY - 3);
        assert_eq!(limits.take_at(start, late).unwrap().daily_reset_ms, 3000);
        assert_eq!(limits.take_at(start, late).unwrap_err().daily_remaining, 0);
        limits
            .take_at(start, MIDNIGHT + Duration::from_secs(DAY))
            .unwrap();
    }
}
