//! The refresh program: its path, its environment and its time limits.

use std::path::PathBuf;
use std::time::Duration;

/// How the refresh is started, and how long it may take.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// Its whole environment, except for what belongs to one run.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// After this it is asked to stop.
    pub(crate) timeout: Duration,
    /// This long after that it is killed.
    pub(crate) grace: Duration,
    /// The secrets that must never appear in a log.
    pub(crate) secrets: Vec<String>,
}
