//! The reasons why a refresh can fail, and the one public code of each. The sentences are in `error/sentence.rs` and
//! `error/advice.rs`.

mod advice;
mod refusal;
mod sentence;

use std::time::Duration;

use knack_client::KnackError;
use settings::InvalidSettings;
use supabase_client::SupabaseError;
use sync_protocol::{ErrorCode, InvalidEstablishmentId, SyncExit};

pub(crate) use advice::SCHEMA_FIX;
pub(crate) use refusal::Refusal;
pub(crate) use sentence::{SavedRows, capitalised};

use crate::clock_skew::AnotherYear;
use crate::stop::Reason;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Configuration(#[from] InvalidSettings),
    #[error("this machine's clock differs from {}'s by an academic year", .0.service)]
    WrongClock(AnotherYear),
    #[error("no such school")]
    EstablishmentNotFound,
    /// Not even one school: the key is one that row-level security applies to.
    #[error("no school at all is visible")]
    NoSchoolVisible,
    #[error("reading from Knack failed")]
    Knack(#[from] KnackError),
    #[error("{doing} failed")]
    Supabase {
        /// The activity, as in "reading the school".
        doing: &'static str,
        source: SupabaseError,
    },
    /// A table refuses this school's rows, all or most of them.
    #[error("the database refuses the rows of {table}{}{}", refusal.code, refusal.part)]
    TableRefused {
        table: &'static str,
        refusal: Refusal,
    },
    /// So few requests are left for today that they are to be left alone.
    #[error("Knack has {left} requests left today, and {floor} are to be kept")]
    AllowanceLow {
        left: u64,
        floor: u64,
        resets_in: Option<Duration>,
    },
    /// Fields that say whose a record is, or when it was completed, are no longer what they were.
    #[error("{object} has changed in Knack: {faults}")]
    FieldsChanged {
        object: &'static str,
        faults: String,
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

/// A limit that lasted for a whole run does not clear within the second that Knack names.
const A_MINUTE: Duration = Duration::from_mins(1);

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
        if let Self::Stopped(Reason::Cancelled(signal)) = self {
            return SyncExit::Cancelled(*signal);
        }
        SyncExit::Failed(self.code())
    }

    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Usage(_) => ErrorCode::Usage,
            Self::Configuration(_) | Self::WrongClock(_) => ErrorCode::Configuration,
            Self::EstablishmentNotFound => ErrorCode::EstablishmentNotFound,
            Self::Knack(error) => of_knack(error),
            Self::AllowanceLow { .. } => ErrorCode::KnackRefused,
            Self::Supabase { source, .. } => of_supabase(source),
            Self::TableRefused { .. } | Self::NoSchoolVisible => ErrorCode::SupabaseRefused,
            Self::FilterIgnored | Self::FieldsChanged { .. } => ErrorCode::BadData,
            Self::Stopped(Reason::Deadline(_)) => ErrorCode::Deadline,
            Self::Stopped(Reason::Cancelled(_)) => ErrorCode::Cancelled,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }

    /// Whether it ends a run even where only the answers met it.
    pub(crate) fn costs_everything(&self) -> bool {
        match self {
            Self::Stopped(_) | Self::Internal(_) => true,
            Self::Supabase { source, .. } => matches!(source, SupabaseError::SchoolGone(_)),
            Self::Usage(_)
            | Self::Configuration(_)
            | Self::WrongClock(_)
            | Self::EstablishmentNotFound
            | Self::NoSchoolVisible
            | Self::Knack(_)
            | Self::TableRefused { .. }
            | Self::AllowanceLow { .. }
            | Self::FieldsChanged { .. }
            | Self::FilterIgnored => false,
        }
    }

    /// Whether a write that ended so may have been saved all the same.
    pub(crate) fn may_have_saved(&self) -> bool {
        let source = match self {
            Self::Supabase { source, .. } => source,
            Self::Stopped(_) | Self::Internal(_) => return true,
            // A table is judged by answers alone, and the others do not come from writing.
            Self::TableRefused { .. }
            | Self::Usage(_)
            | Self::Configuration(_)
            | Self::WrongClock(_)
            | Self::EstablishmentNotFound
            | Self::NoSchoolVisible
            | Self::Knack(_)
            | Self::AllowanceLow { .. }
            | Self::FieldsChanged { .. }
            | Self::FilterIgnored => return false,
        };
        lost_answer(source)
    }

    /// When to try again, if that is known. In whole seconds, so that no sentence says another time.
    fn retry_after_seconds(&self) -> Option<u64> {
        let wait = match self {
            Self::Knack(KnackError::DailyAllowanceUsedUp { resets_in })
            | Self::AllowanceLow { resets_in, .. } => *resets_in,
            Self::Knack(KnackError::RateLimited { wait, retry_after }) => {
                Some(retry_after.unwrap_or(*wait).max(A_MINUTE))
            }
            Self::Knack(KnackError::Overloaded { retry_after, .. }) => *retry_after,
            Self::Supabase { source, .. } => asked_for(source),
            _ => None,
        };
        wait.map(|wait| wait.as_millis().div_ceil(1_000))
            .and_then(|seconds| u64::try_from(seconds).ok())
    }
}

