//! The result of one check.

use sync_protocol::{ErrorCode, SetupCheck, SetupOutcome, SetupSubject};

use crate::error::SyncError;

/// It is as a refresh needs it.
pub(super) fn passed(subject: SetupSubject, message: impl Into<String>) -> SetupCheck {
    SetupCheck {
        subject,
        outcome: SetupOutcome::Passed,
        message: message.into(),
        fix: None,
        code: None,
    }
}

/// It was not examined.
pub(super) fn skipped(subject: SetupSubject, message: impl Into<String>) -> SetupCheck {
    SetupCheck {
        outcome: SetupOutcome::Skipped,
        ..passed(subject, message)
    }
}

/// A refresh works, but somebody should know.
pub(super) fn warning(
    subject: SetupSubject,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> SetupCheck {
    SetupCheck {
        outcome: SetupOutcome::Warning,
        fix: Some(fix.into()),
        ..passed(subject, message)
    }
}

/// A refresh would fail, or write what it should not.
pub(super) fn broken(
    subject: SetupSubject,
    code: ErrorCode,
    message: impl Into<String>,
    fix: impl Into<String>,
) -> SetupCheck {
    SetupCheck {
        outcome: SetupOutcome::Failed,
        fix: Some(fix.into()),
        code: Some(code),
        ..passed(subject, message)
    }
}

/// A refresh would fail with this error.
pub(super) fn failed(subject: SetupSubject, error: &SyncError) -> SetupCheck {
    SetupCheck {
        outcome: SetupOutcome::Failed,
        code: Some(error.code()),
        ..passed(subject, error.reason())
    }
}
