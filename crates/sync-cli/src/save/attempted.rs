//! What became of a batch that was sent.

use std::time::Instant;

use supabase_client::SupabaseError;
use sync_protocol::KnackRecordId;

use super::fault::{Fault, fault};
use super::pending::Saved;
use super::reread::Now;
use super::waiting::Batch;

/// Rows that others have made otherwise meanwhile, and how.
pub(super) type Left = Vec<(KnackRecordId, Now)>;

/// The rows that were sent, and how that ended.
pub(super) type Sent<'r, T, R> = (Batch<'r, T>, Result<Saved<R>, SupabaseError>);

/// What became of a batch.
pub(super) struct Attempted<'r, T, R> {
    /// The rows that were sent.
    pub(super) batch: Batch<'r, T>,
    pub(super) left: Left,
    /// `None` if none was sent.
    pub(super) outcome: Option<Result<Saved<R>, SupabaseError>>,
    /// When it was sent last.
    pub(super) begun: Instant,
    pub(super) ended: Instant,
}

impl<T, R> Attempted<'_, T, R> {
    /// From when to when it ran, if it took too long.
    pub(super) fn slow_since(&self) -> Option<(Instant, Instant)> {
        let error = self.outcome.as_ref()?.as_ref().err()?;
        (fault(error) == Fault::OfItsTime).then_some((self.begun, self.ended))
    }

    pub(super) fn has_passed(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }
}
