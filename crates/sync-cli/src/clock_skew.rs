//! Whether this machine's clock can be believed: it is compared with the `Date` of the services' answers. A clock that is a
//! year off would have another academic year refreshed, and find nothing in it.

use dashboard::today;
use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use sync_protocol::{AcademicYear, Calendar};

use crate::service::Service;

/// A difference up to this has no consequences.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The readings of two clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comparison {
    ours: Timestamp,
    theirs: Timestamp,
}

/// By ours it is another academic year than by theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnotherYear {
    pub(crate) service: Service,
    pub(crate) our_day: Date,
    pub(crate) their_day: Date,
}

impl Comparison {
    /// `date` is a `Date` header; nothing if it cannot be read.
    pub(crate) fn of(date: &str, ours: Timestamp) -> Option<Self> {
        let theirs = DateTimeParser::new().parse_timestamp(date).ok()?;
        Some(Self { ours, theirs })
    }

    /// Whether the clocks differ by more than it takes an answer to arrive.
    pub(crate) fn is_skewed(&self) -> bool {
        self.ours.duration_since(self.theirs).abs() > TOLERANCE
    }

    /// `Err` if a school with this calendar is in another year by the clock of `service`.
    pub(crate) fn same_year(
        &self,
        calendar: Calendar,
        service: Service,
    ) -> Result<(), AnotherYear> {
        let (our_day, their_day) = (today(self.ours, calendar), today(self.theirs, calendar));
        let year = |day| AcademicYear::containing(day, calendar);
        if !self.is_skewed() || year(our_day) == year(their_day) {
            return Ok(());
        }
        Err(AnotherYear {
            service,
            our_day,
            their_day,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(date: &str, ours: &str) -> Option<Comparison> {
        Comparison::of(date, ours.parse().unwrap())
    }

    #[test]
    fn a_clock_is_off_by_more_than_five_minutes_either_way() {
        for (ours, is_skewed) in [
            ("2026-11-26T12:00:00Z", false),
            ("2026-11-26T12:05:00Z", false),
            ("2026-11-26T12:05:01Z", true),
            ("2026-11-26T11:55:00Z", false),
            ("2026-11-26T11:54:59Z", true),
            ("2027-11-26T12:00:00Z", true),
            ("1970-01-01T00:00:00Z", true),
        ] {
            let compared = compared("Thu, 26 Nov 2026 12:00:00 GMT", ours).unwrap();
            assert_eq!(compared.is_skewed(), is_skewed, "{ours}");
        }
    }

    #[test]
    fn text_that_is_not_a_date_says_nothing() {
        for date in [
            "",
            "now",
            "2026-11-26T12:00:00Z",
            "Fri, 26 Nov 2026 12:00:00 GMT",
        ] {
            assert_eq!(compared(date, "2026-11-26T12:00:00Z"), None, "{date}");
        }
    }

    #[test]
    fn the_year_is_another_only_where_both_days_lie_in_different_ones() {
        use Calendar::{AugustToJuly, JanuaryToDecember};
        for (theirs, ours, calendar, is_same) in [
            (
                "Thu, 26 Nov 2026 12:00:00 GMT",
                "2027-11-26T12:00:00Z",
                AugustToJuly,
                false,
            ),
            (
                "Thu, 26 Nov 2026 12:00:00 GMT",
                "2026-07-26T12:00:00Z",
                AugustToJuly,
                false,
            ),
            (
                "Thu, 26 Nov 2026 12:00:00 GMT",
                "2027-01-26T12:00:00Z",
                AugustToJuly,
                true,
            ),
            (
                "Thu, 26 Nov 2026 12:00:00 GMT",
                "2027-01-26T12:00:00Z",
                JanuaryToDecember,
                false,
            ),
            // Midnight in London, and a tolerable difference.
            (
                "Fri, 31 Jul 2026 22:58:00 GMT",
                "2026-07-31T23:01:00Z",
                AugustToJuly,
                true,
            ),
            (
                "Fri, 31 Jul 2026 22:58:00 GMT",
                "2026-07-31T23:04:00Z",
                AugustToJuly,
                false,
            ),
            // Midnight in Sydney, and midnight in London for a school there.
            (
                "Thu, 31 Dec 2026 12:58:00 GMT",
                "2026-12-31T13:04:00Z",
                JanuaryToDecember,
                false,
            ),
            (
                "Thu, 31 Dec 2026 23:58:00 GMT",
                "2027-01-01T00:04:00Z",
                JanuaryToDecember,
                true,
            ),
        ] {
            let compared = compared(theirs, ours).unwrap();
            let verdict = compared.same_year(calendar, Service::Knack);
            assert_eq!(verdict.is_ok(), is_same, "{theirs} {ours}");
        }
    }
}
