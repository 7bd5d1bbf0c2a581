//! Writing to a stream that may have been made non-blocking by whoever shares it.

use std::io::{self, ErrorKind, Write};
use std::thread;
use std::time::Duration;

/// Before a writer that is not ready is asked again.
const RETRY: Duration = Duration::from_millis(10);

/// A write that failed half-way.
#[derive(Debug)]
pub struct Broken {
    /// How many bytes were written before.
    pub written: usize,
    /// Why it failed.
    pub error: io::Error,
}

/// Writes all of it. A writer that is not ready yet, such as a pipe that was made non-blocking, is waited for like one that
/// blocks.
///
/// # Errors
/// The first other failure.
pub fn write_whole(writer: &mut impl Write, bytes: &[u8]) -> Result<(), Broken> {
    let mut written = 0;
    while written < bytes.len() {
        let error = match writer.write(&bytes[written..]) {
            Ok(0) => io::Error::from(ErrorKind::WriteZero),
            Ok(more) => {
                written += more;
                continue;
            }
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::Interrupted => {}
            ErrorKind::WouldBlock => thread::sleep(RETRY),
            _ => return Err(Broken { written, error }),
        }
    }
    Ok(())
}
