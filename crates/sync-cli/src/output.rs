//! What the process says: the one document on stdout, and nothing else there; logs on stderr. Pupils' data on stdout only,
//! where it was asked for.

mod listing;

use std::error::Error;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::thread;

use sync_protocol::{Explanation, Summary};
use tokio::sync::oneshot;

use crate::explain::in_words;

/// What is printed on stdout.
pub(crate) enum Document {
    Summary(Box<Summary>),
    Explanation(Explanation),
}

impl Document {
    /// For a person, or for a program.
    fn text(&self, is_for_person: bool) -> String {
        let text = match (self, is_for_person) {
            (Self::Explanation(explanation), true) => Ok(in_words(explanation)),
            (Self::Explanation(explanation), false) => serde_json::to_string(explanation),
            (Self::Summary(summary), true) if summary.dry_run && summary.success => {
                Ok(listing::listing(summary))
            }
            (Self::Summary(summary), true) => serde_json::to_string_pretty(summary),
            (Self::Summary(summary), false) => serde_json::to_string(summary),
        };
        text.expect("documents always serialise")
    }
}

/// Prints the one document without blocking: a pipe that nobody reads must not keep the run beyond its deadline. If this is
/// dropped early, printing continues on a thread that ends with the process.
pub(crate) async fn print(document: Document) -> io::Result<()> {
    let (printed, done) = oneshot::channel();
    thread::Builder::new()
        .name("stdout".to_owned())
        .spawn(move || printed.send(print_blocking(&document)))?;
    done.await
        .unwrap_or_else(|_| Err(io::Error::other("printing ended in a panic")))
}

/// Prints the one document: indented for a person, one line for a program. A person who rehearses a refresh gets a list. A reader that has gone away is not a failure,
/// since the data is saved. A full disk is: someone relies on the document.
pub(crate) fn print_blocking(document: &Document) -> io::Result<()> {
    let stdout = io::stdout();
    let mut text = document.text(stdout.is_terminal());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    // Past std's buffer, which loses what a full non-blocking pipe does not take.
    let mut stdout: Box<dyn Write> = match stdout.as_fd().try_clone_to_owned() {
        Ok(handle) => Box::new(File::from(handle)),
        // There are no more handles.
        Err(_) => Box::new(stdout),
    };
    match logging::write_whole(&mut stdout, text.as_bytes()) {
        Err(broken) if broken.error.kind() != io::ErrorKind::BrokenPipe => Err(broken.error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints what `--help` and `--version` ask for.
pub(crate) fn help(text: &str) {
    drop(io::stdout().lock().write_all(text.as_bytes()));
}

/// The whole chain of an error, once.
pub(crate) fn log_chain(error: &dyn Error) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!("{chain}");
}
