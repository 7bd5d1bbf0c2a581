//! Listening to a child within bounds: however much it says, only so much is kept, and it is never made to wait.

use std::time::Duration;

use sync_protocol::ProgressEvent;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{ChildStderr, ChildStdout};

/// How long pipes may be read after the process and its group are gone.
pub(super) const DRAIN: Duration = Duration::from_millis(500);

/// A summary with every warning at its longest is below 100 KB.
const LARGEST_DOCUMENT: usize = 1_000_000;
/// A protocol event is below 1 KB.
const LONGEST_LINE: usize = 16_000;
/// What a log line keeps of a line.
const LOGGED_OF_A_LINE: usize = 500;
/// Lines of one run that are logged.
const MOST_LOGGED: u32 = 200;

/// All of stdout, or its beginning.
#[derive(Debug, Default)]
pub(super) struct Captured {
    pub(super) text: Vec<u8>,
    /// There was more than anybody needs.
    pub(super) is_truncated: bool,
}

/// Reads stdout to its end, keeping what a summary may need.
pub(super) async fn capture(stdout: Option<ChildStdout>, captured: &mut Captured) {
    let Some(mut stdout) = stdout else { return };
    let mut chunk = vec![0; 16_000];
    while let Ok(read @ 1..) = stdout.read(&mut chunk).await {
        let room = LARGEST_DOCUMENT - captured.text.len();
        captured.text.extend_from_slice(&chunk[..read.min(room)]);
        captured.is_truncated |= read > room;
    }
}

/// Reads stderr to its end: protocol events go to `hear`, anything else to our own log.
pub(super) async fn lines(
    stderr: Option<ChildStderr>,
    secrets: &[String],
    mut hear: impl FnMut(&ProgressEvent),
) {
    let Some(stderr) = stderr else { return };
    let mut reader = BufReader::with_capacity(LONGEST_LINE, stderr);
    let mut logged = 0;
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line).await {
        if let Ok(event) = serde_json::from_slice::<ProgressEvent>(&line) {
            hear(&event);
        } else if logged < MOST_LOGGED && !line.is_empty() {
            logged += 1;
            tracing::info!(target: "refresh", "{}", loggable(&line, secrets));
        }
    }
}

/// The next line, cut where it is too long; false at the end.
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

/// A line that is fit for a log: short, without control characters and without what must not be seen.
fn loggable(line: &[u8], secrets: &[String]) -> String {
    let text = String::from_utf8_lossy(line);
    // Control characters first: without them, two parts of a secret would become one.
    let mut text: String = text.chars().filter(|c| !c.is_control()).collect();
    for secret in secrets {
        text = text.replace(secret, "[secret]");
    }
    let words: Vec<&str> = text.split(' ').map(masked).collect();
    words.join(" ").chars().take(LOGGED_OF_A_LINE).collect()
}

/// E-mails, also as they stand in a query, URLs that hold a password, and tokens, whosever they are.
fn masked(word: &str) -> &str {
    let is_personal = ["@", "%40", "eyJ"].iter().any(|sign| word.contains(sign));
    if is_personal { "[masked]" } else { word }
}

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

    #[test]
    fn a_logged_line_holds_no_email_no_token_and_no_password_of_a_url() {
        let line = b"ann@example.test of ?email=eq.ann%40x via http://u:p@proxy with eyJhbGciOi.x.y failed";
        assert_eq!(
            loggable(line, &[]),
            "[masked] of [masked] via [masked] with [masked] failed"
        );
    }

    #[test]
    fn a_logged_line_holds_no_secret_and_forges_no_other_line() {
        let secrets = ["hidden-key".to_owned()];
        let logged = loggable(b"with hidden-key\r\x1b[31m and \xff", &secrets);
        assert_eq!(logged, "with [secret][31m and \u{fffd}");
        assert_eq!(loggable(b"hidden\r-\0key", &secrets), "[secret]");
    }
}