/// How long Supabase asked to be left alone.
fn asked_for(error: &SupabaseError) -> Option<Duration> {
    match error {
        SupabaseError::KeptFailing(last) | SupabaseError::Waiting { last, .. } => asked_for(last),
        SupabaseError::Unavailable { retry_after, .. } => *retry_after,
        _ => None,
    }
}

/// Whether the answer to a write says nothing about what was saved.
fn lost_answer(error: &SupabaseError) -> bool {
    match error {
        SupabaseError::NeverAnswered(last)
        | SupabaseError::KeptFailing(last)
        | SupabaseError::Waiting { last, .. } => lost_answer(last),
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ServerFault { .. }
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored(_) => true,
        SupabaseError::CertificateNotTrusted { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::TooSlow(_)
        | SupabaseError::RowRefused { .. }
        | SupabaseError::Blocked { .. }
        | SupabaseError::SchoolGone(_)
        | SupabaseError::KeyRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_) => false,
    }
}

fn of_knack(error: &KnackError) -> ErrorCode {
    match error {
        KnackError::Unreachable(_)
        | KnackError::NeverAnswered(_)
        | KnackError::Timeout(_)
        | KnackError::Overloaded { .. }
        | KnackError::RateLimited { .. }
        | KnackError::NoLongerServed { .. }
        | KnackError::NotAPage
        | KnackError::Truncated => ErrorCode::KnackUnavailable,
        KnackError::DailyAllowanceUsedUp { .. }
        | KnackError::Refused(_)
        | KnackError::ObjectRefused { .. }
        | KnackError::BadRequest { .. } => ErrorCode::KnackRefused,
        KnackError::Redirected(_)
        | KnackError::Contradictory
        | KnackError::Incomplete
        | KnackError::UnreadableRecords
        | KnackError::TooLarge { .. } => ErrorCode::BadData,
        KnackError::CertificateNotTrusted { .. } => ErrorCode::Configuration,
    }
}

fn of_supabase(error: &SupabaseError) -> ErrorCode {
    match error {
        SupabaseError::KeptFailing(last) | SupabaseError::Waiting { last, .. } => of_supabase(last),
        // A page that refuses does not pass by itself, whoever's it is.
        SupabaseError::NeverAnswered(last) if matches!(**last, SupabaseError::Blocked { .. }) => {
            ErrorCode::SupabaseRefused
        }
        SupabaseError::Unreachable(_)
        | SupabaseError::NeverAnswered(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::TooSlow(_)
        | SupabaseError::ServerFault { .. } => ErrorCode::SupabaseUnavailable,
        SupabaseError::RowRefused { .. }
        | SupabaseError::Blocked { .. }
        | SupabaseError::KeyRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored(_) => ErrorCode::SupabaseRefused,
        SupabaseError::SchoolGone(_) => ErrorCode::EstablishmentNotFound,
        SupabaseError::CertificateNotTrusted { .. } => ErrorCode::Configuration,
    }
}
