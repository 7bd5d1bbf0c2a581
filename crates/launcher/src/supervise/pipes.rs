//! Reads a child's output within bounds: however much it writes, only so much is kept, and the child never has to wait.

use std::time::Duration;

use sync_protocol::ProgressEvent;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

/// How long pipes may be read after the process and its group are gone.
pub(super) const DRAIN: Duration = Duration::from_millis(500);

/// A summary with every warning at its longest is below 100 KB, and a full report of changes below 2 MB.
const LARGEST_DOCUMENT: usize = 3_000_000;
/// A protocol event is below 1 KB.
const LONGEST_LINE: usize = 16_000;
/// Lines of one run that are logged.
const MOST_LOGGED: u32 = 200;

/// All of stdout, or its beginning.
#[derive(Debug, Default)]
pub(super) struct Captured {
    pub(super) text: Vec<u8>,
    /// Whether there was more.
    pub(super) is_truncated: bool,
}

/// Reads stdout to its end, keeping what a summary may need.
pub(super) async fn capture(stdout: Option<impl AsyncRead + Unpin>, captured: &mut Captured) {
    let Some(mut stdout) = stdout else { return };
    let mut chunk = vec![0; 16_000];
    while let Ok(read @ 1..) = stdout.read(&mut chunk).await {
        let room = LARGEST_DOCUMENT - captured.text.len();
        captured.text.extend_from_slice(&chunk[..read.min(room)]);
        captured.is_truncated |= read > room;
    }
}

/// Reads stderr to its end: protocol events go to `on_event`, and the first lines of anything else to `log`.
pub(super) async fn lines(
    stderr: Option<impl AsyncRead + Unpin>,
    mut on_event: impl FnMut(&ProgressEvent),
    log: impl Fn(&[u8]),
) {
    let Some(stderr) = stderr else { return };
    let mut reader = BufReader::with_capacity(LONGEST_LINE, stderr);
    let mut logged = 0;
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line).await {
        if let Ok(event) = serde_json::from_slice::<ProgressEvent>(&line) {
            on_event(&event);
        } else if logged < MOST_LOGGED && !line.is_empty() {
            logged += 1;
            log(&line);
        }
    }
}

/// The next line, cut if it is too long; false at the end.
async fn read_line(reader: &mut BufReader<impl AsyncRead + Unpin>, line: &mut Vec<u8>) -> bool {
    line.clear();
    let mut is_any = false;
    loop {
        let buffered = match reader.fill_buf().await {
            Ok([]) | Err(_) => return is_any,
            Ok(buffered) => buffered,
        };
        is_any = true;
        let end = buffered.iter().position(|byte| *byte == b'\n');
        let part = &buffered[..end.unwrap_or(buffered.len())];
        let room = LONGEST_LINE - line.len();
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = end.map_or(buffered.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            return true;
        }
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_at_their_bound_and_the_next_one_is_whole() {
        let mut said = vec![b'x'; 100_000];
        said.extend_from_slice(b"\nnext\nlast");
        let mut reader = BufReader::with_capacity(1_000, said.as_slice());
        let mut line = Vec::new();
        assert!(read_line(&mut reader, &mut line).await);
        assert_eq!(line.len(), LONGEST_LINE);
        assert!(read_line(&mut reader, &mut line).await);
        assert_eq!(line, b"next");
        assert!(read_line(&mut reader, &mut line).await);
        assert_eq!(line, b"last");
        assert!(!read_line(&mut reader, &mut line).await);
    }
}
