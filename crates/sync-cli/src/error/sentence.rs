//! What a failed refresh says to people: what happened, whether data changed, what to do. Holds no secret, no pupil's data and no
//! answer's body.

use sync_protocol::{ErrorCode, Failure, Signal};

use super::SyncError;
use crate::clock_skew::AnotherYear;
use crate::save::Refusal;
use crate::stop::Reason;

/// Whether rows were saved before a failure. A write whose answer was lost may have been saved, and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavedRows {
    None,
    Some,
}

impl SyncError {
    /// What people see.
    pub(crate) fn failure(&self, rows: SavedRows) -> Failure {
        let code = self.code();
        Failure {
            code,
            message: capitalised(&format!(
                "{}{}{}",
                self.happened(),
                self.changed(rows),
                self.advice()
            )),
            retryable: code.retryable(),
            retry_after_seconds: self
                .retry_after()
                .map(|wait| wait.as_secs().saturating_add(1)),
        }
    }

    fn happened(&self) -> String {
        match self {
            Self::Usage(sentence) => sentence.clone(),
            Self::Configuration(error) => error.to_string(),
            Self::WrongClock(AnotherYear {
                service,
                our_day,
                their_day,
            }) => format!(
                "This machine's clock says {our_day} and {service}'s says {their_day}, which lies in another academic year."
            ),
            Self::EstablishmentNotFound => "The dashboard has no school with this id.".to_owned(),
            Self::Knack(error) => format!("{error}."),
            Self::Supabase { doing, source } => format!("{source} while {doing}."),
            Self::TableRefused { table, refusal } => table_refused(table, refusal),
            Self::FilterIgnored => {
                "Knack returned records for schools or years that were not requested.".to_owned()
            }
            Self::Stopped(Reason::Deadline) => {
                "The refresh reached its time limit and was stopped.".to_owned()
            }
            Self::Stopped(Reason::Cancelled(Signal::Interrupt | Signal::Terminate)) => {
                "The refresh was cancelled.".to_owned()
            }
            Self::Internal(_) => "The refresh failed because of a bug.".to_owned(),
        }
    }

    /// Whether data changed. Begins with a space.
    fn changed(&self, rows: SavedRows) -> &'static str {
        match (self, rows) {
            // Nothing had begun that a person would ask about.
            (Self::Usage(_) | Self::Configuration(_) | Self::EstablishmentNotFound, _) => "",
            (_, SavedRows::None) => " Nothing was changed.",
            // Refreshing again cannot help.
            (Self::TableRefused { .. }, SavedRows::Some) => " Rows already saved are kept.",
            (_, SavedRows::Some) => " Rows already saved are kept; refresh again to save the rest.",
        }
    }

    /// What to do about it. Begins with a space.
    fn advice(&self) -> &'static str {
        match self {
            Self::TableRefused { .. } => {
                " Tell your administrator: the table's columns, keys or triggers need attention."
            }
            Self::WrongClock(_) => " Set this machine's clock, then refresh again.",
            Self::Usage(_)
            | Self::Configuration(_)
            | Self::EstablishmentNotFound
            | Self::Knack(_)
            | Self::Supabase { .. }
            | Self::FilterIgnored
            | Self::Stopped(_)
            | Self::Internal(_) => advice(self.code()),
        }
    }
}

/// `The database refuses the rows of "students": column "region" must not be empty (code 23502).`
fn table_refused(table: &str, Refusal { code, part }: &Refusal) -> String {
    let code = code.as_str();
    let (code, colon) = match code {
        "" => (String::new(), ""),
        code => (format!("code {code}"), ": "),
    };
    match part.fault(Some(table)) {
        Some(fault) => {
            format!("The database refuses the rows of \"{table}\": {fault} ({code}).")
        }
        None => format!("The database refuses the rows of \"{table}\"{colon}{code}."),
    }
}

/// Errors begin in lower case, since they follow one another in a log's chain; what a person reads does not.
fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Usage => " See --help.",
        ErrorCode::Configuration | ErrorCode::Cancelled => "",
        ErrorCode::EstablishmentNotFound => {
            " Check the id, or whether the nightly sync has copied the school yet."
        }
        ErrorCode::KnackRefused => {
            " Tell your administrator: Knack's key, application id or daily allowance needs attention."
        }
        ErrorCode::SupabaseRefused => {
            " Tell your administrator: Supabase's key, schema or policies need attention."
        }
        ErrorCode::KnackUnavailable | ErrorCode::SupabaseUnavailable | ErrorCode::Deadline => {
            " Try again in a few minutes."
        }
        ErrorCode::BadData => {
            " Tell your administrator: Knack returned something that its API does not document."
        }
        ErrorCode::Internal => " Tell your administrator; the log has the details.",
    }
}
