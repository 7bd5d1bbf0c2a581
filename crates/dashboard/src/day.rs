//! Decides which day it is for a school.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sync_protocol::Calendar;

/// The day at `now` where a school with this calendar is, wherever the server is: academic years turn at midnight there.
/// Schools that count by the calendar year are Australian; of Australia's zones, Sydney's is the one most of them are in.
///
/// # Panics
/// Never: time zones are compiled in.
pub fn today(now: Timestamp, calendar: Calendar) -> Date {
    let zone = match calendar {
        Calendar::AugustToJuly => "Europe/London",
        Calendar::JanuaryToDecember => "Australia/Sydney",
    };
    let zone = TimeZone::get(zone).expect("time zones are bundled");
    zone.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_day_turns_at_midnight_where_the_school_is() {
        for (calendar, now, day) in [
            (
                Calendar::AugustToJuly,
                "2026-07-31T22:59:59Z",
                date(2026, 7, 31),
            ),
            (
                Calendar::AugustToJuly,
                "2026-07-31T23:00:00Z",
                date(2026, 8, 1),
            ),
            (
                Calendar::AugustToJuly,
                "2026-12-31T23:59:59Z",
                date(2026, 12, 31),
            ),
            // In Sydney's summer: 1 January, 07:00.
            (
                Calendar::JanuaryToDecember,
                "2026-12-31T20:00:00Z",
                date(2027, 1, 1),
            ),
            (
                Calendar::JanuaryToDecember,
                "2026-12-31T12:59:59Z",
                date(2026, 12, 31),
            ),
            (
                Calendar::JanuaryToDecember,
                "2026-12-31T13:00:00Z",
                date(2027, 1, 1),
            ),
            // And in its winter.
            (
                Calendar::JanuaryToDecember,
                "2026-07-31T13:59:59Z",
                date(2026, 7, 31),
            ),
            (
                Calendar::JanuaryToDecember,
                "2026-07-31T14:00:00Z",
                date(2026, 8, 1),
            ),
        ] {
            assert_eq!(today(now.parse().unwrap(), calendar), day, "{now}");
        }
    }
}
