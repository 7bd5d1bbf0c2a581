//! The result of sending a batch.

use std::time::{Duration, Instant};

use sync_protocol::KnackRecordId;

use super::fault::Failure;
use super::pending::Saved;
use super::reread::Now;
use super::waiting::Batch;

/// Rows that others have made otherwise meanwhile, and how.
pub(super) type Left = Vec<(KnackRecordId, Now)>;

/// The rows that were sent, and how that ended.
pub(super) struct Sent<'r, T, R> {
    pub(super) batch: Batch<'r, T>,
    pub(super) outcome: Result<Saved<R>, Failure>,
    /// How long that took, the last time that it was tried.
    pub(super) took: Duration,
}

/// The result of sending a batch.
pub(super) struct Attempted<'r, T, R> {
    /// The rows that were sent.
    pub(super) batch: Batch<'r, T>,
    pub(super) left: Left,
    /// How many rows differ from what is stored only in columns that the database does not take, and so need no writing.
    pub(super) needless: usize,
    /// `None` if none was sent.
    pub(super) outcome: Option<Result<Saved<R>, Failure>>,
    /// When it was sent last.
    pub(super) begun: Instant,
    pub(super) ended: Instant,
}

impl<T, R> Attempted<'_, T, R> {
    /// From when to when it ran, if it took too long.
    pub(super) fn slow_since(&self) -> Option<(Instant, Instant)> {
        let failure = self.outcome.as_ref()?.as_ref().err()?;
        failure.is_slow().then_some((self.begun, self.ended))
    }

    pub(super) fn has_passed(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }
}
