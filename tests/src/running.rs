//! A run that has not ended yet.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;

use crate::Run;

/// A started `sync-single-establishment`; it is killed when this is dropped.
pub struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn new(child: Child) -> Self {
        Self { child }
    }

    /// Its process.
    ///
    /// # Panics
    /// If it has ended.
    pub fn pid(&self) -> i32 {
        let id = self.child.id().expect("it has not been waited for");
        id.try_into().expect("process ids are small")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).expect("it is ours");
    }

    /// Ends its stdin, as the death of whoever started it does.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Whether it has not ended within this time.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub async fn is_there_after(&mut self, time: Duration) -> bool {
        // Waiting would close its stdin.
        let stdin = self.child.stdin.take();
        let ended = tokio::time::timeout(time, self.child.wait()).await;
        self.child.stdin = stdin;
        ended
            .map(|ended| ended.expect("it can be waited for"))
            .is_err()
    }

    /// Waits for its end, stdin still open.
    pub async fn end(mut self) -> Run {
        let stdin = self.child.stdin.take();
        let output = self.child.wait_with_output().await;
        drop(stdin);
        Run::from(output.expect("its output can be read"))
    }
}
