//! What was read so far, and whether it fits together: Knack pages by offset, so a record that comes or goes meanwhile
//! shifts all later ones, and a page may hold fewer records than it should (docs/knack-and-dashboard.md, "Paging").

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use sync_protocol::KnackRecordId;

use super::asked::{Part, Places, other_sizes};
use super::heard::Heard;
use super::page_read::{Extent, Outcome, PageRead};

/// How often a place of the list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Round {
    First,
    /// Pages that were short, as they were.
    Again,
    /// Those that stayed short, in smaller pages.
    Smaller,
    /// And in larger ones.
    Larger,
}

impl Round {
    /// What may still be tried, in order.
    pub(super) const REPEATED: [Self; 3] = [Self::Again, Self::Smaller, Self::Larger];
}

/// Places where records seem to be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    places: Places,
    rows: u64,
    /// How many records the page held.
    held: u64,
    /// The last round that may help.
    last_round: Round,
    /// Whether the count alone says so, which is an estimate.
    is_last_page: bool,
}

/// A page, without its records.
struct Seen {
    page: Extent,
    round: Round,
}

/// All pages read, and what became of their records.
pub(super) struct Reading<T> {
    pages: Vec<Seen>,
    /// Each record once, and where it was first read.
    records: HashMap<KnackRecordId, (Outcome<T>, Places)>,
    /// What stands at a place of the list and cannot be read, and its id where it says one.
    unreadable: BTreeMap<u64, Option<KnackRecordId>>,
    has_moved: bool,
    pub(super) heard: Heard,
    /// Records of an earlier reading, which this one may lack.
    earlier: HashMap<KnackRecordId, Outcome<T>>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            records: HashMap::new(),
            unreadable: BTreeMap::new(),
            has_moved: false,
            heard: Heard::default(),
            earlier: HashMap::new(),
        }
    }
}

impl Seen {
    fn places(&self) -> Places {
        self.page.asked.places()
    }

    /// How many records it should hold.
    fn expected(&self) -> u64 {
        let Extent {
            asked,
            total_pages,
            total_records,
            ..
        } = &self.page;
        if asked.number < *total_pages {
            return asked.rows;
        }
        let rest = total_records.saturating_sub(self.places().start);
        rest.min(asked.rows)
    }

    fn is_short(&self) -> bool {
        self.page.len < self.expected()
    }
}

impl<T> Reading<T> {
    pub(super) fn add(&mut self, page: PageRead<T>, round: Round) {
        let places = page.extent.asked.places();
        self.heard.add(page.heard);
        for record in page.unreadable {
            let id = record.id.and_then(|id| id.parse().ok());
            self.unreadable
                .insert(places.start + record.place as u64, id);
        }
        for (id, outcome) in page.outcomes {
            match self.records.entry(id) {
                Entry::Vacant(entry) => {
                    entry.insert((outcome, places.clone()));
                }
                Entry::Occupied(mut entry) => {
                    let (newest, first_places) = entry.get_mut();
                    *newest = outcome;
                    // Pages of different sizes may overlap.
                    if round == Round::First && are_apart(first_places, &places) {
                        self.has_moved = true;
                    }
                }
            }
        }
        self.pages.push(Seen {
            page: page.extent,
            round,
        });
    }

    /// Records read, each once.
    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// What could not be read: each once, by its id where it says one.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = Option<KnackRecordId>> {
        let mut seen = HashSet::new();
        let found = self.unreadable.values().copied();
        let is_new = move |id: &Option<KnackRecordId>| id.is_none_or(|id| seen.insert(id));
        found.filter(is_new)
    }

    /// Whether more than half of all that was read is no record that can be read.
    pub(super) fn is_mostly_unreadable(&self) -> bool {
        self.unreadable().count() > self.records.len()
    }

    /// Totals differ between pages, or a record is on two pages that share no place.
    pub(super) fn changed_meanwhile(&self) -> bool {
        let totals: HashSet<u64> = self
            .of(Round::First)
            .map(|seen| seen.page.total_records)
            .collect();
        totals.len() > 1 || self.has_moved
    }

    /// Where pages hold fewer records than they should.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let with_records = self.of(Round::First).filter(|seen| seen.page.len > 0);
        let ends = with_records.map(|seen| seen.places().start + seen.page.len);
        let end_of_records = ends.max().unwrap_or(0);
        let mut short: Vec<&Seen> = self
            .of(Round::First)
            .filter(|seen| seen.is_short())
            .collect();
        short.sort_by_key(|seen| seen.places().start);
        let mut gaps: Vec<Gap> = Vec::new();
        let mut is_past_the_end = false;
        for seen in short {
            let start = seen.places().start;
            let is_empty_end = start >= end_of_records;
            if is_empty_end && is_past_the_end {
                // An empty page ends the list. It is asked for again; those behind it are not.
                continue;
            }
            is_past_the_end = is_empty_end;
            let is_last_page = seen.page.asked.number >= seen.page.total_pages;
            gaps.push(Gap {
                places: start..start + seen.expected(),
                rows: seen.page.asked.rows,
                held: seen.page.len,
                last_round: match (is_empty_end, is_last_page) {
                    (_, true) => Round::Smaller,
                    (true, false) => Round::Again,
                    (false, false) => Round::Larger,
                },
                is_last_page,
            });
        }
        gaps
    }

    /// The gaps that a round has not closed: one of its pages that cover them was short as well.
    pub(super) fn still_open(&self, gaps: &[Gap], round: Round) -> Vec<Gap> {
        let is_open = |gap: &&Gap| {
            let mut covering = self
                .of(round)
                .filter(|seen| !are_apart(&seen.places(), &gap.places));
            gap.last_round < round || covering.any(Seen::is_short)
        };
        gaps.iter().filter(is_open).cloned().collect()
    }

    /// Whether records are missing from these gaps, as far as Knack's count can say.
    pub(super) fn is_lacking(&self, gaps: &[Gap]) -> bool {
        let announced = self
            .of(Round::First)
            .map(|seen| seen.page.total_records)
            .min();
        gaps.iter().any(|gap| !gap.is_last_page) && Some(self.len()) < announced
    }

    fn of(&self, round: Round) -> impl Iterator<Item = &Seen> {
        self.pages.iter().filter(move |seen| seen.round == round)
    }

    /// Keeps what `newer` says, and records that only this reading holds: each may have missed some.
    pub(super) fn replace_by(&mut self, newer: Self) {
        let older = std::mem::replace(self, newer);
        self.earlier = older.into_records();
    }

    /// Each record once.
    pub(super) fn into_records(self) -> HashMap<KnackRecordId, Outcome<T>> {
        let mut records = self.earlier;
        let read = self.records.into_iter();
        records.extend(read.map(|(id, (outcome, _))| (id, outcome)));
        records
    }
}

impl Gap {
    /// How a round reads these places; none where it cannot help.
    pub(super) fn part(&self, round: Round) -> Option<Part> {
        let length = self.places.end - self.places.start;
        let [smaller, larger] = other_sizes(length, self.held);
        let most_rows = match round {
            _ if round > self.last_round => return None,
            Round::First | Round::Again => self.rows,
            Round::Smaller => smaller,
            Round::Larger => larger,
        };
        Some(Part {
            places: self.places.clone(),
            most_rows,
        })
    }
}

fn are_apart(one: &Places, other: &Places) -> bool {
    one.end <= other.start || other.end <= one.start
}

#[cfg(test)]
mod tests {
    use super::super::asked::Asked;
    use super::super::cuts::Cuts;
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
}
