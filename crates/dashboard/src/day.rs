//! Which day it is for a school.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day in London at `now`. Academic years turn at midnight there, wherever the server is.
///
/// # Panics
/// Never: time zones are compiled in.
pub fn today(now: Timestamp) -> Date {
    let london = TimeZone::get("Europe/London").expect("time zones are bundled");
    london.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_london() {
        for (now, day) in [
            ("2026-07-31T22:59:59Z", date(2026, 7, 31)),
            ("2026-07-31T23:00:00Z", date(2026, 8, 1)),
            ("2026-12-31T23:59:59Z", date(2026, 12, 31)),
        ] {
            assert_eq!(today(now.parse().unwrap()), day, "{now}");
        }
    }
}
