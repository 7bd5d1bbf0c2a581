//! The limit headers that Knack puts on every authenticated answer (docs/knack-and-dashboard.md, "Request limits").

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;
use transport::retry_after;

/// Knack's per-second limit clears within about a second; a longer claim is a clock that differs from ours.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const A_DAY: u64 = 24 * 60 * 60;
const USUAL_PAUSE: Duration = Duration::from_secs(1);

/// Our limits, according to Knack. Absent headers are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Requests left of today's allowance.
    pub(crate) daily_remaining: Option<u64>,
    /// Until the allowance is renewed.
    pub(crate) daily_resets_in: Option<Duration>,
    /// Requests left of this second.
    pub(crate) second_remaining: Option<u64>,
    /// Until this second's requests are renewed.
    pub(crate) pause: Duration,
    /// How long whoever answered asks us to wait: Knack itself does not say so, but gateways do.
    pub(crate) retry_after: Option<Duration>,
}

impl Limits {
    pub(crate) fn read(headers: &HeaderMap, now: SystemTime) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let pause = number("x-ratelimit-reset")
            .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)))
            .and_then(|reset| reset.duration_since(now).ok())
            .filter(|pause| *pause <= LONGEST_PAUSE)
            .unwrap_or(USUAL_PAUSE);
        Self {
            daily_remaining: number("x-planlimit-remaining"),
            daily_resets_in: number("x-planlimit-reset")
                .map(Duration::from_millis)
                .filter(|wait| (1..=A_DAY).contains(&wait.as_secs())),
            second_remaining: number("x-ratelimit-remaining"),
            pause,
            retry_after: retry_after(headers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_two_resets_have_different_units() {
        let now = UNIX_EPOCH + Duration::from_millis(1_740_528_000_400);
        let limits = Limits::read(
            &headers(&[
                ("x-planlimit-remaining", "99231"),
                ("x-planlimit-reset", "57413141"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1740528001"),
            ]),
            now,
        );
        assert_eq!(limits.daily_remaining, Some(99_231));
        assert_eq!(
            limits.daily_resets_in,
            Some(Duration::from_millis(57_413_141))
        );
        assert_eq!(limits.second_remaining, Some(0));
        assert_eq!(limits.pause, Duration::from_millis(600));
    }

    #[test]
    fn a_reset_in_the_past_or_far_away_means_one_second() {
        let now = UNIX_EPOCH + Duration::from_millis(1_740_528_000_001);
        for reset in ["1740527000", "1740529000", "18446744073709551615", "soon"] {
            let limits = Limits::read(&headers(&[("x-ratelimit-reset", reset)]), now);
            assert_eq!(limits.pause, Duration::from_secs(1));
        }
    }
}
