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
    /// The attempts that are left, in order.
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
    /// A record of the list that cannot be read, with its id if it names one.
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

    /// The records that could not be read, each once, by id where they name one.
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
mod tests;
