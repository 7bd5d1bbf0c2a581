//! What the process says: the one document on stdout, and nothing else there; logs on stderr. Pupils' data on stdout only,
//! where it was asked for.

mod attention;
mod last_line;
mod listing;
mod report;

use std::error::Error;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::thread;

use serde::Serialize;
use sync_protocol::{Explanation, Summary};
use tokio::sync::oneshot;

use crate::explain::in_words;
pub(crate) use last_line::{LastLine, write_last_line};

/// The document printed on stdout.
pub(crate) enum Document {
    Summary(Box<Summary>),
    Explanation(Explanation),
}

/// For whom it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Words,
    /// JSON, to be looked at.
    Indented,
    /// JSON in one line, for a program.
    Line,
}

impl Form {
    /// Words for a person at a terminal, unless it is to be JSON.
    pub(crate) fn of_stdout(json: bool) -> Self {
        match (io::stdout().is_terminal(), json) {
            (true, false) => Self::Words,
            (true, true) => Self::Indented,
            (false, _) => Self::Line,
        }
    }

    /// The document in JSON.
    pub(crate) fn json(self, document: &impl Serialize) -> String {
        let text = match self {
            Self::Words | Self::Indented => serde_json::to_string_pretty(document),
            Self::Line => serde_json::to_string(document),
        };
        text.expect("documents always serialise")
    }
}

impl Document {
    fn text(&self, form: Form) -> String {
        match (self, form) {
            (Self::Explanation(explanation), Form::Words) => in_words(explanation),
            (Self::Summary(summary), Form::Words) if summary.dry_run && summary.success => {
                listing::listing(summary)
            }
            (Self::Summary(summary), Form::Words) => report::report(summary),
            (Self::Explanation(explanation), form) => form.json(explanation),
            (Self::Summary(summary), form) => form.json(summary),
        }
    }
}

/// Prints the one document without blocking: a pipe that nobody reads must not keep the run beyond its deadline. If this is
/// dropped early, printing continues on a thread that ends with the process.
pub(crate) async fn print(document: Document, form: Form) -> io::Result<()> {
    let (printed, done) = oneshot::channel();
    thread::Builder::new()
        .name("stdout".to_owned())
        .spawn(move || printed.send(print_blocking(&document, form)))?;
    done.await
        .unwrap_or_else(|_| Err(io::Error::other("printing ended in a panic")))
}

/// Prints the one document. A reader that has gone away is not a failure, since the data is saved. A full disk is: someone relies
/// on the document.
pub(crate) fn print_blocking(document: &Document, form: Form) -> io::Result<()> {
    let stdout = io::stdout();
    let mut text = document.text(form);
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

/// The whole chain of an error.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    chain
}
