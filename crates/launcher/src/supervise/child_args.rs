//! The arguments and variables of one run's child process, beyond those that every run gets.

use dashboard::School;
use uuid::Uuid;

/// One run's part of the arguments and the environment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChildArgs<'a> {
    pub(crate) run_id: Uuid,
    pub(crate) school: &'a School,
    pub(crate) started_by: &'a str,
    /// The number of its lease, if launchers work together.
    pub(crate) fence: Option<u64>,
}
