//! The signal that a closed terminal or a lost SSH connection sends. It ends a run in order, as TERM does, unless the run was
//! started to outlive its terminal (`nohup`).

use std::fs;
use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// HUP, where it is heeded.
pub(super) struct Hangup(Option<Signal>);

impl Hangup {
    /// Heeds it from here on, unless whoever started the process had it ignored. Needs a runtime.
    pub(super) fn listen() -> std::io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let heeded = is_heeded(&status).then(|| signal(SignalKind::hangup()));
        Ok(Self(heeded.transpose()?))
    }

    /// Waits for it.
    pub(super) async fn recv(&mut self) {
        match &mut self.0 {
            Some(signal) => {
                signal.recv().await;
            }
            None => pending().await,
        }
    }
}

/// By the mask of ignored signals. Where the system does not show it, HUP is left as it is.
fn is_heeded(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hup_is_the_first_of_the_ignored_signals() {
        for (status, expected) in [
            ("Name:\tsh\nSigIgn:\t0000000000001000\nSigCgt:\t1\n", true),
            ("SigBlk:\t1\nSigIgn:\t0000000000000001\n", false),
            ("SigIgn:\t0000000000001003\n", false),
            ("SigIgn:\tcanary\n", false),
            ("Name:\tsh\n", false),
            ("", false),
        ] {
            assert_eq!(is_heeded(status), expected, "{status:?}");
        }
    }
}
