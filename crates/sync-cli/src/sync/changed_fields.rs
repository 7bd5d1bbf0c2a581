//! Handles fields of Knack that have changed.

use super::Run;
use crate::error::SyncError;
use crate::field_check::FieldFaults;

impl Run<'_> {
    /// Nothing is written from a field that has changed: `Err` where that would be nothing at all.
    pub(super) fn heed_fields(&mut self, fields: FieldFaults) -> Result<(), SyncError> {
        if let Some(error) = fields.of_everything() {
            return Err(error);
        }
        if let Some((count, named)) = fields.left_out() {
            self.ledger.findings.warn_fields(count, named);
        }
        self.fields = fields;
        Ok(())
    }
}
