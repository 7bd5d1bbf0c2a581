//! The outcome of a run: with a summary that says success, or with a problem.

use sync_protocol::{ChangeReport, Summary};

use crate::problem::{Code, Problem};

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// With a summary that reports success, complete or partial.
    Finished(Box<Summary>),
    /// Without success.
    Failed {
        problem: Problem,
        /// What it had done until then, if it reported that.
        summary: Option<Box<Summary>>,
    },
}

impl Ending {
    /// A failure without a summary.
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

    /// Takes out whose rows were changed: that is no part of a summary that is passed on.
    pub(super) fn take_changes(&mut self) -> Option<ChangeReport> {
        match self {
            Self::Finished(summary) => summary.changed_records.take(),
            Self::Failed { summary, .. } => summary.as_mut()?.changed_records.take(),
        }
    }

    pub(crate) fn problem(&self) -> Option<Problem> {
        match self {
            Self::Finished(_) => None,
            Self::Failed { problem, .. } => Some(problem.clone()),
        }
    }

    /// Whether someone stopped it.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Failed { problem, .. } if matches!(problem.code, Code::Cancelled | Code::ShuttingDown))
    }

    /// Whether it failed without a summary that can be believed.
    pub(super) fn has_no_summary(&self) -> bool {
        matches!(self, Self::Failed { summary: None, .. })
    }
}
