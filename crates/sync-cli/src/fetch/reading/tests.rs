use crate::fetch::asked::Asked;
use crate::fetch::cuts::Cuts;
use crate::transform::{NotTaken, Why};

use super::*;

/// Reads a list of records of which some are lost, as `lost` says of a page's first place, its size and a place in it.
/// Returns the places read, how often a page was asked for after the first round, and whether a warning is due.
fn read(
    records: u64,
    announced: u64,
    rows: u64,
    lost: impl Fn(u64, u64, u64) -> bool,
) -> (Vec<u64>, usize, bool) {
    let mut reading = Reading::<()>::default();
    let mut seen = std::collections::BTreeSet::new();
    let mut ask = |reading: &mut Reading<()>, part: Part, round: Round| {
        let mut pages = 0;
        let mut cuts = Cuts::over([part]);
        while let Some(asked) = cuts.next(0) {
            pages += 1;
            let places = asked.places();
            let held: Vec<u64> = places
                .clone()
                .filter(|place| *place < records && !lost(places.start, asked.rows, *place))
                .collect();
            reading.add(
                PageRead {
                    extent: Extent {
                        total_pages: announced.div_ceil(asked.rows),
                        total_records: announced,
                        len: held.len() as u64,
                        bytes: 0,
                        asked,
                    },
                    outcomes: held
                        .iter()
                        .map(|place| {
                            let id = format!("{place:024x}").parse().unwrap();
                            let not_taken = NotTaken {
                                why: Why::MissingEmail,
                                email: None,
                                name: String::new(),
                            };
                            (id, Err(not_taken))
                        })
                        .collect(),
                    unreadable: Vec::new(),
                    heard: Heard::default(),
                },
                round,
            );
            seen.extend(held);
        }
        pages
    };
    let whole = Part {
        places: 0..announced.next_multiple_of(rows),
        most_rows: rows,
    };
    ask(&mut reading, whole, Round::First);
    let mut gaps = reading.gaps();
    let mut repeated = 0;
    for round in Round::REPEATED {
        for part in gaps.iter().filter_map(|gap| gap.part(round)) {
            repeated += ask(&mut reading, part, round);
        }
        gaps = reading.still_open(&gaps, round);
    }
    let is_lacking = reading.is_lacking(&gaps);
    (seen.into_iter().collect(), repeated, is_lacking)
}

#[test]
fn whole_pages_are_read_once() {
    for (records, rows) in [(0, 5), (1, 5), (5, 5), (12, 5), (465, 100)] {
        let (places, repeated, is_lacking) = read(records, records, rows, |_, _, _| false);
        assert_eq!(places.len() as u64, records);
        assert_eq!((repeated, is_lacking), (0, false), "{records}");
    }
}

#[test]
fn what_a_page_loses_for_its_size_or_its_place_is_found_in_pages_cut_differently() {
    type Lost = fn(u64, u64, u64) -> bool;
    let losses: [(&str, Lost); 5] = [
        ("the end of the first page", |start, rows, place| {
            start == 0 && place + 2 >= start + rows
        }),
        ("the beginning of the second page", |start, rows, place| {
            start == rows && place < start + 2
        }),
        ("a third of every page", |start, rows, place| {
            place - start < rows / 3
        }),
        ("all of a page", |start, rows, _| start == rows),
        ("what is over 30 in a page", |start, _, place| {
            place - start >= 30
        }),
    ];
    for (name, lost) in losses {
        for rows in [40, 60, 100] {
            let (places, _, is_lacking) = read(465, 465, rows, lost);
            let missing = 465 - places.len();
            assert!(
                missing == 0 || name == "a third of every page",
                "{name}, {rows}: {missing}"
            );
            assert_eq!(is_lacking, missing > 0, "{name}, {rows}");
        }
    }
}

#[test]
fn records_that_knack_never_shows_are_warned_of_after_a_bounded_search() {
    let (places, repeated, is_lacking) = read(465, 465, 100, |_, _, place| place == 150);
    assert_eq!((places.len(), is_lacking), (464, true));
    assert!(repeated <= 6, "{repeated}");
}

#[test]
fn a_count_that_is_too_high_is_an_estimate() {
    for (records, announced, is_lacking, most) in [
        // Within the last page.
        (12, 13, false, 4),
        (465, 499, false, 4),
        // Pages that are not there.
        (12, 22, true, 6),
        (10, 20, true, 1),
        (465, 4_465, true, 7),
    ] {
        let rows = if records < 100 { 5 } else { 100 };
        let (places, repeated, warned) = read(records, announced, rows, |_, _, _| false);
        assert_eq!(places.len() as u64, records);
        assert_eq!(warned, is_lacking, "{records} of {announced}");
        assert!(repeated <= most, "{records} of {announced}: {repeated}");
    }
}

#[test]
fn empty_pages_behind_the_last_record_are_no_gaps_whatever_their_size() {
    let mut reading = Reading::<()>::default();
    let page = |number, rows, len| PageRead {
        extent: Extent {
            asked: Asked {
                number,
                rows,
                needed: 0..rows,
            },
            total_pages: 4_000,
            total_records: 4_000 * rows,
            len,
            bytes: 0,
        },
        outcomes: Vec::new(),
        unreadable: Vec::new(),
        heard: Heard::default(),
    };
    for number in 1..=7 {
        let len = if number == 1 { 12 } else { 0 };
        reading.add(page(number, 100, len), Round::First);
    }
    reading.add(page(1, 1_000, 12), Round::First);
    let places: Vec<Places> = reading.gaps().into_iter().map(|gap| gap.places).collect();
    assert_eq!(places, [0..100, 0..1_000, 100..200]);
}
