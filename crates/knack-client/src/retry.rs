//! Whether and when a failed call is repeated. Nothing else decides it.

use std::time::Duration;

use crate::KnackError;

/// A page is asked for at most this many times.
pub(crate) const ATTEMPTS: u32 = 4;

const FIRST_DELAY: Duration = Duration::from_millis(400);

/// What a failure means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Asking again cannot help.
    GiveUp,
    /// Ask again after a growing delay.
    BackOff,
    /// Ask again after what Knack asked for.
    WaitFor(Duration),
}

pub(crate) fn verdict(error: &KnackError) -> Verdict {
    match error {
        KnackError::Unreachable(_)
        | KnackError::Timeout(_)
        | KnackError::Overloaded(_)
        | KnackError::Truncated
        | KnackError::NotAPage => Verdict::BackOff,
        KnackError::RateLimited { wait } => Verdict::WaitFor(*wait),
        KnackError::DailyAllowanceUsedUp { .. }
        | KnackError::Refused(_)
        | KnackError::BadRequest(_)
        | KnackError::Redirected(_)
        | KnackError::TooLarge => Verdict::GiveUp,
    }
}

/// Whether the failure says that Knack has too much to do, so that fewer requests should be in flight.
pub(crate) fn is_strain(error: &KnackError) -> bool {
    matches!(
        error,
        KnackError::Timeout(_) | KnackError::Overloaded(_) | KnackError::RateLimited { .. }
    )
}

/// 0.4 s, 0.8 s, 1.6 s …, each ±25 % so that many callers do not return in step. `failures` counts from 1.
pub(crate) fn delay(failures: u32) -> Duration {
    let jitter = 0.75 + fastrand::f64() / 2.0;
    (FIRST_DELAY * 2_u32.pow(failures - 1)).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_asked_again() {
        let wait = Duration::from_secs(1);
        for (error, expected) in [
            (KnackError::Timeout(wait), Verdict::BackOff),
            (KnackError::Overloaded(503), Verdict::BackOff),
            (KnackError::Truncated, Verdict::BackOff),
            (KnackError::NotAPage, Verdict::BackOff),
            (KnackError::RateLimited { wait }, Verdict::WaitFor(wait)),
            (
                KnackError::DailyAllowanceUsedUp { resets_in: None },
                Verdict::GiveUp,
            ),
            (KnackError::Refused(401), Verdict::GiveUp),
            (KnackError::BadRequest(400), Verdict::GiveUp),
            (KnackError::Redirected(302), Verdict::GiveUp),
            (KnackError::TooLarge, Verdict::GiveUp),
        ] {
            assert_eq!(verdict(&error), expected, "{error}");
        }
    }

    #[test]
    fn delays_double() {
        for (failures, least, most) in [(1, 300, 500), (2, 600, 1000), (3, 1200, 2000)] {
            let delay = delay(failures).as_millis();
            assert!((least..=most).contains(&delay), "{delay} ms");
        }
    }
}
