//! The sentence that reports a failed refresh: what happened, whether data changed, what to do. Holds no secret, no
//! pupil's data and no body of an answer.

use std::borrow::Cow;

use knack_client::KnackError;
use supabase_client::SupabaseError;
use sync_protocol::{Failure, Signal, in_words};

use super::Refusal;
use super::SyncError;
use crate::clock_skew::AnotherYear;
use crate::stop::{Reason, TimeUp};

/// Whether rows were saved before a failure. A write whose answer was lost may have been saved, and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavedRows {
    None,
    Some,
}

impl SyncError {
    /// The whole sentence for people.
    pub(crate) fn failure(&self, rows: SavedRows) -> Failure {
        let code = self.code();
        Failure {
            code,
            message: capitalised(&format!(
                "{}{}{}",
                self.happened(),
                self.changed(rows),
                self.timed_advice()
            )),
            retryable: code.retryable(),
            retry_after_seconds: self.retry_after_seconds(),
        }
    }

    /// Why a part of a refresh was not done, the rest of which was: what happened, and what to do.
    pub(crate) fn reason(&self) -> String {
        capitalised(&format!("{}{}", self.happened(), self.advice()))
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
                "The clock of the machine that runs the refresh says {our_day} and {service}'s says {their_day}, which lies in another academic year."
            ),
            Self::EstablishmentNotFound => "The dashboard has no school with this id.".to_owned(),
            Self::NoSchoolVisible => "Supabase shows this key no school at all.".to_owned(),
            Self::Knack(error) => format!("{error}."),
            // What was being done does not matter: nothing at all can be.
            Self::Supabase {
                source:
                    source @ (SupabaseError::CertificateNotTrusted { .. }
                    | SupabaseError::NeverAnswered(_)),
                ..
            } => format!("{source}."),
            Self::Supabase { doing, source } => format!("{doing} failed: {source}."),
            Self::TableRefused { table, refusal } => table_refused(table, refusal),
            Self::AllowanceLow { left, floor, .. } => {
                let requests = match left {
                    1 => "1 request".to_owned(),
                    left => format!("{left} requests"),
                };
                format!(
                    "Knack has only {requests} left today, and {floor} are to be left for others (SYNC_MIN_DAILY_ALLOWANCE)."
                )
            }
            Self::FieldsChanged { object, faults } => {
                format!("Fields of {object} have changed in Knack: {faults}.")
            }
            Self::FilterIgnored => {
                "Knack returned records for schools or years that were not requested.".to_owned()
            }
            Self::Stopped(Reason::Deadline(time_up)) => reached(time_up),
            Self::Stopped(Reason::Cancelled(Signal::Interrupt | Signal::Terminate)) => {
                "The refresh was cancelled.".to_owned()
            }
            Self::Internal(_) => "The refresh failed because of a bug.".to_owned(),
        }
    }

    /// Whether data changed. Begins with a space.
    fn changed(&self, rows: SavedRows) -> &'static str {
        match (self, rows) {
            // It says how to ask, and was not asked anything yet.
            (Self::Usage(_), _) => "",
            (_, SavedRows::None) => " Nothing was changed.",
            // Refreshing again cannot help.
            (Self::TableRefused { .. }, SavedRows::Some) => " Rows already saved are kept.",
            // Its rows may have gone with it.
            (
                Self::Supabase {
                    source: SupabaseError::SchoolGone(_),
                    ..
                },
                SavedRows::Some,
            ) => " Rows saved earlier may have been deleted with the school.",
            (_, SavedRows::Some) => {
                " Rows already saved are kept; the next successful refresh saves the rest."
            }
        }
    }

    /// The advice, with a time if one is known. Begins with a space.
    fn timed_advice(&self) -> Cow<'static, str> {
        let Some(seconds) = self.retry_after_seconds() else {
            return self.advice();
        };
        let again = format!(" Try again in {}", in_words(seconds));
        match self {
            Self::AllowanceLow { .. } => {
                format!("{again}, when Knack renews its requests at midnight UTC.").into()
            }
            Self::Knack(KnackError::DailyAllowanceUsedUp { .. }) => {
                format!("{again}, or ask your administrator for a larger Knack plan.").into()
            }
            _ => format!("{again}.").into(),
        }
    }
}

/// `The refresh reached its time limit of 5 minutes and was stopped while it waited for Knack to answer.`
fn reached(time_up: &TimeUp) -> String {
    let TimeUp { limit, awaited } = time_up;
    let limit = in_words(limit.as_secs());
    let stopped = format!("The refresh reached its time limit of {limit} and was stopped");
    match awaited {
        Some(service) => format!("{stopped} while it waited for {service} to answer."),
        None => format!("{stopped}."),
    }
}

/// `The database refuses the rows of "students": column "region" must not be empty (code 23502).`
fn table_refused(table: &str, refusal: &Refusal) -> String {
    let Refusal {
        code,
        part,
        blocked,
    } = refusal;
    if let Some(status) = blocked {
        return format!(
            "A gateway or firewall in front of Supabase refuses the rows of \"{table}\" (status {status})."
        );
    }
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
pub(crate) fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

#[cfg(test)]
mod tests;
