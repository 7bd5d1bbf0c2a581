//! The pages that are asked for, of lists of many shapes.

use super::*;
use crate::fetch::asked::other_sizes;
use crate::fetch::plan::Rest;

const MB: u64 = 1_000_000;

/// A Knack whose nth record has so many bytes.
struct List(Vec<u64>);

impl List {
    /// Its answer to a page; none if that is too large.
    fn page(&self, asked: &Asked) -> Option<Extent> {
        let total = self.0.len() as u64;
        let places = asked.places();
        let at = |place: u64| usize::try_from(place.min(total)).unwrap();
        let records = &self.0[at(places.start)..at(places.end)];
        let bytes: u64 = records.iter().sum();
        (bytes <= knack_client::MAX_PAGE_BYTES as u64).then(|| Extent {
            asked: asked.clone(),
            total_pages: total.div_ceil(asked.rows),
            total_records: total,
            len: records.len() as u64,
            bytes,
        })
    }

    /// Reads it, eight pages at once: how often each record was read, how many pages were asked for and how many of them
    /// were too large.
    fn read(&self, cuts: &mut Cuts) -> (Vec<u32>, usize, usize) {
        let mut read = vec![0; self.0.len()];
        let (mut pages, mut too_large) = (0, 0);
        let mut waiting = VecDeque::new();
        loop {
            while waiting.len() < 8
                && let Some(asked) = cuts.next(waiting.len())
            {
                waiting.push_back(asked);
            }
            let Some(asked) = waiting.pop_front() else {
                return (read, pages, too_large);
            };
            pages += 1;
            if let Some(page) = self.page(&asked) {
                let start = usize::try_from(asked.places().start).unwrap();
                let held = usize::try_from(page.len).unwrap();
                for times in read.iter_mut().skip(start).take(held) {
                    *times += 1;
                }
                cuts.answered(&page);
            } else {
                too_large += 1;
                cuts.too_large(asked).unwrap();
            }
        }
    }
}

fn wave(rows_per_page: u64, expected_pages: u64) -> Wave {
    Wave {
        rows_per_page,
        expected_pages,
        rest: Rest::Rows(rows_per_page),
    }
}

#[test]
fn pages_that_fit_are_asked_for_once_each() {
    for (records, rows, expected_pages, pages) in [
        (0, 100, 1, 1),
        (12, 5, 1, 3),
        (465, 100, 5, 5),
        (465, 100, 8, 8),
        (16_000, 125, 1, 128),
    ] {
        let list = List(vec![25_000; records]);
        let mut cuts = Cuts::whole(wave(rows, expected_pages));
        let (read, asked, too_large) = list.read(&mut cuts);
        assert!(read.iter().all(|times| *times == 1), "{records}");
        assert_eq!((asked, too_large), (pages, 0), "{records}");
    }
}

#[test]
fn what_was_not_expected_is_asked_for_in_pages_of_another_size_and_none_is_left_out() {
    for (records, rows, expected_pages, pages) in [
        (78, 100, 7, 7),
        (465, 100, 7, 7),
        (700, 100, 7, 7),
        (701, 100, 7, 8),
        // 175 divides 700: no row is read twice.
        (2_000, 100, 7, 7 + 8),
        (2_000, 100, 1, 1 + 9),
        (4_500, 123, 1, 1 + 9),
        (20_000, 100, 8, 8 + 20),
        // Fewer than expected: what has not been asked for is left.
        (100, 100, 40, 8),
    ] {
        let list = List(vec![25_000; records]);
        let mut cuts = Cuts::whole(Wave {
            rest: Rest::Pages(8),
            ..wave(rows, expected_pages)
        });
        let (read, asked, too_large) = list.read(&mut cuts);
        assert!(read.iter().all(|times| *times > 0), "{records}");
        assert_eq!((asked, too_large), (pages, 0), "{records}");
    }
}

