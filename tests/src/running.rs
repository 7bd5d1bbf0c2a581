//! A run that has not ended yet.

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

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it has not been waited for");
        let id = id.try_into().expect("process ids are small");
        kill(Pid::from_raw(id), signal).expect("it is ours");
    }

    /// Ends its stdin, as the death of whoever started it does.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for its end, stdin still open.
    pub async fn end(mut self) -> Run {
        let stdin = self.child.stdin.take();
        let output = self.child.wait_with_output().await;
        drop(stdin);
        Run::from(output.expect("its output can be read"))
    }
}
