//! Where an academic year begins and ends, as the sandbox needs it: kept apart from the code under test, so that the
//! one cannot repeat the other's mistake.

use jiff::{ToSpan as _, civil::Date};

/// The first day of the academic year that `today` lies in: 1 August, or 1 January where the calendar year counts.
pub fn first_day(today: Date, calendar_year: bool) -> Date {
    let year = if calendar_year || today.month() >= 8 {
        today.year()
    } else {
        today.year() - 1
    };
    Date::new(year, if calendar_year { 1 } else { 8 }, 1).expect("the first of a month is a date")
}

/// The last day of the academic year that `today` lies in: 31 July, or 31 December.
pub fn last_day(today: Date, calendar_year: bool) -> Date {
    let first = first_day(today, calendar_year);
    first.saturating_add(1.year()).saturating_sub(1.day())
}

/// The day `days` after the first one of the academic year, but never after `today`.
pub fn nth_day(today: Date, calendar_year: bool, days: i64) -> Date {
    first_day(today, calendar_year)
        .saturating_add(days.days())
        .min(today)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_year_runs_from_august_to_july_or_from_january_to_december() {
        for (today, calendar, first, last) in [
            (date(2026, 8, 1), false, date(2026, 8, 1), date(2027, 7, 31)),
            (
                date(2027, 7, 31),
                false,
                date(2026, 8, 1),
                date(2027, 7, 31),
            ),
            (
                date(2026, 11, 23),
                true,
                date(2026, 1, 1),
                date(2026, 12, 31),
            ),
        ] {
            assert_eq!(
                (first_day(today, calendar), last_day(today, calendar)),
                (first, last),
                "{today}"
            );
        }
    }

    #[test]
    fn no_day_lies_in_the_future() {
        assert_eq!(nth_day(date(2026, 8, 3), false, 60), date(2026, 8, 3));
        assert_eq!(nth_day(date(2026, 11, 23), false, 60), date(2026, 9, 30));
    }
}
