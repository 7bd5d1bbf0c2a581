//! Academic years: which one a date belongs to, and which days one covers.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// How a school counts its years (docs/knack-and-dashboard.md, "Which year a date belongs to").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Calendar {
    /// 1 August to 31 July, labelled `2026/2027`. The UK rule, and the rule wherever nothing else is known.
    AugustToJuly,
    /// 1 January to 31 December, labelled `2026/2026`. Australian schools that opted out of the UK rule.
    JanuaryToDecember,
}

impl Calendar {
    /// The rule for the two flags of an establishment; an unknown flag means the UK rule.
    pub fn from_flags(is_australian: Option<bool>, use_standard_year: Option<bool>) -> Self {
        if use_standard_year == Some(false) && is_australian == Some(true) {
            Self::JanuaryToDecember
        } else {
            Self::AugustToJuly
        }
    }
}

/// One academic year, written `YYYY/YYYY` wherever it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AcademicYear {
    start: i16,
    calendar: Calendar,
}

/// The text is not the label of an academic year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an academic year is written like 2026/2027 (August to July) or 2026/2026 (calendar year)")]
pub struct InvalidAcademicYear;

/// Years outside these are slips of the keyboard. They also keep every date of a year, and the day before and after it,
/// within what [`Date`] can hold.
const FIRST_YEAR: i16 = 2000;
const LAST_YEAR: i16 = 2999;

impl AcademicYear {
    /// The year of that calendar that holds `day`.
    pub fn containing(day: Date, calendar: Calendar) -> Self {
        let start = match calendar {
            Calendar::AugustToJuly if day.month() < 8 => day.year() - 1,
            Calendar::AugustToJuly | Calendar::JanuaryToDecember => day.year(),
        };
        Self { start, calendar }
    }

    /// The calendar this year belongs to.
    pub fn calendar(self) -> Calendar {
        self.calendar
    }

    /// The year before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self {
            start: self.start - 1,
            ..self
        }
    }

    /// The first day that counts.
    pub fn first_day(self) -> Date {
        match self.calendar {
            Calendar::AugustToJuly => date(self.start, 8, 1),
            Calendar::JanuaryToDecember => date(self.start, 1, 1),
        }
    }

    /// The last day that counts.
    pub fn last_day(self) -> Date {
        match self.calendar {
            Calendar::AugustToJuly => date(self.start + 1, 7, 31),
            Calendar::JanuaryToDecember => date(self.start, 12, 31),
        }
    }

    /// Whether `day` lies in this year, both end days included.
    pub fn contains(self, day: Date) -> bool {
        (self.first_day()..=self.last_day()).contains(&day)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for AcademicYear {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{4}/[0-9]{4}$"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for AcademicYear {}

impl fmt::Display for AcademicYear {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.start, self.last_day().year())
    }
}

impl FromStr for AcademicYear {
    type Err = InvalidAcademicYear;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, end) = text.split_once('/').ok_or(InvalidAcademicYear)?;
        let (start, end) = (year(start)?, year(end)?);
        let calendar = match end - start {
            0 => Calendar::JanuaryToDecember,
            1 => Calendar::AugustToJuly,
            _ => return Err(InvalidAcademicYear),
        };
        Ok(Self { start, calendar })
    }
}

fn year(text: &str) -> Result<i16, InvalidAcademicYear> {
    if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidAcademicYear);
    }
    let year = text.parse().map_err(|_| InvalidAcademicYear)?;
    if (FIRST_YEAR..=LAST_YEAR).contains(&year) {
        Ok(year)
    } else {
        Err(InvalidAcademicYear)
    }
}

impl TryFrom<String> for AcademicYear {
    type Error = InvalidAcademicYear;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AcademicYear> for String {
    fn from(year: AcademicYear) -> Self {
        year.to_string()
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn days() -> impl Strategy<Value = Date> {
        (2001_i16..2900, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
    }

    proptest! {
        #[test]
        fn every_day_lies_in_its_own_year_and_in_no_other(day in days(), australian: bool) {
            let calendar = Calendar::from_flags(Some(australian), Some(false));
            let year = AcademicYear::containing(day, calendar);
            prop_assert!(year.contains(day));
            prop_assert!(!year.previous().contains(day));
            prop_assert_eq!(year.to_string().parse::<AcademicYear>(), Ok(year));
        }

        #[test]
        fn any_text_is_a_year_as_it_is_written_or_none(text in prop_oneof!["[0-9]{4}/[0-9]{4}", "20[0-9]{2}/20[0-9]{2}", any::<String>()]) {
            if let Ok(year) = text.parse::<AcademicYear>() {
                prop_assert_eq!(year.to_string(), text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uk_year_turns_on_the_first_of_august() {
        for (day, label) in [
            (date(2026, 7, 31), "2025/2026"),
            (date(2026, 8, 1), "2026/2027"),
            (date(2026, 12, 31), "2026/2027"),
            (date(2027, 1, 1), "2026/2027"),
        ] {
            let year = AcademicYear::containing(day, Calendar::AugustToJuly);
            assert_eq!(year.to_string(), label);
        }
    }

    #[test]
    fn only_australian_schools_that_opted_out_follow_the_calendar_year() {
        for is_australian in [None, Some(false), Some(true)] {
            for use_standard_year in [None, Some(false), Some(true)] {
                let expected = if (is_australian, use_standard_year) == (Some(true), Some(false)) {
                    Calendar::JanuaryToDecember
                } else {
                    Calendar::AugustToJuly
                };
                assert_eq!(
                    Calendar::from_flags(is_australian, use_standard_year),
                    expected
                );
            }
        }
    }

    #[test]
    fn labels_that_are_not_a_year_are_refused() {
        for text in [
            "",
            "2026",
            "2026/27",
            "2026-2027",
            "2026/2028",
            "2027/2026",
            "0001/0002",
            "+026/2027",
            "2026/2027 ",
            "２０２６/2027",
        ] {
            assert_eq!(text.parse::<AcademicYear>(), Err(InvalidAcademicYear));
        }
    }
}
