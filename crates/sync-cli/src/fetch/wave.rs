//! How a school's records are cut into pages: so that all of them can be in flight at once.

/// Knack's largest page.
pub(super) const MOST_ROWS: u64 = 1_000;

/// A page costs Knack about as much as 35 rows before the first one (300 ms + 8.7 ms a row: docs/knack-and-dashboard.md, "How
/// fast Knack is"). Smaller pages would spend more of its time, and of the day's allowance, on that than they save.
const FEWEST_ROWS: u64 = 100;

/// For a school of unknown size.
const USUAL_ROWS: u64 = 125;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wave {
    pub(crate) rows_per_page: u64,
    /// How many pages to ask for before Knack has said how many there are.
    pub(crate) expected_pages: u64,
}

impl Wave {
    /// Cuts a school with that many stored students into at most `max_in_flight` pages, with some room for new ones.
    pub(crate) fn plan(
        stored_students: Option<u64>,
        max_in_flight: u64,
        rows: Option<u64>,
    ) -> Self {
        let expected = stored_students.unwrap_or(0);
        let rows_per_page = match (rows, expected) {
            (Some(rows), _) => rows,
            (None, 0) => USUAL_ROWS,
            (None, students) => {
                let with_room = (students * 21).div_ceil(20);
                with_room
                    .div_ceil(max_in_flight)
                    .clamp(FEWEST_ROWS, MOST_ROWS)
            }
        };
        Self {
            rows_per_page,
            expected_pages: expected.div_ceil(rows_per_page).clamp(1, max_in_flight),
        }
    }
}

/// Requests in flight for a wave of that many pages: the count of those not completed rides along.
pub(crate) fn requests_in_flight(max_in_flight: u64) -> usize {
    let requests = if max_in_flight == 1 {
        1
    } else {
        max_in_flight + 1
    };
    usize::try_from(requests).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_is_cut_into_one_wave() {
        for (students, rows_per_page, expected_pages) in [
            (None, 125, 1),
            (Some(0), 125, 1),
            (Some(50), 100, 1),
            (Some(200), 100, 2),
            (Some(465), 100, 5),
            (Some(1_000), 132, 8),
            (Some(2_000), 263, 8),
            (Some(20_000), 1_000, 8),
        ] {
            assert_eq!(
                Wave::plan(students, 8, None),
                Wave {
                    rows_per_page,
                    expected_pages
                }
            );
        }
    }

    #[test]
    fn one_in_flight_and_the_largest_page_is_how_the_original_reads() {
        let wave = Wave::plan(Some(2_000), 1, Some(1_000));
        assert_eq!((wave.rows_per_page, wave.expected_pages), (1_000, 1));
        assert_eq!(requests_in_flight(1), 1);
        assert_eq!(requests_in_flight(8), 9);
    }
}
