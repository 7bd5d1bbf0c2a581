//! Remembers which schools have been reported today, in UTC. Pure: no clock.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// More than there are schools.
const MOST: usize = 10_000;

/// The day on which something was last said of each school.
#[derive(Debug, Default)]
pub(super) struct OnceADay(HashMap<Uuid, Date>);

impl OnceADay {
    /// Whether nothing was said of this school today.
    pub(super) fn may_say(&self, school: Uuid, now: Timestamp) -> bool {
        self.0.get(&school) != Some(&day(now))
    }

    /// Something was said of it.
    pub(super) fn said(&mut self, school: Uuid, now: Timestamp) {
        self.said_on(school, day(now));
    }

    /// The same, on this day.
    pub(super) fn said_on(&mut self, school: Uuid, today: Date) {
        if self.0.len() >= MOST {
            self.0.retain(|_, day| *day == today);
        }
        if self.0.len() < MOST {
            self.0.insert(school, today);
        }
    }
}

/// In UTC.
pub(super) fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_school_is_spoken_of_once_a_day() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut said = OnceADay::default();
        for (school, now, expected) in [
            (one, "2026-11-26T00:00:00Z", true),
            (one, "2026-11-26T23:59:59Z", false),
            (other, "2026-11-26T12:00:00Z", true),
            (one, "2026-11-27T00:00:00Z", true),
            (one, "2026-11-27T00:00:01Z", false),
            // A clock that was set back.
            (one, "2026-11-26T12:00:00Z", true),
        ] {
            let now = now.parse().unwrap();
            assert_eq!(said.may_say(school, now), expected, "{school} {now}");
            if expected {
                said.said(school, now);
            }
        }
    }
}
