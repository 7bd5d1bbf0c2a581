//! Decides whether and when a request that failed is sent again. Nothing else does. How long an outage is waited out is
//! decided in `transport`.

use std::time::{Duration, Instant};

use transport::{Attempts, Next, Patience};

use crate::KnackError;

/// A request whose failure is seldom a passing one is sent this often.
const DOUBTED: u32 = 2;

/// One whose answer is Knack's, but not what Knack gives: within some four seconds.
const INCOMPLETE: u32 = 5;

/// The decision about a failed request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is sent again after this long.
    Again(Duration, KnackError),
    /// It has failed.
    Failed(KnackError),
}

pub(crate) fn verdict(
    error: KnackError,
    attempts: &mut Attempts,
    patience: &Patience,
    now: Instant,
) -> Verdict {
    let next = match &error {
        KnackError::Overloaded { retry_after, .. } => {
            patience.met_outage(attempts, *retry_after, now)
        }
        KnackError::Unreachable(_)
        | KnackError::Timeout(_)
        | KnackError::Truncated
        | KnackError::NoLongerServed { .. }
        // A maintenance page, with status 200.
        | KnackError::NotAPage => patience.met_outage(attempts, None, now),
        KnackError::RateLimited { wait, .. } => patience.met_limit(attempts, *wait, now),
        // A firewall before Knack asks at times whether we are human. A second one is about the key.
        // So does one whose taste in statuses is another's. And a list that changed while it was counted contradicts itself once.
        // One object's refusal may have met one of its requests alone.
        KnackError::Refused(403)
        | KnackError::ObjectRefused { .. }
        | KnackError::Contradictory
        | KnackError::UnreadableRecords => patience.met_doubt(attempts, DOUBTED, now),
        KnackError::Incomplete => patience.met_doubt(attempts, INCOMPLETE, now),
        KnackError::BadRequest { status, .. } if !matches!(status, 400 | 404) => {
            patience.met_doubt(attempts, DOUBTED, now)
        }
        KnackError::CertificateNotTrusted { .. }
        | KnackError::NeverAnswered(_)
        | KnackError::DailyAllowanceUsedUp { .. }
        | KnackError::Refused(_)
        | KnackError::BadRequest { .. }
        | KnackError::Redirected(_)
        | KnackError::TooLarge { .. } => return Verdict::Failed(error),
    };
    match next {
        Next::After(wait) => Verdict::Again(wait, error),
        Next::NeverAnswered => Verdict::Failed(KnackError::NeverAnswered(Box::new(error))),
        Next::GiveUp | Next::OutOfPatience => Verdict::Failed(error),
    }
}

/// Whether the failure says that Knack has too much to do, so that fewer requests should be in flight.
pub(crate) fn is_strain(error: &KnackError) -> bool {
    matches!(
        error,
        KnackError::Timeout(_) | KnackError::Overloaded { .. } | KnackError::RateLimited { .. }
    )
}

/// Whether Knack itself gave this answer, so that it is there: a body that is not a page, or a server error, may come from
/// anything in between.
pub(crate) fn is_knacks(error: &KnackError) -> bool {
    matches!(
        error,
        KnackError::RateLimited { .. }
            | KnackError::DailyAllowanceUsedUp { .. }
            | KnackError::Refused(_)
            | KnackError::Contradictory
            | KnackError::Incomplete
            | KnackError::UnreadableRecords
            | KnackError::TooLarge { .. }
    )
}

#[cfg(test)]
mod tests {
    use transport::Limits;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How often a request is sent that always fails like this, within how long, and how it ends.
    fn outlast(error: impl Fn() -> KnackError, end: Duration) -> (u32, Duration, KnackError) {
        let begun = Instant::now();
        let patience = Patience::new(Limits {
            outage: 90 * SECOND,
            first_answer: 30 * SECOND,
            end: Some(begun + end),
        });
        patience.answered(begun);
        let (mut attempts, mut now) = (Attempts::begin(begun), begun);
        loop {
            match verdict(error(), &mut attempts, &patience, now) {
                Verdict::Again(wait, _) => now += wait,
                Verdict::Failed(error) => return (attempts.failures().max(1), now - begun, error),
            }
        }
    }

    #[test]
    fn an_outage_is_waited_out_whatever_it_looks_like() {
        let overloaded = |status| KnackError::Overloaded {
            status,
            retry_after: None,
        };
        for error in [
            || KnackError::Timeout(SECOND),
            || KnackError::Truncated,
            || KnackError::NotAPage,
            || KnackError::NoLongerServed { status: 403 },
        ] {
            let (_, waited, _) = outlast(error, 300 * SECOND);
            assert!((90 * SECOND..97 * SECOND).contains(&waited), "{waited:?}");
        }
        let (_, waited, error) = outlast(|| overloaded(530), 300 * SECOND);
        assert!(waited >= 90 * SECOND && matches!(error, KnackError::Overloaded { .. }));
    }

    #[test]
    fn a_limit_is_waited_for_as_often_as_time_allows() {
        let limited = || KnackError::RateLimited {
            wait: SECOND,
            retry_after: None,
        };
        let (sent, waited, _) = outlast(limited, 285 * SECOND);
        assert!(waited > 280 * SECOND && sent > 100, "{sent} in {waited:?}");
    }

    #[test]
    fn a_refusal_is_final_but_a_first_403_or_contradiction_is_not() {
        fn bad_request(status: u16) -> KnackError {
            KnackError::BadRequest {
                status,
                object: None,
            }
        }
        for (error, sent) in [
            (KnackError::Refused as fn(u16) -> KnackError, 1),
            (bad_request, 1),
            (KnackError::Redirected, 1),
        ] {
            assert_eq!(outlast(|| error(400), 300 * SECOND).0, sent);
        }
        assert_eq!(outlast(|| bad_request(406), 300 * SECOND).0, 2);
        assert_eq!(outlast(|| KnackError::Refused(403), 300 * SECOND).0, 2);
        let of_one = || KnackError::ObjectRefused {
            status: 401,
            object: "object_29",
        };
        assert_eq!(outlast(of_one, 300 * SECOND).0, 2);
        assert_eq!(outlast(|| KnackError::Contradictory, 300 * SECOND).0, 2);
        let (sent, waited, _) = outlast(|| KnackError::Incomplete, 300 * SECOND);
        assert!(sent == 5 && waited < 5 * SECOND, "{sent} in {waited:?}");
        assert_eq!(outlast(|| KnackError::UnreadableRecords, 300 * SECOND).0, 2);
        let too_large = || KnackError::TooLarge { first_record: None };
        assert_eq!(outlast(too_large, 300 * SECOND).0, 1);
        let used_up = || KnackError::DailyAllowanceUsedUp { resets_in: None };
        assert_eq!(outlast(used_up, 300 * SECOND).0, 1);
    }
}
