//! What a run's end means. Success needs an exit status and a summary that agree and name this school and this run;
//! what does not agree is never guessed at (docs/knack-and-dashboard.md, "The original refresh": the original guessed,
//! and was always wrong).

use std::os::unix::process::ExitStatusExt;

use sync_protocol::{ErrorCode, Signal, Summary, SyncExit};

use super::pipes::Captured;
use super::{Ended, Order, Stopped};
use crate::problem::{Code, Problem};

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// With a summary that says success, whole or partial.
    Finished(Box<Summary>),
    /// Without.
    Failed {
        problem: Problem,
        /// What it had done until then, where it said so.
        summary: Option<Box<Summary>>,
    },
}

impl Ending {
    /// A failure of which nothing more is known.
    pub(crate) fn failed(problem: Problem) -> Self {
        Self::Failed {
            problem,
            summary: None,
        }
    }

    pub(crate) fn summary(&self) -> Option<&Summary> {
        match self {
            Self::Finished(summary) => Some(summary),
            Self::Failed { summary, .. } => summary.as_deref(),
        }
    }

    pub(crate) fn problem(&self) -> Option<Problem> {
        match self {
            Self::Finished(_) => None,
            Self::Failed { problem, .. } => Some(problem.clone()),
        }
    }

    /// Whether somebody stopped it.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Failed { problem, .. } if matches!(problem.code, Code::Cancelled | Code::ShuttingDown))
    }

    /// Whether the process ended without a summary that can be believed.
    pub(super) fn is_unaccounted(&self) -> bool {
        matches!(self, Self::Failed { summary: None, .. })
    }
}

/// What the end of a process means.
pub(super) fn of(order: Order<'_>, ended: &Ended, captured: &Captured) -> Ending {
    let summary = account(order, captured);
    let code = ended.status.and_then(|status| status.code());
    let signal = ended.status.and_then(|status| status.signal());
    match (summary, code) {
        (Some(summary), Some(code)) if agree(&summary, code) => {
            let Some(failure) = &summary.error else {
                return Ending::Finished(Box::new(summary));
            };
            let mut problem = Problem::of_refresh(failure);
            // It was told to stop, and knows not why.
            if ended.stopped == Some(Stopped::TimedOut) && failure.code == ErrorCode::Cancelled {
                problem = timed_out();
            }
            Ending::Failed {
                problem,
                summary: Some(Box::new(summary)),
            }
        }
        _ => Ending::failed(match (ended.stopped, signal) {
            (Some(Stopped::TimedOut), _) => timed_out(),
            (Some(Stopped::Cancelled), _) => cancelled(),
            (None, Some(signal)) => {
                tracing::error!(signal, "the refresh was ended by a signal");
                crashed()
            }
            (None, None) => {
                tracing::error!(
                    ?code,
                    bytes = captured.text.len(),
                    truncated = captured.is_truncated,
                    "exit status and summary of the refresh do not agree"
                );
                unusable()
            }
        }),
    }
}

/// The one document on stdout, if there is just that, and it is about this run.
fn account(order: Order<'_>, captured: &Captured) -> Option<Summary> {
    if captured.is_truncated {
        return None;
    }
    let summary: Summary = serde_json::from_slice(&captured.text).ok()?;
    let is_of_school = summary.establishment_id == Some(order.school.knack_id)
        || (!summary.success && summary.establishment_id.is_none());
    (is_of_school && summary.run_id == order.run_id && !summary.dry_run).then_some(summary)
}

fn agree(summary: &Summary, code: i32) -> bool {
    let exits: &[SyncExit] = match (&summary.error, summary.success, summary.partial) {
        (None, true, false) => &[SyncExit::Complete],
        (None, true, true) => &[SyncExit::Partial],
        (Some(failure), false, false) => match failure.code {
            ErrorCode::Cancelled => &[
                SyncExit::Cancelled(Signal::Interrupt),
                SyncExit::Cancelled(Signal::Terminate),
            ],
            code_of => return i32::from(SyncExit::Failed(code_of).code()) == code,
        },
        _ => &[],
    };
    exits.iter().any(|exit| i32::from(exit.code()) == code)
}

fn timed_out() -> Problem {
    Problem::later(
        Code::Deadline,
        30,
        "The refresh took longer than it may and was stopped. Rows already saved stay, and a new refresh completes them. Try again in a few minutes.",
    )
}

fn cancelled() -> Problem {
    Problem::new(
        Code::Cancelled,
        "The refresh was cancelled. Rows already saved stay, and a new refresh completes them.",
    )
}

fn crashed() -> Problem {
    Problem::new(
        Code::SyncCrashed,
        "The refresh ended in the middle. Rows already saved stay, and a new refresh completes them. Tell your administrator; the log has the details.",
    )
}

fn unusable() -> Problem {
    Problem::new(
        Code::BadCliOutput,
        "The refresh ended without an account that can be trusted, so its figures are not shown. Tell your administrator; the log has the details.",
    )
}
