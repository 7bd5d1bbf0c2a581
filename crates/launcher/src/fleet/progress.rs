//! Prints one line on stderr for each school, as soon as it is done; nothing with `--quiet`.

use std::cell::Cell;

use super::summary::{Outcome, SchoolResult};
use crate::output::say;

/// Counts schools, and says what became of each.
pub(super) struct Progress {
    all: usize,
    done: Cell<usize>,
    is_quiet: bool,
}

impl Progress {
    pub(super) fn new(all: usize, is_quiet: bool) -> Self {
        Self {
            all,
            done: Cell::new(0),
            is_quiet,
        }
    }

    /// A school is done.
    pub(super) fn ended(&self, school: &SchoolResult) {
        self.done.set(self.done.get() + 1);
        if !self.is_quiet {
            say(&self.line(school));
        }
    }

    /// A school failed, and gets another attempt.
    pub(super) fn goes_again(&self, school: &SchoolResult) {
        if !self.is_quiet {
            say(&format!("{}; it gets another attempt", self.line(school)));
        }
    }

    fn line(&self, school: &SchoolResult) -> String {
        let width = self.all.to_string().len();
        let (done, all) = (self.done.get(), self.all);
        format!("[{done:width$}/{all}] {}: {}", school.name, became(school))
    }
}

fn became(school: &SchoolResult) -> String {
    let took = school
        .duration_seconds
        .map_or_else(String::new, |seconds| format!(" in {seconds:.1} s"));
    let rows = match school.rows_changed {
        None => String::new(),
        Some(0) => ", nothing changed".to_owned(),
        Some(1) => ", 1 row changed".to_owned(),
        Some(rows) => format!(", {rows} rows changed"),
    };
    match school.outcome {
        Outcome::Refreshed => format!("refreshed{took}{rows}"),
        Outcome::Partial => format!("refreshed in part{took}{rows}"),
        Outcome::Recent => "refreshed a short while ago by someone else".to_owned(),
        Outcome::Running => "still running in the launcher".to_owned(),
        Outcome::NotStarted => "not started".to_owned(),
        Outcome::Failed => {
            let error = school.error.as_ref();
            let (code, message) = error.map_or(("", ""), |it| (&it.code, &it.message));
            let message = logging::bounded(message, 500);
            format!("failed ({code}): {message}")
        }
    }
}
