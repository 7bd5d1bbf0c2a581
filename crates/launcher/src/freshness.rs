//! Whether a school's data is stale. Pure: no clock.

use std::time::Duration;

use jiff::Timestamp;

/// Whether the newest copy of a school's data is older than `stale_after`, or there never was one.
pub(crate) fn is_stale(newest: Option<Timestamp>, stale_after: Duration, now: Timestamp) -> bool {
    newest.is_none_or(|newest| {
        // A time in the future, from a clock that is ahead, is not old.
        Duration::try_from(now.duration_since(newest)).is_ok_and(|age| age > stale_after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_stale_once_it_is_older_than_the_limit() {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        for (newest, is_old) in [
            (None, true),
            (Some("2026-11-25T10:00:00Z"), false),
            (Some("2026-11-24T10:00:00Z"), false),
            (Some("2026-11-24T09:59:59Z"), true),
            (Some("2020-01-01T00:00:00Z"), true),
            (Some("2026-11-25T10:05:00Z"), false),
        ] {
            let newest_at = newest.map(|time| time.parse().unwrap());
            let stale = is_stale(newest_at, Duration::from_hours(24), now);
            assert_eq!(stale, is_old, "{newest:?}");
        }
    }
}
