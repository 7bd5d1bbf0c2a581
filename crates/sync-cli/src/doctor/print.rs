//! The report on stdout: a line for each check on a terminal, one JSON document for a program.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use sync_protocol::{SetupCheck, SetupOutcome, SetupReport};

use crate::output::Form;

pub(crate) fn print(report: &SetupReport, form: Form) -> io::Result<()> {
    let text = match form {
        Form::Words => in_words(report),
        Form::Indented | Form::Line => form.json(report) + "\n",
    };
    io::stdout().lock().write_all(text.as_bytes())
}

/// The first problem, and how many there are; `None` if there is none.
pub(crate) fn problems(report: &SetupReport) -> Option<String> {
    let failed = report.checks.iter().filter(|check| check.code.is_some());
    let first = failed.clone().next()?;
    let problems = match failed.count() {
        1 => "a problem".to_owned(),
        more => format!("{more} problems, the first of them"),
    };
    let fix = first.fix.as_deref().map(|fix| format!(" {fix}"));
    let (message, fix) = (&first.message, fix.unwrap_or_default());
    Some(format!("--check found {problems}: {message}{fix}"))
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
