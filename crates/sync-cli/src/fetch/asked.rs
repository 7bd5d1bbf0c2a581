//! Calculates which positions of Knack's list a page covers, from its number and size. Pure.

use std::ops::Range;

use super::plan::MOST_ROWS;

/// Places in the list, as Knack sorts it, from 0.
pub(super) type Places = Range<u64>;

/// One page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// From 1.
    pub(super) number: u64,
    pub(super) rows: u64,
    /// Why it is asked for. It may begin before that, where sizes do not divide each other.
    pub(super) needed: Places,
}

impl Asked {
    /// The first page of these places.
    pub(super) fn first_of(places: &Places, rows: u64) -> Self {
        let before = places.start / rows;
        let end = ((before + 1).saturating_mul(rows)).min(places.end);
        Self {
            number: before + 1,
            rows,
            needed: places.start..end,
        }
    }

    /// All places the page holds.
    pub(super) fn places(&self) -> Places {
        let start = (self.number - 1).saturating_mul(self.rows);
        start..start.saturating_add(self.rows)
    }
}

/// A stretch of the list that is still to be read, in pages of at most so many rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) places: Places,
    pub(super) most_rows: u64,
}

/// The sizes of smaller and larger pages in which a page of `rows` rows that held only `held` of them is read again. Theirs
/// begin elsewhere, and the smaller ones hold no more than the short one did.
pub(super) fn other_sizes(rows: u64, held: u64) -> [u64; 2] {
    let smaller = held.clamp(rows.div_ceil(10).max(1), (rows * 2 / 5).max(1));
    let larger = rows * 3 / 2 + 1;
    if larger <= MOST_ROWS {
        [smaller, larger]
    } else {
        [smaller, rows / 3]
    }
}
