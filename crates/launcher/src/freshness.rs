//! Decides whether a school's data is stale. Pure: no clock.

use std::time::Duration;

use dashboard::sync_logs;
use jiff::Timestamp;

/// Whether the newest copy of a school's data is older than `stale_after`, or there never was one.
pub(crate) fn is_stale(newest: Option<Timestamp>, stale_after: Duration, now: Timestamp) -> bool {
    let newest = newest.and_then(|newest| sync_logs::counted_from(newest, now));
    newest.is_none_or(|newest| {
        let age = Duration::try_from(now.duration_since(newest)).unwrap_or_default();
        age > stale_after
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
            (Some("2026-11-25T10:01:00Z"), false),
            (Some("2026-11-25T10:01:01Z"), true),
            (Some("2027-11-25T10:00:00Z"), true),
        ] {
            let newest_at = newest.map(|time| time.parse().unwrap());
            let stale = is_stale(newest_at, Duration::from_hours(24), now);
            assert_eq!(stale, is_old, "{newest:?}");
        }
    }
}
