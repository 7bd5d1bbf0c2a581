//! Whether the refresh's program can be run: it is started as for a refresh, with `--version`. Never takes longer than its
//! limit, and leaves no process of its group, even if it is dropped halfway.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::command;
use super::group::Group;
use super::pipes::{self, Captured};
use super::program::Program;

const LIMIT: Duration = Duration::from_secs(5);
/// The beginning of its output.
const NAME: &[u8] = b"sync-single-establishment ";

/// Why a program cannot be the refresh's; the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("is missing")]
    Missing,
    #[error("needs an interpreter that is missing")]
    WithoutInterpreter,
    #[error("cannot be executed")]
    NotExecutable,
    #[error("did not answer --version within {} s", LIMIT.as_secs())]
    Slow,
    #[error("failed when asked for --version")]
    Failed,
    #[error("is not sync-single-establishment")]
    Another,
}

/// Identifies a file, so that a replaced program is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    mode: u32,
    changed: (i64, i64),
}

impl Stamp {
    /// The file that is there now, if there is one.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let file = std::fs::metadata(path).ok()?;
        Some(Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            mode: file.mode(),
            changed: (file.ctime(), file.ctime_nsec()),
        })
    }
}

impl Program {
    /// Runs it with `--version`.
    pub(crate) async fn names_itself(&self) -> Result<(), Unfit> {
        let mut child = command::version(self)
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound if self.path.exists() => Unfit::WithoutInterpreter,
                ErrorKind::NotFound => Unfit::Missing,
                _ => Unfit::NotExecutable,
            })?;
        // Dropped before the child, so that no process is left if this is dropped.
        let group = Group::of(&child);
        let stdout = child.stdout.take();
        let mut said = Captured::default();
        let answer = async { tokio::join!(child.wait(), pipes::capture(stdout, &mut said)).0 };
        let answer = tokio::time::timeout(LIMIT, answer).await;
        group.kill();
        match answer {
            Ok(Ok(status)) if !status.success() => Err(Unfit::Failed),
            Ok(Ok(_)) if said.text.starts_with(NAME) => Ok(()),
            Ok(Ok(_)) => Err(Unfit::Another),
            Ok(Err(_)) => Err(Unfit::Failed),
            Err(_) => {
                // It was killed, so this ends.
                drop(child.wait().await);
                Err(Unfit::Slow)
            }
        }
    }
}
