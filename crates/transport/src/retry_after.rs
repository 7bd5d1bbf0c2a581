//! Reads `Retry-After`, in seconds or as a date.

use std::time::{Duration, SystemTime};

use httpdate::parse_http_date;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Nobody is believed to be away for longer.
const A_DAY: u64 = 24 * 60 * 60;

/// What the headers of an answer ask for, at most a day. Nothing where they do not, or ask for no wait at all: PostgREST writes
/// nought whatever is the matter.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    at(headers, wall_clock())
}

fn at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.trim());
    let asked = text(RETRY_AFTER)?;
    let is_number = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number {
        // A number that is too large for us is a long time.
        asked.parse().unwrap_or(A_DAY)
    } else {
        let until = parse_http_date(asked).ok()?;
        // By the clock of whoever said it, where that is told.
        let said = text(DATE).and_then(|date| parse_http_date(date).ok());
        until
            .duration_since(said.unwrap_or(now))
            .ok()?
            .as_millis()
            .div_ceil(1_000)
            .try_into()
            .unwrap_or(A_DAY)
    };
    (seconds > 0).then(|| Duration::from_secs(seconds.min(A_DAY)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a date is a point in wall-clock time"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date_and_is_at_most_a_day() {
        let now = parse_http_date("Thu, 26 Nov 2026 12:00:00 GMT").unwrap();
        let date = "Thu, 26 Nov 2026 11:00:00 GMT";
        for (asked, date, expected) in [
            ("7", None, Some(7)),
            (" 7 ", None, Some(7)),
            ("86400", None, Some(86_400)),
            ("86401", None, Some(86_400)),
            ("99999999999999999999999", None, Some(86_400)),
            ("0", None, None),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
            ("Thu, 26 Nov 2026 12:01:30 GMT", None, Some(90)),
            // The older forms, which HTTP still lets in.
            ("Thursday, 26-Nov-26 12:01:30 GMT", None, Some(90)),
            ("Thu Nov 26 12:01:30 2026", None, Some(90)),
            ("Thu, 26 Nov 2026 11:59:59 GMT", None, None),
            ("Thu, 26 Nov 2026 12:00:00 GMT", None, None),
            ("Mon, 26 Nov 2029 12:00:00 GMT", None, Some(86_400)),
            ("Thu, 26 Nov 1970 12:00:00 GMT", None, None),
            // Ours is an hour ahead of whoever said it.
            ("Thu, 26 Nov 2026 11:01:30 GMT", Some(date), Some(90)),
            ("Thu, 26 Nov 2026 12:01:30 GMT", Some("soon"), Some(90)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            let wait = at(&headers, now).map(|wait| wait.as_secs());
            assert_eq!(wait, expected, "{asked} {date:?}");
        }
        assert_eq!(at(&HeaderMap::new(), now), None);
    }
}
