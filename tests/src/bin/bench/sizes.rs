//! Which schools are measured.

use sandbox::data::schools;

/// A school of the sandbox, by its size.
pub(crate) struct Size {
    pub(crate) number: u32,
    pub(crate) students: &'static str,
    pub(crate) school: &'static str,
    /// The specification's estimate, in seconds: README explains it.
    pub(crate) expected: &'static str,
}

const SIZES: [(u32, &str, &str, &str); 5] = [
    (50, "50", schools::TINY, "5–10"),
    (200, "200", schools::SMALL, "15–20"),
    (465, "465", schools::EXAMPLE, "30–40"),
    (1_000, "1,000", schools::LARGE, "50–70"),
    (2_000, "2,000", schools::HUGE, "90–120"),
];

impl Size {
    /// Those of at most so many students.
    pub(crate) fn up_to(most: u32) -> Vec<Self> {
        let sizes = SIZES.into_iter().filter(|size| size.0 <= most);
        let size = |(number, students, school, expected)| Self {
            number,
            students,
            school,
            expected,
        };
        sizes.map(size).collect()
    }

    /// Whether goals were set for schools of this size.
    pub(crate) fn has_goals(&self) -> bool {
        matches!(self.number, 465 | 2_000)
    }
}
