//! The pages read so far, and whether they fit together: Knack pages by offset, so a record that comes or goes meanwhile
//! shifts all later ones (docs/knack-and-dashboard.md, "Paging").

use std::collections::{BTreeMap, HashMap, HashSet};

use sync_protocol::{KnackRecordId, SkipReason};

use crate::transform::Transformed;

/// What became of one record.
pub(crate) type Outcome = Result<Transformed, SkipReason>;

/// One page, its records read.
pub(super) struct PageRead {
    pub(super) number: u64,
    pub(super) total_pages: u64,
    pub(super) total_records: u64,
    pub(super) outcomes: Vec<(KnackRecordId, Outcome)>,
}

/// Pages by number.
#[derive(Default)]
pub(super) struct Reading {
    pages: BTreeMap<u64, PageRead>,
    /// Records of an earlier reading, which this one may lack.
    earlier: HashMap<KnackRecordId, Outcome>,
}

impl Reading {
    pub(super) fn add(&mut self, page: PageRead) {
        self.pages.insert(page.number, page);
    }

    /// Records read, duplicates included.
    pub(super) fn len(&self) -> u64 {
        self.pages
            .values()
            .map(|page| page.outcomes.len() as u64)
            .sum()
    }

    /// Totals differ between pages, or a record is on two of them.
    pub(super) fn changed_meanwhile(&self) -> bool {
        let totals: HashSet<u64> = self.pages.values().map(|page| page.total_records).collect();
        let mut seen = HashSet::new();
        let mut ids = self
            .pages
            .values()
            .flat_map(|page| &page.outcomes)
            .map(|(id, _)| *id);
        totals.len() > 1 || ids.any(|id| !seen.insert(id))
    }

    /// Pages before the last that are not full.
    pub(super) fn short_pages(&self, rows_per_page: u64) -> Vec<u64> {
        let pages = self.pages.values();
        pages
            .filter(|page| page.number < page.total_pages)
            .filter(|page| (page.outcomes.len() as u64) < rows_per_page)
            .map(|page| page.number)
            .collect()
    }

    /// Keeps `page` instead of the one with its number, if it holds more.
    pub(super) fn take_longer(&mut self, page: PageRead) {
        let held = self
            .pages
            .get(&page.number)
            .map_or(0, |held| held.outcomes.len());
        if page.outcomes.len() > held {
            self.add(page);
        }
    }

    /// Keeps what `newer` says, and records that only this reading holds: each may have missed some.
    pub(super) fn replace_by(&mut self, newer: Self) {
        let older = std::mem::replace(self, newer);
        self.earlier = older.into_records();
    }

    /// Each record once.
    pub(super) fn into_records(self) -> HashMap<KnackRecordId, Outcome> {
        let mut records = self.earlier;
        records.extend(self.pages.into_values().flat_map(|page| page.outcomes));
        records
    }
}
