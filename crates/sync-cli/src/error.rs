//! Why a refresh failed, and what that means outside: one code, one sentence. The sentence says what happened, whether data
//! changed and what to do; it holds no secret, no pupil's data and no answer's body.

use std::time::Duration;

use knack_client::KnackError;
use settings::InvalidSettings;
use supabase_client::SupabaseError;
use sync_protocol::{ErrorCode, Failure, InvalidEstablishmentId, Signal, SyncExit};

use crate::save::Refusal;
use crate::stop::Reason;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Configuration(#[from] InvalidSettings),
    #[error("no such school")]
    EstablishmentNotFound,
    #[error("reading from Knack failed")]
    Knack(#[from] KnackError),
    #[error("{doing} failed")]
    Supabase {
        /// What was being done, as in "reading the school".
        doing: &'static str,
        source: SupabaseError,
    },
    /// A table refuses this school's rows, all or most of them.
    #[error("the database refuses the rows of {table}{}{}", refusal.code, refusal.part)]
    TableRefused {
        table: &'static str,
        refusal: Refusal,
    },
    /// Knack answered something else than was asked for.
    #[error("Knack ignored the filter")]
    FilterIgnored,
    #[error("stopped: {0:?}")]
    Stopped(Reason),
    #[error("a bug")]
    Internal(#[source] anyhow::Error),
}

impl From<Reason> for SyncError {
    fn from(reason: Reason) -> Self {
        Self::Stopped(reason)
    }
}

impl From<InvalidEstablishmentId> for SyncError {
    fn from(error: InvalidEstablishmentId) -> Self {
        Self::Usage(format!("--establishment-id: {error}."))
    }
}

/// Adds what was being done.
pub(crate) trait During<T> {
    fn during(self, doing: &'static str) -> Result<T, SyncError>;
}

impl<T> During<T> for Result<T, SupabaseError> {
    fn during(self, doing: &'static str) -> Result<T, SyncError> {
        self.map_err(|source| SyncError::Supabase { doing, source })
    }
}

impl SyncError {
    pub(crate) fn exit(&self) -> SyncExit {
        match self {
            Self::Stopped(Reason::Cancelled(signal)) => SyncExit::Cancelled(*signal),
            other => SyncExit::Failed(other.code()),
        }
    }

    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Usage(_) => ErrorCode::Usage,
            Self::Configuration(_) => ErrorCode::Configuration,
            Self::EstablishmentNotFound => ErrorCode::EstablishmentNotFound,
            Self::Knack(error) => of_knack(error),
            Self::Supabase { source, .. } => of_supabase(source),
            Self::TableRefused { .. } => ErrorCode::SupabaseRefused,
            Self::FilterIgnored => ErrorCode::BadData,
            Self::Stopped(Reason::Deadline) => ErrorCode::Deadline,
            Self::Stopped(Reason::Cancelled(_)) => ErrorCode::Cancelled,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// What people see. `wrote` says whether rows had been saved before.
    pub(crate) fn failure(&self, wrote: bool) -> Failure {
        let code = self.code();
        let changed = match code {
            // Nothing had begun that a person would ask about.
            ErrorCode::Usage | ErrorCode::Configuration | ErrorCode::EstablishmentNotFound => "",
            _ if !wrote => " Nothing was changed.",
            // Refreshing again cannot help.
            _ if matches!(self, Self::TableRefused { .. }) => " Rows already saved are kept.",
            _ => " Rows already saved are kept; refresh again to save the rest.",
        };
        Failure {
            code,
            message: capitalised(&format!("{}{changed}{}", self.happened(), self.advice())),
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
            Self::EstablishmentNotFound => "The dashboard has no school with this id.".to_owned(),
            Self::Knack(error) => format!("{error}."),
            Self::Supabase { doing, source } => format!("{source}, while {doing}."),
            Self::TableRefused { table, refusal } => table_refused(table, refusal),
            Self::FilterIgnored => {
                "Knack returned records of other schools or years than the ones requested."
                    .to_owned()
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

    /// What to do about it; begins with a space.
    fn advice(&self) -> &'static str {
        match self {
            Self::TableRefused { .. } => {
                " Tell your administrator: the table's columns, keys or triggers need attention."
            }
            other => advice(other.code()),
        }
    }

    /// Whether a write that ended so may have been saved all the same.
    pub(crate) fn may_have_saved(&self) -> bool {
        let source = match self {
            Self::Supabase { source, .. } => source,
            // Only what was answered is judged.
            Self::TableRefused { .. } => return false,
            _ => return true,
        };
        match source {
            SupabaseError::Unreachable(_)
            | SupabaseError::Timeout(_)
            | SupabaseError::Unavailable { .. }
            | SupabaseError::ServerFault { .. }
            | SupabaseError::Unreadable
            | SupabaseError::TooLarge
            | SupabaseError::ResolutionIgnored => true,
            SupabaseError::Contention(_)
            | SupabaseError::StatementTimeout
            | SupabaseError::RowRefused { .. }
            | SupabaseError::Refused { .. }
            | SupabaseError::Redirected(_) => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Knack(KnackError::DailyAllowanceUsedUp { resets_in }) => *resets_in,
            Self::Knack(KnackError::RateLimited { wait }) => Some(*wait),
            Self::Supabase {
                source: SupabaseError::Unavailable { retry_after, .. },
                ..
            } => *retry_after,
            _ => None,
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
            " Tell your administrator: Knack's answers are not what its API promises."
        }
        ErrorCode::Internal => " Tell your administrator; the log has the details.",
    }
}

fn of_knack(error: &KnackError) -> ErrorCode {
    match error {
        KnackError::Unreachable(_)
        | KnackError::Timeout(_)
        | KnackError::Overloaded(_)
        | KnackError::RateLimited { .. }
        | KnackError::Truncated => ErrorCode::KnackUnavailable,
        KnackError::DailyAllowanceUsedUp { .. }
        | KnackError::Refused(_)
        | KnackError::BadRequest(_) => ErrorCode::KnackRefused,
        KnackError::Redirected(_) | KnackError::NotAPage | KnackError::TooLarge => {
            ErrorCode::BadData
        }
    }
}

fn of_supabase(error: &SupabaseError) -> ErrorCode {
    match error {
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::StatementTimeout
        | SupabaseError::ServerFault { .. } => ErrorCode::SupabaseUnavailable,
        SupabaseError::RowRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored => ErrorCode::SupabaseRefused,
    }
}
