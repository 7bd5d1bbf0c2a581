//! How a process is told to end from outside.

use tokio_util::sync::CancellationToken;

/// What a run's process is told.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    /// To end in order, within its grace period.
    pub(crate) end: CancellationToken,
    /// To be gone at once.
    pub(crate) die: CancellationToken,
}
