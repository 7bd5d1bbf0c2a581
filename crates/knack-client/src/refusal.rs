//! What the status of Knack's answer means. Nothing else decides it.

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
        },
        401..=403 => KnackError::Refused(code),
        // Those of a gateway, and what it makes of a server that is away.
        405 | 408 | 410 | 421 | 425 | 499 | 500..=599 => KnackError::Overloaded {
            status: code,
            retry_after: limits.retry_after,
        },
        300..=399 => KnackError::Redirected(code),
        400..=499 => KnackError::BadRequest(code),
        // Another success, or a status that HTTP does not know, is not what this API answers.
        _ => KnackError::NotAPage,
    })
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
                405 | 408 | 410 | 421 | 425 | 499 => {
                    matches!(meaning, Some(KnackError::Overloaded { .. }))
                }
                429 => matches!(meaning, Some(KnackError::RateLimited { .. })),
                201..=299 => matches!(meaning, Some(KnackError::NotAPage)),
                300..=399 => matches!(meaning, Some(KnackError::Redirected(_))),
                400..=499 => matches!(meaning, Some(KnackError::BadRequest(_))),
                _ => matches!(meaning, Some(KnackError::Overloaded { .. })),
            };
            assert!(expected, "{code}: {meaning:?}");
        }
        assert!(matches!(
            refusal(StatusCode::TOO_MANY_REQUESTS, &limits(Some(0))),
            Some(KnackError::DailyAllowanceUsedUp { .. })
        ));
    }
}
