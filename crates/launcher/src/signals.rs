//! The signals that the service heeds. Taken before anything else is done, so that a HUP never ends a service that is still
//! starting, and none is missed: whatever comes before the service listens is heeded once it does.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Those that have come and were not heeded yet.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// The request that a signal makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    ReadTokensAgain,
    /// TERM.
    End,
    /// Ctrl-C.
    Interrupt,
}

impl Signals {
    /// Takes them from the system. Must be called within a runtime.
    pub(crate) fn take() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.hang_up.recv() => Asked::ReadTokensAgain,
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::Interrupt,
        }
    }
}
