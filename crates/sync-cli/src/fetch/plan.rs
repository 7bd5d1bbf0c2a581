//! How a school's records, and its answers beside them, are cut into pages: both together, for the earliest end that Knack's
//! limit of starts allows. Pure.

use std::time::Duration;

use knack_client::{STARTS, WINDOW};

/// Knack's largest page.
pub(super) const MOST_ROWS: u64 = 1_000;

/// A page costs Knack about as much as 35 rows before the first one. Smaller pages would spend more of its time, and of the
/// day's allowance, on that than they save.
const FEWEST_ROWS: u64 = 100;

/// The time that a page takes, according to the dashboard's logs (docs/knack-and-dashboard.md, "How fast Knack is").
const PAGE: Duration = Duration::from_millis(300);
const ROW_OF_RECORDS: Duration = Duration::from_micros(8_700);
const ROW_OF_ANSWERS: Duration = Duration::from_millis(8);

/// One more page must save at least this, since it costs one of the day's allowance.
const WORTH_A_PAGE: Duration = Duration::from_millis(10);

/// The caller's requirements for the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageOptions {
    /// Pages of one object requested at once, and about as many of the other beside them.
    pub(crate) max_in_flight: u64,
    /// Chosen by the school's size if `None`.
    pub(crate) rows_per_page: Option<u64>,
    /// Whether question answers are read too.
    pub(crate) with_answers: bool,
}

/// The first requests: the pages of records, those of answers, and the count of those not completed, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) records: Wave,
    /// `None` where answers are not read.
    pub(crate) answers: Option<Wave>,
}

/// How the list of one object is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wave {
    pub(super) rows_per_page: u64,
    /// How many pages to ask for before Knack has said how many there are.
    pub(super) expected_pages: u64,
    pub(super) rest: Rest,
}

/// How what Knack announces beyond the expected pages is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Into pages of so many rows.
    Rows(u64),
    /// Into about so many pages.
    Pages(u64),
}

impl PageOptions {
    /// How many requests are in flight at once: the count of those not completed rides along.
    pub(crate) fn requests_in_flight(self) -> usize {
        let requests = match (self.max_in_flight, self.with_answers) {
            (1, _) => 1,
            (most, false) => most + 1,
            (most, true) => 2 * (most + 1),
        };
        usize::try_from(requests).unwrap_or(usize::MAX)
    }
}

impl Plan {
    /// For a school with that many stored students; unknown and none are the same.
    pub(crate) fn of(stored_students: Option<u64>, options: PageOptions) -> Self {
        let students = stored_students.unwrap_or(0);
        match (options.rows_per_page, students) {
            (Some(rows), _) => Self::in_pages_of(rows, students, options),
            (None, 0) => Self::of_unknown_size(options),
            (None, _) => Self::earliest(students, options),
        }
    }

    fn in_pages_of(rows: u64, students: u64, options: PageOptions) -> Self {
        let wave = Wave {
            rows_per_page: rows,
            expected_pages: students.div_ceil(rows).clamp(1, options.max_in_flight),
            rest: Rest::Rows(rows),
        };
        Self {
            records: wave,
            answers: options.with_answers.then_some(wave),
        }
    }

    /// As many pages of records as may start at once. A page beyond the end is answered at once and says how long the list
    /// is. The first page of answers rides along, and the others follow when the next starts are due.
    fn of_unknown_size(options: PageOptions) -> Self {
        let wave = |pages| Wave {
            rows_per_page: FEWEST_ROWS,
            expected_pages: pages,
            rest: Rest::Pages(options.max_in_flight),
        };
        let beside = 1 + u64::from(options.with_answers);
        let most = options.max_in_flight + 1 - u64::from(options.with_answers);
        let at_once = (STARTS as u64 + 1 - beside).min(most) - 1;
        let answers = options.with_answers.then(|| wave(1));
        Self {
            records: wave(at_once.max(1)),
            answers,
        }
    }

