//! One page, read: what became of its records.

use sync_protocol::{KnackRecordId, SkipReason};

use super::asked::Asked;
use super::heard::Heard;
use crate::transform::Transformed;

/// What became of one record.
pub(crate) type Outcome = Result<Transformed, SkipReason>;

/// One page, its records read.
pub(super) struct PageRead {
    pub(super) asked: Asked,
    pub(super) total_pages: u64,
    pub(super) total_records: u64,
    /// How many records it holds, and their size.
    pub(super) len: u64,
    pub(super) bytes: u64,
    pub(super) outcomes: Vec<(KnackRecordId, Outcome)>,
    pub(super) heard: Heard,
}
