//! How a child process ended. What that means is decided in `verdict.rs`.

use std::process::ExitStatus;

/// The end of a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exited {
    /// `None` if waiting for it failed.
    pub(super) status: Option<ExitStatus>,
    pub(super) stopped: Option<Stopped>,
    pub(super) was_killed: bool,
}

/// Why the launcher stopped a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    Cancelled,
    TimedOut,
}
