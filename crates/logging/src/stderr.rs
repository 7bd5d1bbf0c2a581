//! Opens the process's stderr so that nothing else waits behind the log.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A handle of our own: `std`'s is behind a lock, and a library that prints would wait for it while the log is blocked.
pub(crate) fn open() -> Box<dyn Write + Send> {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(handle) => Box::new(File::from(handle)),
        // There are no more handles; then better behind the lock than not at all.
        Err(_) => Box::new(io::stderr()),
    }
}

/// A log that reaches a limit on the size of files (`ulimit -f`) raises a signal that would end the process. Once the
/// signal has a handler, the write fails like any other.
pub(crate) fn survive_a_size_limit() {
    let heard = Arc::new(AtomicBool::new(false));
    // Fails only for signals that cannot be listened to.
    drop(signal_hook::flag::register(
        signal_hook::consts::SIGXFSZ,
        heard,
    ));
}
