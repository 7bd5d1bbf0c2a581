//! The report on stdout: a line for each check on a terminal, one JSON document for a program.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use sync_protocol::{SetupCheck, SetupOutcome, SetupReport};

pub(crate) fn print(report: &SetupReport) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        stdout.write_all(in_words(report).as_bytes())
    } else {
        serde_json::to_writer(&mut stdout, report)?;
        stdout.write_all(b"\n")
    }
}

/// `ok    The settings are complete.`, with what to do below.
fn in_words(report: &SetupReport) -> String {
    let mut text = String::new();
    for SetupCheck {
        outcome,
        message,
        fix,
        ..
    } in &report.checks
    {
        let mark = match outcome {
            SetupOutcome::Passed => "ok",
            SetupOutcome::Warning => "note",
            SetupOutcome::Failed => "FAIL",
            SetupOutcome::Skipped => "-",
        };
        let fix = fix.as_deref().map(|fix| format!("      {fix}\n"));
        let fix = fix.unwrap_or_default();
        write!(text, "{mark:<4}  {message}\n{fix}").expect("a String takes everything");
    }
    text
}
