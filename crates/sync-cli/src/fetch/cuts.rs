//! Which pages are asked for next. Knack pages by number and size, so one stretch of its list can be read in pages of any
//! size: smaller ones where a page is too large or too slow, other ones where a page stays short.
//!
//! Pure: it learns from the answers what to ask for, and asks nothing itself.

use std::collections::VecDeque;

use super::asked::{Asked, Part};
use super::page_read::Extent;
use super::plan::{MOST_ROWS, Wave};

/// Pages waiting to be read at once. What is not asked for yet is cut as the answers so far suggest.
const MOST_WAITING: usize = 16;

/// A page that was too large or too slow is asked for in pages of so many times fewer rows.
const FEWER: u64 = 5;

/// How large pages are made again, once one was too large: half of what can be read.
const GOOD_PAGE_BYTES: u64 = knack_client::MAX_PAGE_BYTES as u64 / 2;

/// So many pages without records, one after the other, are the end of the list, whatever Knack's count says.
const EMPTY_PAGES_AT_THE_END: usize = 4;

/// So many single records that are too large, one after the other, are no records: Knack's answers do not end.
const LARGE_RECORDS_IN_A_ROW: u64 = 3;

/// Pages slower than Knack may be are made smaller down to this.
const FEWEST_SLOW_ROWS: u64 = 10;

/// A failure that smaller pages did not help with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CannotBeCut;

/// The pages that are still to be requested.
#[derive(Debug)]
pub(super) struct Cuts {
    parts: VecDeque<Part>,
    /// The largest size that seems to fit.
    rows: u64,
    /// After a page that was too large one page alone is asked for, until one fits: each costs as much as can be read.
    is_careful: bool,
    /// How what lies beyond the parts given is cut, where the list ends as Knack's count says and not with them.
    wave: Option<Wave>,
    /// The end of what was asked for, and of what Knack has announced.
    end_of_asked: u64,
    end_announced: u64,
    end_of_records: u64,
    empty_pages: Vec<u64>,
    has_answered: bool,
    large_in_a_row: u64,
}

impl Cuts {
    /// The whole list: as many pages as are expected, then those that Knack's count adds.
    pub(super) fn whole(wave: Wave) -> Self {
        let end = wave.expected_pages.saturating_mul(wave.rows_per_page);
        let whole = Part {
            places: 0..end,
            most_rows: wave.rows_per_page,
        };
        Self {
            wave: Some(wave),
            ..Self::over([whole])
        }
    }

    /// These parts and no more.
    pub(super) fn over(parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            rows: MOST_ROWS,
            is_careful: false,
            wave: None,
            end_of_asked: 0,
            end_announced: 0,
            end_of_records: 0,
            empty_pages: Vec::new(),
            has_answered: false,
            large_in_a_row: 0,
        }
    }

    /// The next page to ask for while so many are waited for.
    pub(super) fn next(&mut self, waiting: usize) -> Option<Asked> {
        let most_waiting = match (self.is_careful, self.empty_pages.is_empty()) {
            (true, _) => 1,
            // Perhaps the list has ended, and Knack's count is too high.
            (false, false) => EMPTY_PAGES_AT_THE_END,
            (false, true) => MOST_WAITING,
        };
        if waiting >= most_waiting {
            return None;
        }
        let part = self.parts.front_mut()?;
        let asked = Asked::first_of(&part.places, part.most_rows.min(self.rows).max(1));
        part.places.start = asked.needed.end;
        if part.places.is_empty() {
            self.parts.pop_front();
        }
        self.end_of_asked = self.end_of_asked.max(asked.places().end);
        Some(asked)
    }

    /// Learns from a page how long the list is and how large its pages are.
    pub(super) fn answered(&mut self, page: &Extent) {
        self.has_answered = true;
        self.is_careful = false;
        self.large_in_a_row = 0;
        if self.rows < MOST_ROWS
            && let Some(bytes_a_record) = page.bytes.checked_div(page.len)
        {
            let fitting = GOOD_PAGE_BYTES / bytes_a_record.max(1);
            self.rows = fitting.clamp(1, MOST_ROWS);
        }
        let places = page.asked.places();
        if page.len > 0 {
            self.end_of_records = self.end_of_records.max(places.start + page.len);
        } else {
            self.empty_pages.push(places.start);
        }
        let end_of_records = self.end_of_records;
        self.empty_pages.retain(|start| *start >= end_of_records);
        if let Some(wave) = self.wave {
            self.end_announced = self.end_announced.max(page.announced());
            self.reach_for_the_end(wave);
        }
    }

    /// Asks for no more and no less than is announced, unless empty pages show where the list ends.
    fn reach_for_the_end(&mut self, wave: Wave) {
        let first_empty = self.empty_pages.iter().min();
        let end = match first_empty {
            Some(start) if self.empty_pages.len() >= EMPTY_PAGES_AT_THE_END => *start,
            Some(_) | None => self.end_announced,
        };
        for part in &mut self.parts {
            part.places.end = part.places.end.min(end);
        }
        self.parts.retain(|part| !part.places.is_empty());
        let ends = self.parts.iter().map(|part| part.places.end);
        let planned = ends.fold(self.end_of_asked, u64::max);
        if planned < end {
            self.parts.push_back(Part {
                places: planned..end,
                most_rows: wave.rows_of_rest(planned, end),
            });
        }
    }

    /// Asks for a page that was too large in smaller ones. A single record is left out.
    pub(super) fn too_large(&mut self, asked: Asked) -> Result<(), CannotBeCut> {
        if asked.rows > 1 {
            self.cut(asked);
            return Ok(());
        }
        self.large_in_a_row += 1;
        if !self.has_answered && self.large_in_a_row >= LARGE_RECORDS_IN_A_ROW {
            return Err(CannotBeCut);
        }
        Ok(())
    }

    /// Asks for a page that Knack did not answer in time in smaller ones, if it answers at all.
    pub(super) fn too_slow(&mut self, asked: Asked) -> Result<(), CannotBeCut> {
        if !self.has_answered || asked.rows <= FEWEST_SLOW_ROWS {
            return Err(CannotBeCut);
        }
        self.cut(asked);
        Ok(())
    }

    fn cut(&mut self, asked: Asked) {
        let fewer = asked.rows.div_ceil(FEWER);
        self.rows = self.rows.min(fewer);
        self.is_careful = true;
        self.parts.push_front(Part {
            places: asked.needed,
            most_rows: fewer,
        });
    }
}

#[cfg(test)]
mod tests;
