//! Checks a run before it compares anything: its year, the clocks, and how few records there are. Pure.

use jiff::civil::Date;
use sync_protocol::{AcademicYear, Calendar, WarningCode};

use crate::clock_skew::Comparison;
use crate::error::SyncError;
use crate::service::Service;

/// This many stored students, or fewer, may well all have left.
const FEW_STUDENTS: usize = 10;

/// What is odd about how much Knack returned of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suspicion {
    /// No record at all.
    Empty,
    /// Fewer than half as many students as are stored.
    Few,
}

impl Suspicion {
    /// Of so many records, and of so many students in them, where that many students are stored.
    pub(super) fn of(records: usize, students: usize, stored: usize) -> Option<Self> {
        if stored <= FEW_STUDENTS {
            return None;
        }
        if records == 0 {
            return Some(Self::Empty);
        }
        (2 * students < stored).then_some(Self::Few)
    }

    /// What is said of it where it is about students.
    pub(super) fn of_students(self) -> WarningCode {
        match self {
            Self::Empty => WarningCode::SuspiciouslyEmpty,
            Self::Few => WarningCode::SuspiciouslyFew,
        }
    }

    /// What is said of it where it is about question answers.
    pub(super) fn of_answers(self) -> WarningCode {
        match self {
            Self::Empty => WarningCode::AnswersSuspiciouslyEmpty,
            Self::Few => WarningCode::AnswersSuspiciouslyFew,
        }
    }
}

/// `Err` if a school with this calendar is in another year by the clock of a service.
pub(super) fn same_year(
    clocks: &[(Service, Comparison)],
    calendar: Calendar,
) -> Result<(), SyncError> {
    clocks
        .iter()
        .try_for_each(|(service, clocks)| clocks.same_year(calendar, *service))
        .map_err(SyncError::WrongClock)
}

/// The year to refresh: the current one, or the one asked for if this school has or had it.
pub(super) fn academic_year(
    asked: Option<AcademicYear>,
    calendar: Calendar,
    today: Date,
) -> Result<AcademicYear, SyncError> {
    let current = AcademicYear::containing(today, calendar);
    let Some(asked) = asked else {
        return Ok(current);
    };
    if asked.calendar() != calendar {
        return Err(SyncError::Usage(format!(
            "--academic-year: this school has no year {asked}; its current year is {current}."
        )));
    }
    if asked.first_day() > today {
        return Err(SyncError::Usage(format!(
            "--academic-year: {asked} has not begun; this school's current year is {current}."
        )));
    }
    Ok(asked)
}
