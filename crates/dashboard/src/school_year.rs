//! The subject of one refresh: a school in one academic year.

use sync_protocol::AcademicYear;

use crate::School;

/// A school and one of its years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolYear {
    /// The school.
    pub school: School,
    /// The year.
    pub year: AcademicYear,
}

impl SchoolYear {
    /// The same school, a year earlier.
    #[must_use]
    pub fn previous(&self) -> Self {
        Self {
            school: self.school.clone(),
            year: self.year.previous(),
        }
    }
}