    /// All cuts are tried: there are few.
    fn earliest(students: u64, options: PageOptions) -> Self {
        let most = match (options.max_in_flight, options.with_answers) {
            (most, false) => most,
            (1, true) => 2,
            (most, true) => 2 * most + 1,
        };
        let cut = |pages| Wave::cut(students, pages, options.max_in_flight);
        let plans = (1..=most).flat_map(|pages| {
            let records = cut(pages);
            let of_answers = if options.with_answers {
                1..=most - pages
            } else {
                0..=0
            };
            of_answers.map(move |pages| Self {
                records,
                answers: (pages > 0).then(|| cut(pages)),
            })
        });
        plans
            .min_by_key(Self::cost)
            .expect("one page of each is always possible")
    }

    /// When its last answer comes, and what its pages are worth beside that.
    fn cost(&self) -> Duration {
        let (end, requests) = self.end();
        end + WORTH_A_PAGE * requests
    }

    /// When its last answer comes, and to how many requests.
    fn end(&self) -> (Duration, u32) {
        let records = self.records.pages(ROW_OF_RECORDS);
        let answers = self.answers.iter();
        let answers = answers.flat_map(|wave| wave.pages(ROW_OF_ANSWERS));
        let requests = records.chain(answers).chain([PAGE]);
        let ends = requests.zip(starts()).map(|(page, start)| start + page);
        ends.fold((Duration::ZERO, 0), |(last, requests), end| {
            (last.max(end), requests + 1)
        })
    }
}

impl Wave {
    /// That many students, with some room for new ones, in at most so many pages.
    fn cut(students: u64, pages: u64, max_in_flight: u64) -> Self {
        let with_room = (students * 21).div_ceil(20);
        let rows_per_page = with_room.div_ceil(pages).clamp(FEWEST_ROWS, MOST_ROWS);
        Self {
            rows_per_page,
            expected_pages: students.div_ceil(rows_per_page),
            rest: Rest::Pages(max_in_flight),
        }
    }

    /// How long each of its pages takes.
    fn pages(&self, row: Duration) -> impl Iterator<Item = Duration> + use<> {
        let rows = u32::try_from(self.rows_per_page).unwrap_or(u32::MAX);
        let pages = usize::try_from(self.expected_pages).unwrap_or(usize::MAX);
        std::iter::repeat_n(PAGE + row.saturating_mul(rows), pages)
    }

    /// The size of pages for the places `from..end`, which lie behind the expected pages. One that divides what lies before
    /// reads no row twice.
    pub(super) fn rows_of_rest(&self, from: u64, end: u64) -> u64 {
        match self.rest {
            Rest::Rows(rows) => rows,
            Rest::Pages(pages) => {
                let rows = end.saturating_sub(from).div_ceil(pages.max(1));
                let rows = rows.clamp(FEWEST_ROWS, MOST_ROWS);
                let a_little_larger = rows..=(rows + rows / 4).min(MOST_ROWS);
                let mut fitting = a_little_larger.filter(|rows| from.is_multiple_of(*rows));
                fitting.next().unwrap_or(rows)
            }
        }
    }
}

