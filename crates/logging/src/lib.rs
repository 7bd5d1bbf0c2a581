//! The log of both programs: lines on stderr that can never hurt the program that writes them.
//!
//! A line is handed to a thread of its own, so a log that blocks, fails or has no reader costs lines and nothing else: no
//! caller waits, panics or sees an error. What is kept for the thread is bounded, and lines beyond that are counted as lost.
//! `tracing-appender` was considered and not used: it bounds lines rather than bytes, and reports its own trouble on
//! stdout, which here belongs to the one document.
//!
//! Must never print to stdout or stderr in any other way, and never decides what may be said.

mod lines;
mod stderr;
mod write;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use lines::Lines;
pub use write::{Broken, write_whole};

/// The process has one stderr, and so one of these.
static LOG: LazyLock<Lines> = LazyLock::new(|| Lines::start(stderr::open()));

/// Where this process panicked first.
static PANICKED: OnceLock<String> = OnceLock::new();

/// Whether the last line of the terminal is a progress bar.
static HAS_BAR: AtomicBool = AtomicBool::new(false);

/// Back to the beginning of the line that the bar is on, and the line empty.
const OVER_BAR: &[u8] = b"\r\x1b[2K";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person.
    Text,
    /// One JSON object a line, for a program.
    Json,
}

/// Sends events of `level` and above from our own crates, `ours`, to the log, and only errors from any other: a library's
/// line may quote a request. From then on a panic is one line that says where, and not with what: its text may quote data.
///
/// # Panics
/// If `ours` holds something that is not the name of a crate.
pub fn start(format: Format, level: Level, ours: &[&str]) {
    stderr::survive_a_size_limit();
    // A request that is not HTTP is its sender's error. On the open internet it would fill every log.
    let others = EnvFilter::new("error,actix_http::h1::dispatcher=off");
    let filter = ours.iter().fold(others, |filter, name| {
        let directive = format!("{name}={level}").parse();
        filter.add_directive(directive.expect("a crate and a level make a directive"))
    });
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(ToLog)
        .with_ansi(false)
        // Its own complaints would be printed, and printing may panic.
        .log_internal_errors(false);
    // Fails only where one is installed already.
    drop(match format {
        Format::Text => log.try_init(),
        Format::Json => log
            .json()
            .flatten_event(true)
            // The innermost span says all; the list would say it again.
            .with_span_list(false)
            .try_init(),
    });
    std::panic::set_hook(Box::new(|panic| {
        let place = place(panic);
        tracing::error!("panicked at {place}");
        drop(PANICKED.set(place));
    }));
}

/// Logs nothing at all. Whatever is written with [`write()`] is still written.
pub fn start_silent() {
    stderr::survive_a_size_limit();
    std::panic::set_hook(Box::new(|panic| drop(PANICKED.set(place(panic)))));
}

/// Where this process panicked first, if it did.
pub fn panicked_at() -> Option<&'static str> {
    PANICKED.get().map(String::as_str)
}

/// Says whether the last line of the terminal is a progress bar, which log lines then take the place of: it is drawn again
/// below them.
pub fn set_bar(is_drawn: bool) {
    HAS_BAR.store(is_drawn, Ordering::Relaxed);
}

fn place(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    place.unwrap_or_default()
}

/// Adds a whole line, or a few, to the log as they are: something else that belongs on stderr, in order with the log.
pub fn write(lines: &[u8]) {
    LOG.write(lines);
}

/// How many lines were lost since this was last asked.
pub fn take_lost() -> u64 {
    LOG.take_lost()
}

/// Waits until everything is written, for at most `patience`. To be called before the process ends.
pub fn finish(patience: Duration) {
    LOG.finish(patience);
}

/// The beginning of a text that a stranger chose, at most `most` characters of it, fit for a log.
pub fn bounded(text: &str, most: usize) -> String {
    let mut kept: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// The writer for `tracing`, which hands over one whole line a call.
struct ToLog;

impl<'a> MakeWriter<'a> for ToLog {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl io::Write for ToLog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if HAS_BAR.load(Ordering::Relaxed) {
            write(&[OVER_BAR, line].concat());
        } else {
            write(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn a_strangers_text_is_cut_and_forges_no_line() {
        for (text, kept) in [
            ("GET", "GET"),
            ("", ""),
            ("ABCDEFGHIJ", "ABCDEFGHIJ"),
            ("ABCDEFGHIJK", "ABCDEFGHIJ…"),
            ("A\n{}", "A{}…"),
            ("ééééééééééé", "éééééééééé…"),
        ] {
            assert_eq!(bounded(text, 10), kept);
        }
    }
}
