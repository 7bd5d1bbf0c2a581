//! Stopping early: a signal, the deadline, or the death of the process that started us. Reads are dropped at once; a write in
//! flight may end, so that nothing is half-sent.

mod hangup;

use std::future::Future;
use std::io::Read;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal::SIGCONT;
use sync_protocol::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use transport::Silence;

use crate::service::Service;
use hangup::Hangup;

/// How long a write in flight may take to finish after a stop. With the log row's own limit (see sync.rs) this stays well below
/// the five seconds that a supervisor usually leaves between TERM and KILL.
const WRITE_GRACE: Duration = Duration::from_secs(2);

/// A wait that is worth mentioning: answers usually take less.
const LONG: Duration = Duration::from_secs(1);

/// Why a run stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Cancelled(Signal),
    Deadline(TimeUp),
}

/// A run's own time limit, reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeUp {
    pub(crate) limit: Duration,
    /// The service that had owed an answer for a while by then.
    pub(crate) awaited: Option<Service>,
}

/// The signs besides its deadline that tell a run to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopBy {
    /// INT, TERM and HUP.
    Signals,
    /// These, or the end of stdin: the process that started it is gone.
    SignalsAndStdin,
    /// The end of stdin only. A platform that ends a service may send TERM to each of its processes at once, and whether the
    /// run may still finish is for the one that started it to say.
    Stdin,
}

/// Stops all parts of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
    watched: Arc<OnceLock<Watched>>,
}

/// Since when each of the services owes answers.
type Watched = [(Service, Arc<Silence>); 2];

impl Stop {
    /// Stops for `reason`, unless stopped already.
    pub(crate) fn now(&self, reason: Reason) {
        if self.reason.set(reason).is_ok() {
            self.token.cancel();
        }
    }

    /// Says at the deadline which of these was waited for.
    pub(crate) fn watch(&self, services: Watched) {
        drop(self.watched.set(services));
    }

    /// The service that has owed an answer for longest, if that is long. The log says for how long.
    fn awaited(&self) -> Option<Service> {
        let silent = |(service, silence): &(Service, Arc<Silence>)| {
            Some((*service, silence.since()?.elapsed()))
        };
        let awaited = self.watched.get()?.iter().filter_map(silent);
        let (service, time) = awaited
            .max_by_key(|(_, time)| *time)
            .filter(|(_, time)| *time >= LONG)?;
        tracing::info!(%service, silent_ms = time.as_millis(), "an answer is still awaited");
        Some(service)
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

    /// Stops after `limit`, and on the signals that `by` heeds. Needs a runtime.
    pub(crate) fn listen(&self, limit: Duration, by: StopBy) -> std::io::Result<()> {
        // Also where they are not heeded, since they would end the process otherwise.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = Hangup::listen()?;
        let stop = self.clone();
        tokio::spawn(async move {
            let signalled = async {
                let signal = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                    () = hangup.recv() => Signal::Terminate,
                };
                if by == StopBy::Stdin {
                    tracing::info!(
                        ?signal,
                        "a signal is left to the process that started this run"
                    );
                    std::future::pending::<()>().await;
                }
                Reason::Cancelled(signal)
            };
            let reason = tokio::select! {
                reason = signalled => reason,
                () = tokio::time::sleep(limit) => {
                    let awaited = stop.awaited();
                    Reason::Deadline(TimeUp { limit, awaited })
                }
            };
            stop.now(reason);
        });
        Ok(())
    }

    /// Stops when stdin ends, where `by` says so. What is to be read from it has been read.
    pub(crate) fn listen_to_end(&self, by: StopBy) -> std::io::Result<()> {
        match by {
            StopBy::Signals => Ok(()),
            StopBy::SignalsAndStdin | StopBy::Stdin => self.listen_to_stdin(),
        }
    }

    /// Stops when stdin ends. A thread of its own, since a read of stdin cannot be cancelled and would keep the runtime from
    /// ending.
    fn listen_to_stdin(&self) -> std::io::Result<()> {
        // Should this process be stopped by a signal when the other dies, it would never read that its stdin has ended. This
        // wakes it, and does nothing if it is not stopped.
        if let Err(error) = set_pdeathsig(SIGCONT) {
            tracing::debug!(%error, "this run may stay behind if it is stopped by a signal");
        }
        // The system may send HUP to it then, which would end it before it has closed its log row.
        drop(signal(SignalKind::hangup())?);
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
