//! Rows on their way to a table, and the result of writing them.

use sync_protocol::{ChangeKind, KnackRecordId};

/// Whether a row is new to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Insert,
    Update,
}

impl From<Change> for ChangeKind {
    fn from(change: Change) -> Self {
        match change {
            Change::Insert => Self::Inserted,
            Change::Update => Self::Updated,
        }
    }
}

/// A row to write, and whose it is.
pub(super) struct Pending<T> {
    pub(super) record: KnackRecordId,
    pub(super) change: Change,
    pub(super) row: T,
}

impl<T> Pending<T> {
    pub(super) fn new(record: KnackRecordId, change: Change, row: T) -> Self {
        Self {
            record,
            change,
            row,
        }
    }
}

/// Which rows of a batch were written.
pub(super) enum Saved<R> {
    All,
    /// These, as the database returned them; the others were there already.
    These {
        rows: Vec<R>,
        /// Whether the request was sent more than once, so that an earlier one may have written some of the others.
        is_repeated: bool,
    },
}
