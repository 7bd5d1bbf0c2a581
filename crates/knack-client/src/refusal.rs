//! Decides what the status of Knack's answer means. Nothing else does.

use std::time::Duration;

use reqwest::StatusCode;

use crate::KnackError;
use crate::limits::Limits;

/// However long whoever answered asks to be left alone: Knack's own limit clears within a second.
const LONGEST_ASKED: Duration = Duration::from_secs(15);

/// The error that a status means; none where a page follows. Bodies of refusals are plain text of no use and are not
/// read.
pub(crate) fn refusal(status: StatusCode, limits: &Limits) -> Option<KnackError> {
    let code = status.as_u16();
    Some(match code {
        200 => return None,
        429 if limits.daily_remaining == Some(0) => KnackError::DailyAllowanceUsedUp {
            resets_in: limits.daily_resets_in,
        },
        429 => KnackError::RateLimited {
            wait: limits
                .retry_after
                .map_or(limits.pause, |asked| asked.min(LONGEST_ASKED)),
            retry_after: limits.retry_after,
        },
        401..=403 => KnackError::Refused(code),
        // Those of a gateway, and what it makes of a server that is away.
        // And 304, which nobody asked for: a cache's mistake.
        304 | 405 | 408 | 410 | 421 | 425 | 499 | 500..=599 => KnackError::Overloaded {
            status: code,
            retry_after: limits.retry_after,
        },
        300..=399 => KnackError::Redirected(code),
        400..=499 => KnackError::BadRequest {
            status: code,
            object: None,
        },
        // Another success, or a status that HTTP does not know, is not what this API answers.
        _ => KnackError::NotAPage,
    })
}

/// What a refusal puts the blame on. If just that has proved to be good in the same run, it is wrong: something in front of Knack
/// has begun to ask whether we are human, or Knack is being renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blamed {
    /// The host, the account, the key or the application id, for whatever was asked.
    App,
    /// The address and the object in it.
    Address,
}

pub(crate) fn blamed(error: &KnackError) -> Option<Blamed> {
    match error {
        KnackError::Refused(_) | KnackError::Redirected(_) => Some(Blamed::App),
        KnackError::BadRequest { .. } => Some(Blamed::Address),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning() {
        let limits = |daily_remaining| Limits {
            daily_remaining,
            daily_resets_in: None,
            second_remaining: None,
            retry_after: None,
            pause: Duration::from_secs(1),
        };
        for code in 200..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let meaning = refusal(status, &limits(Some(5)));
            let expected = match code {
                200 => meaning.is_none(),
                401..=403 => matches!(meaning, Some(KnackError::Refused(_))),
                304 | 405 | 408 | 410 | 421 | 425 | 499 => {
                    matches!(meaning, Some(KnackError::Overloaded { .. }))
                }
                429 => matches!(meaning, Some(KnackError::RateLimited { .. })),
                201..=299 => matches!(meaning, Some(KnackError::NotAPage)),
                300..=399 => matches!(meaning, Some(KnackError::Redirected(_))),
                400..=499 => matches!(meaning, Some(KnackError::BadRequest { .. })),
                _ => matches!(meaning, Some(KnackError::Overloaded { .. })),
            };
            assert!(expected, "{code}: {meaning:?}");
        }
        assert!(matches!(
            refusal(StatusCode::TOO_MANY_REQUESTS, &limits(Some(0))),
            Some(KnackError::DailyAllowanceUsedUp { .. })
        ));
    }

    #[test]
    fn only_what_another_request_can_prove_to_be_good_is_blamed() {
        let bad_request = |status| KnackError::BadRequest {
            status,
            object: None,
        };
        for (error, expected) in [
            (KnackError::Refused(401), Some(Blamed::App)),
            (KnackError::Refused(402), Some(Blamed::App)),
            (KnackError::Refused(403), Some(Blamed::App)),
            (KnackError::Redirected(302), Some(Blamed::App)),
            (bad_request(404), Some(Blamed::Address)),
            (bad_request(400), Some(Blamed::Address)),
            (KnackError::NotAPage, None),
        ] {
            assert_eq!(blamed(&error), expected, "{error}");
        }
    }
}
