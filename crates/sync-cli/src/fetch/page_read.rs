//! One page that has been read: what it says about the list, and its records.

use knack_client::Unreadable;
use sync_protocol::KnackRecordId;

use super::asked::Asked;
use super::heard::Heard;
use crate::transform::NotTaken;

/// The result of reading one record.
pub(crate) type Outcome<T> = Result<T, NotTaken>;

/// The size of the list, according to a page.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    pub(super) asked: Asked,
    pub(super) total_pages: u64,
    pub(super) total_records: u64,
    /// How many records the page holds, and their size.
    pub(super) len: u64,
    pub(super) bytes: u64,
}

/// One page, its records read.
pub(super) struct PageRead<T> {
    pub(super) extent: Extent,
    pub(super) outcomes: Vec<(KnackRecordId, Outcome<T>)>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) heard: Heard,
}

impl Extent {
    /// How long the list is, as far as it says: by its pages too, since either count is an estimate.
    pub(super) fn announced(&self) -> u64 {
        let before_last = self.total_pages.saturating_sub(1);
        let with_last = before_last
            .saturating_mul(self.asked.rows)
            .saturating_add(1);
        let announced = if self.total_pages == 0 {
            self.total_records
        } else {
            self.total_records.max(with_last)
        };
        // A full page that holds more than that is not the last.
        let end = self.asked.places().end;
        if self.len >= self.asked.rows && announced < end {
            return end.saturating_add(1);
        }
        announced
    }
}
