//! Waiting: for a word of the test, for a signal, or for nothing.

use std::fs;
use std::io::{Read, Result};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, raise};

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// Should even the folder be left behind.
const LONGEST_LIFE: Duration = Duration::from_mins(5);

/// Leaves its process id under that name, in one go.
pub(crate) fn leave_pid(folder: &Path, name: &str) -> Result<()> {
    let unfinished = folder.join(format!("{name}.new"));
    fs::write(&unfinished, std::process::id().to_string())?;
    fs::rename(unfinished, folder.join(name))
}

/// Does nothing until the test is over. It then fails, should anybody still care.
pub(crate) fn hang(folder: &Path) -> ExitCode {
    let since = Instant::now();
    while folder.exists() && since.elapsed() < LONGEST_LIFE {
        std::thread::sleep(BETWEEN_LOOKS);
    }
    ExitCode::FAILURE
}

/// Waits until the file is there, or the test over.
pub(crate) fn until_there(file: &Path, folder: &Path) {
    while !file.exists() && folder.exists() {
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Waits until it is told that it may finish.
pub(crate) fn until_told(folder: &Path) {
    until_there(&folder.join("go"), folder);
}

/// Whether it may finish.
pub(crate) fn is_told(folder: &Path) -> bool {
    folder.join("go").exists() || !folder.exists()
}

/// Records TERM in the file `terminated`, and continues.
pub(crate) fn ignore_terminate(folder: &Path) -> anyhow::Result<()> {
    let mut terminate = SigSet::empty();
    terminate.add(Signal::SIGTERM);
    // Threads inherit it: from here on the signal waits for whoever asks.
    terminate.thread_block()?;
    let noted = folder.join("terminated");
    std::thread::spawn(
        move || {
            while terminate.wait().is_ok() && fs::write(&noted, "").is_ok() {}
        },
    );
    Ok(())
}

/// Ends when its stdin does, as the real one does where that is asked for.
pub(crate) fn end_with_stdin() {
    std::thread::spawn(|| {
        let mut sink = [0; 64];
        while matches!(std::io::stdin().read(&mut sink), Ok(1..)) {}
        raise(Signal::SIGTERM)
    });
}
