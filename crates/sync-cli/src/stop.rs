//! Stopping early: a signal, the deadline, or the death of the process that started us. Reads are dropped at once; a write in
//! flight may end, so that nothing is half-sent.

use std::future::Future;
use std::io::Read;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use sync_protocol::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long a write in flight may go on after a stop. With the log row's own limit (see sync.rs) this stays well below the five
/// seconds that a supervisor usually leaves between TERM and KILL.
const WRITE_GRACE: Duration = Duration::from_secs(2);

/// Why a run stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Cancelled(Signal),
    Deadline,
}

/// Stops all parts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
}

impl Stop {
    /// Stops for `reason`, unless stopped already.
    pub(crate) fn now(&self, reason: Reason) {
        if self.reason.set(reason).is_ok() {
            self.token.cancel();
        }
    }

    /// `Err` once stopped.
    pub(crate) fn check(&self) -> Result<(), Reason> {
        self.reason.get().map_or(Ok(()), |reason| Err(*reason))
    }

    /// Drops `reading` when stopped.
    pub(crate) async fn or_read<T>(&self, reading: impl Future<Output = T>) -> Result<T, Reason> {
        self.with_grace(Duration::ZERO, reading).await
    }

    /// Begins `writing` only if not stopped, and lets it end for a while when stopped meanwhile.
    pub(crate) async fn or_write<T>(&self, writing: impl Future<Output = T>) -> Result<T, Reason> {
        self.check()?;
        self.with_grace(WRITE_GRACE, writing).await
    }

    /// Lets `last` take its time, but not much longer once stopped, be that before or meanwhile.
    pub(crate) async fn or_last<T>(&self, last: impl Future<Output = T>) -> Result<T, Reason> {
        self.with_grace(WRITE_GRACE, last).await
    }

    async fn with_grace<T>(
        &self,
        grace: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Reason> {
        let stopped = async {
            self.token.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = stopped => Err(*self.reason.get().expect("the reason is set before the token")),
        }
    }

    /// Stops on SIGINT, SIGTERM and after `limit`. Needs a runtime.
    pub(crate) fn listen(&self, limit: Duration) -> std::io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = self.clone();
        tokio::spawn(async move {
            let reason = tokio::select! {
                _ = interrupt.recv() => Reason::Cancelled(Signal::Interrupt),
                _ = terminate.recv() => Reason::Cancelled(Signal::Terminate),
                () = tokio::time::sleep(limit) => Reason::Deadline,
            };
            stop.now(reason);
        });
        Ok(())
    }

    /// Stops when stdin ends: the process that started us is gone. A thread of its own, since a read of stdin cannot be cancelled
    /// and would keep the runtime from ending.
    pub(crate) fn listen_to_stdin(&self) -> std::io::Result<()> {
        let stop = self.clone();
        let watch = move || {
            let mut sink = [0; 64];
            while matches!(std::io::stdin().read(&mut sink), Ok(1..)) {}
            stop.now(Reason::Cancelled(Signal::Terminate));
        };
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(watch)
            .map(drop)
    }
}
