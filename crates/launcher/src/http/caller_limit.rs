//! Limits how many requests each caller may make.

use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::access::Caller;
use crate::problem::Problem;

/// Callers that are remembered, before those that made no request lately are forgotten.
const MOST_CALLERS: usize = 10_000;

/// Counts requests by caller.
pub(super) struct CallerLimit(DefaultKeyedRateLimiter<String>);

impl CallerLimit {
    pub(super) fn new(per_minute: u32) -> Self {
        let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::keyed(Quota::per_minute(per_minute)))
    }

    /// Counts one request.
    pub(super) fn check(&self, caller: &Caller) -> Result<(), Problem> {
        if self.0.len() > MOST_CALLERS {
            self.0.retain_recent();
        }
        self.0
            .check_key(&caller.counted_as().to_owned())
            .map_err(|until| {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Problem::too_many_requests(wait.as_secs() + 1)
            })
    }
}
