//! The result of one phase of a table's writing: what was written, and which rows were left as others had made them
//! meanwhile.

use std::collections::HashSet;

use sync_protocol::{Changes, KnackRecordId, TableChanges, WarningCode};

use super::reread::Now;
use crate::error::{SavedRows, SyncError};
use crate::ledger::Ledger;

pub(super) struct Written<R> {
    /// Rows that were written, where the database returns them.
    pub(super) returned: Vec<R>,
    /// Whose rows were sent more than once: what an answer that got lost had written is not among those returned.
    pub(super) repeated: HashSet<KnackRecordId>,
    /// Whose rows somebody else has changed meanwhile, so that they were kept.
    pub(super) kept: Vec<KnackRecordId>,
    /// Whose rows are not this school's any more, so that they were left alone.
    pub(super) gone: Vec<KnackRecordId>,
    /// Whose rows went with a student that was deleted meanwhile.
    pub(super) student_deleted: Vec<KnackRecordId>,
    /// Rows that turned out to be stored already, just so.
    pub(super) already_stored: u64,
    /// How many were written.
    pub(super) changes: TableChanges,
}

impl<R> Default for Written<R> {
    fn default() -> Self {
        Self {
            returned: Vec::new(),
            repeated: HashSet::new(),
            kept: Vec::new(),
            gone: Vec::new(),
            student_deleted: Vec::new(),
            already_stored: 0,
            changes: TableChanges::default(),
        }
    }
}

impl<R> Written<R> {
    /// Books what was written, and whether anything may have been.
    pub(super) fn book(
        &self,
        outcome: &Result<(), SyncError>,
        ledger: &mut Ledger,
        of: fn(&mut Changes) -> &mut TableChanges,
    ) {
        // An answer that is lost says nothing about what was saved.
        let may_have = matches!(outcome, Err(error) if error.may_have_saved());
        if may_have || self.changes.synced() > 0 {
            ledger.saved = SavedRows::Some;
        }
        let counts = of(&mut ledger.changes);
        counts.inserted += self.changes.inserted;
        counts.updated += self.changes.updated;
        counts.unchanged += self.kept.len() as u64 + self.already_stored;
        self.name_left(ledger);
    }

    /// Names the rows that were left.
    pub(super) fn name_left(&self, ledger: &mut Ledger) {
        for record in self.kept.iter().chain(&self.gone) {
            ledger.findings.warn(WarningCode::ChangedMeanwhile, *record);
        }
        for record in &self.student_deleted {
            ledger.findings.warn(WarningCode::StudentDeleted, *record);
        }
    }

    /// Leaves a row as others have made it. Whether it may still be written.
    pub(super) fn leave(&mut self, record: KnackRecordId, now: Now) -> bool {
        let left = match now {
            Now::AsRead => return true,
            Now::Changed => &mut self.kept,
            Now::Gone => &mut self.gone,
            Now::StudentDeleted => &mut self.student_deleted,
        };
        left.push(record);
        false
    }

    /// Adds what a later phase of the same table left, and how much it wrote.
    pub(super) fn add<S>(&mut self, later: Written<S>) {
        self.kept.extend(later.kept);
        self.gone.extend(later.gone);
        self.student_deleted.extend(later.student_deleted);
        self.already_stored += later.already_stored;
        self.changes.inserted += later.changes.inserted;
        self.changes.updated += later.changes.updated;
    }

    /// Whether a row of this student was left as others had made it meanwhile.
    pub(super) fn is_left(&self, record: KnackRecordId) -> bool {
        self.kept.contains(&record) || self.is_gone(record)
    }

    /// Whether a row of this student is not this school's any more.
    pub(super) fn is_gone(&self, record: KnackRecordId) -> bool {
        self.gone.contains(&record) || self.student_deleted.contains(&record)
    }
}
