//! The decision about a request for a run.

use std::sync::Arc;

use tokio::sync::oneshot;
use uuid::Uuid;

use super::run::Run;
use super::shared::Unreachable;
use crate::cooldown::Wait;

/// How many runs there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// At once.
    pub(crate) running: usize,
    /// Waiting for their turn.
    pub(crate) queued: usize,
}

/// The result of a request for a run.
pub(crate) enum Admission {
    /// A new run; it may start when `turn` says so.
    New { run: Arc<Run>, turn: Turn },
    /// The school's current run.
    Joined(Arc<Run>),
}

/// Why no run was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// All places and the queue are taken.
    Busy,
    /// The launcher is about to end.
    ShuttingDown,
    /// The other launchers cannot be asked.
    Unreachable,
    /// For so long yet, refreshes may be running that are not known here.
    Settling { seconds: u64 },
    /// The school has to wait for its next refresh.
    CoolingDown {
        wait: Wait,
        /// Its run that ended last, if that is remembered.
        after: Option<Uuid>,
    },
}

impl From<Unreachable> for Refused {
    fn from(_: Unreachable) -> Self {
        Self::Unreachable
    }
}

/// When a new run may start.
pub(crate) enum Turn {
    /// Now.
    Now,
    /// Once another has ended.
    After(oneshot::Receiver<()>),
}