/// When requests may start that are all made at once.
fn starts() -> impl Iterator<Item = Duration> {
    let windows = (0..).map(|window| WINDOW.saturating_mul(window));
    windows.flat_map(|start| std::iter::repeat_n(start, STARTS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(max_in_flight: u64, with_answers: bool) -> PageOptions {
        PageOptions {
            max_in_flight,
            rows_per_page: None,
            with_answers,
        }
    }

    /// Pages and rows of records and of answers.
    fn plan(students: u64, options: PageOptions) -> ((u64, u64), Option<(u64, u64)>) {
        let plan = Plan::of(Some(students), options);
        let cut = |wave: Wave| (wave.expected_pages, wave.rows_per_page);
        (cut(plan.records), plan.answers.map(cut))
    }

    #[test]
    fn records_alone_are_cut_into_one_window_of_starts() {
        for (students, pages, rows) in [
            (50, 1, 100),
            (200, 2, 100),
            (465, 5, 100),
            (1_000, 8, 132),
            (2_000, 8, 263),
            (20_000, 20, 1_000),
        ] {
            let expected = ((pages, rows), None);
            assert_eq!(plan(students, options(8, false)), expected, "{students}");
        }
    }

    #[test]
    fn records_and_answers_are_cut_together_into_one_window_or_two_where_that_helps() {
        for (students, records, answers) in [
            (50, (1, 100), (1, 100)),
            (200, (2, 100), (2, 105)),
            (465, (4, 123), (4, 123)),
            (600, (5, 126), (4, 158)),
            (900, (5, 189), (4, 237)),
            (1_000, (5, 210), (10, 100)),
            (1_500, (6, 263), (11, 144)),
            (2_000, (7, 300), (10, 210)),
            (2_305, (7, 346), (10, 243)),
            (20_000, (20, 1_000), (20, 1_000)),
        ] {
            let expected = (records, Some(answers));
            assert_eq!(plan(students, options(8, true)), expected, "{students}");
        }
    }

    #[test]
    fn fewer_pages_in_flight_are_larger_ones() {
        for (students, most, records, answers) in [
            (465, 1, (1, 489), (1, 489)),
            (2_000, 1, (2, 1_000), (2, 1_000)),
            (465, 2, (3, 163), (2, 245)),
            (2_000, 4, (5, 420), (4, 525)),
        ] {
            let options = options(most, true);
            assert_eq!(plan(students, options), (records, Some(answers)), "{most}");
            let pages = usize::try_from(records.0 + answers.0).unwrap();
            assert!(most == 1 || pages < options.requests_in_flight(), "{most}");
        }
    }

    #[test]
    fn the_wave_ends_as_early_as_knacks_limit_of_starts_allows() {
        for (students, with_answers, latest) in [
            (465, false, 1_170),
            (2_000, false, 2_589),
            (465, true, 1_371),
            (2_000, true, 3_080),
        ] {
            let plan = Plan::of(Some(students), options(8, with_answers));
            let (end, _) = plan.end();
            assert!(end <= Duration::from_millis(latest), "{students}: {end:?}");
        }
    }

    #[test]
    fn a_school_of_unknown_size_fills_the_first_window_with_pages() {
        for (most, with_answers, records) in [
            (8, false, 8),
            (8, true, 7),
            (4, true, 3),
            (2, true, 1),
            (1, true, 1),
            (1, false, 1),
            (32, false, 8),
            (32, true, 7),
        ] {
            let answers = with_answers.then_some((1, 100));
            let expected = ((records, 100), answers);
            assert_eq!(plan(0, options(most, with_answers)), expected, "{most}");
        }
    }

    #[test]
    fn a_size_that_was_asked_for_is_kept() {
        let options = |max_in_flight| PageOptions {
            rows_per_page: Some(1_000),
            ..options(max_in_flight, true)
        };
        // How the original reads.
        let one_by_one = plan(2_000, options(1));
        assert_eq!(one_by_one, ((1, 1_000), Some((1, 1_000))));
        assert_eq!(options(1).requests_in_flight(), 1);
        assert_eq!(plan(2_000, options(8)), ((2, 1_000), Some((2, 1_000))));
        assert_eq!(plan(0, options(8)), ((1, 1_000), Some((1, 1_000))));
        assert_eq!(options(8).requests_in_flight(), 18);
    }

    #[test]
    fn what_was_not_expected_is_cut_into_as_many_pages_as_may_be_in_flight() {
        let wave = Plan::of(None, options(8, true)).records;
        for (from, end, rows) in [
            (700, 701, 100),
            (700, 1_500, 100),
            (700, 2_000, 175),
            (700, 2_500, 225),
            (100, 2_000, 238),
            (700, 400_000, 1_000),
        ] {
            assert_eq!(wave.rows_of_rest(from, end), rows, "{from}..{end}");
        }
    }
}