#[test]
fn one_record_with_a_pasted_image_costs_a_few_pages_more() {
    for (rows, place) in [(125, 0), (125, 77), (263, 262), (100, 464)] {
        for (bytes, is_read) in [(63 * MB, true), (65 * MB, false)] {
            let mut sizes = vec![25_000; 465];
            sizes[place] = bytes;
            let list = List(sizes);
            let mut cuts = Cuts::whole(wave(rows, 1));
            let (read, pages, too_large) = list.read(&mut cuts);
            let missing: Vec<_> = (0..465).filter(|place| read[*place] == 0).collect();
            assert_eq!(missing, if is_read { vec![] } else { vec![place] });
            assert!(
                pages <= 40 && too_large <= 6,
                "{rows}: {pages}, {too_large}"
            );
        }
    }
}

#[test]
fn a_school_of_pasted_images_is_read_in_pages_that_fit() {
    for (megabytes, most_pages) in [(1, 40), (5, 120), (20, 500), (50, 500)] {
        let list = List(vec![megabytes * MB; 465]);
        let mut cuts = Cuts::whole(wave(100, 5));
        let (read, pages, too_large) = list.read(&mut cuts);
        assert!(read.iter().all(|times| *times > 0), "{megabytes} MB");
        assert!(pages <= most_pages, "{megabytes} MB: {pages}");
        assert!(too_large <= 10, "{megabytes} MB: {too_large}");
    }
}

#[test]
fn answers_that_never_end_are_given_up() {
    let mut cuts = Cuts::whole(wave(125, 1));
    let mut asked = 0;
    let outcome = loop {
        let page = cuts.next(0).expect("there is more to ask for");
        asked += 1;
        if let Err(given_up) = cuts.too_large(page) {
            break given_up;
        }
    };
    assert_eq!((outcome, asked), (CannotBeCut, 6));
}

#[test]
fn a_slow_page_is_made_smaller_only_where_knack_answers_others() {
    let list = List(vec![1; 300]);
    let mut cuts = Cuts::whole(wave(100, 3));
    let slow = cuts.next(0).unwrap();
    assert_eq!(cuts.too_slow(slow.clone()), Err(CannotBeCut));
    let other = cuts.next(0).unwrap();
    cuts.answered(&list.page(&other).unwrap());
    assert_eq!(cuts.too_slow(slow), Ok(()));
    let smaller = cuts.next(0).unwrap();
    assert_eq!((smaller.number, smaller.rows), (1, 20));
    let smallest = Asked::first_of(&(0..10), 10);
    assert_eq!(cuts.too_slow(smallest), Err(CannotBeCut));
}

#[test]
fn a_count_of_records_that_are_not_there_ends_with_the_empty_pages() {
    let list = List(vec![25_000; 465]);
    let mut cuts = Cuts::whole(wave(100, 5));
    let mut pages = 0;
    while let Some(asked) = cuts.next(0) {
        pages += 1;
        let mut page = list.page(&asked).unwrap();
        page.total_records = u64::MAX;
        page.total_pages = u64::MAX / 100;
        cuts.answered(&page);
    }
    assert_eq!(pages, 5 + EMPTY_PAGES_AT_THE_END);
}

#[test]
fn a_count_that_is_too_low_loses_no_page() {
    type Counts = fn(u64) -> (u64, u64);
    let counts: [Counts; 4] = [
        |records| (records, 1),
        |records| (records, 0),
        |records| (records / 3, 0),
        |_| (0, 0),
    ];
    for told in counts {
        for records in [1, 99, 100, 101, 400, 465] {
            let list = List(vec![25_000; usize::try_from(records).unwrap()]);
            let mut cuts = Cuts::whole(wave(100, 1));
            let (mut read, mut pages) = (0, 0);
            while let Some(asked) = cuts.next(0) {
                pages += 1;
                let mut page = list.page(&asked).unwrap();
                (page.total_records, page.total_pages) = told(records);
                read += page.len;
                cuts.answered(&page);
            }
            assert_eq!(read, records, "{:?}", told(records));
            assert!(pages <= records.div_ceil(100) + 1, "{pages}");
        }
    }
}

#[test]
fn a_page_is_cut_differently_in_sizes_that_knack_knows() {
    for (rows, held, others) in [
        (1, 0, [1, 2]),
        (5, 3, [2, 8]),
        (100, 98, [40, 151]),
        (100, 30, [30, 151]),
        (100, 0, [10, 151]),
        (666, 600, [266, 1_000]),
        (1_000, 954, [400, 333]),
    ] {
        assert_eq!(other_sizes(rows, held), others, "{rows}");
    }
}
