//! The stable codes of problems, and what each means. Their statuses are chosen in `status.rs`.

use serde::{Deserialize, Serialize};
use sync_protocol::ErrorCode;
use utoipa::ToSchema;

/// Why a request was not served, or why a run failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    InvalidRequest,
    InvalidEstablishmentId,
    Unauthenticated,
    NotAllowed,
    EstablishmentNotFound,
    UnknownRun,
    NotFound,
    MethodNotAllowed,
    SlowRequest,
    TooLarge,
    NotJson,
    PreconditionFailed,
    Cancelled,
    CoolingDown,
    TooManyRequests,
    Configuration,
    CliUnavailable,
    Internal,
    KnackRefused,
    KnackUnavailable,
    SupabaseRefused,
    SupabaseUnavailable,
    BadData,
    BadCliOutput,
    SyncCrashed,
    Busy,
    ShuttingDown,
    AuthUnavailable,
    DashboardUnavailable,
    CoordinatorUnavailable,
    Deadline,
}

impl Code {
    /// Its name in JSON.
    pub(crate) fn name(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Its meaning, in a few words.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is malformed",
            Self::InvalidEstablishmentId => "The establishment id is malformed",
            Self::Unauthenticated => "Authentication required",
            Self::NotAllowed => "The user is not known as staff",
            Self::EstablishmentNotFound => "No such school",
            Self::UnknownRun => "No such run",
            Self::NotFound => "No such address",
            Self::MethodNotAllowed => "Method not allowed",
            Self::SlowRequest => "The request came too slowly",
            Self::TooLarge => "The request is too large",
            Self::NotJson => "The request is not JSON",
            Self::PreconditionFailed => "A precondition does not hold",
            Self::Cancelled => "The refresh was cancelled",
            Self::CoolingDown => "The school was refreshed a short while ago",
            Self::TooManyRequests => "Too many requests",
            Self::Configuration => "The service is misconfigured",
            Self::CliUnavailable => "The refresh cannot be started",
            Self::Internal => "Internal error",
            Self::KnackRefused => "Knack refused the request",
            Self::KnackUnavailable => "Knack is unavailable",
            Self::SupabaseRefused => "Supabase refused the request",
            Self::SupabaseUnavailable => "Supabase is unavailable",
            Self::BadData => "Knack's response is not usable",
            Self::BadCliOutput => "The refresh's result is not usable",
            Self::SyncCrashed => "The refresh crashed",
            Self::Busy => "Too many refreshes at once",
            Self::ShuttingDown => "The service is shutting down",
            Self::AuthUnavailable => "Access cannot be checked",
            Self::DashboardUnavailable => "The dashboard's data cannot be read",
            Self::CoordinatorUnavailable => "The launchers cannot agree",
            Self::Deadline => "The refresh took too long",
        }
    }
}

impl From<ErrorCode> for Code {
    fn from(code: ErrorCode) -> Self {
        match code {
            // The launcher makes the arguments, so wrong ones are its own fault.
            ErrorCode::Usage | ErrorCode::Internal => Self::Internal,
            ErrorCode::Configuration => Self::Configuration,
            ErrorCode::EstablishmentNotFound => Self::EstablishmentNotFound,
            ErrorCode::KnackRefused => Self::KnackRefused,
            ErrorCode::KnackUnavailable => Self::KnackUnavailable,
            ErrorCode::SupabaseRefused => Self::SupabaseRefused,
            ErrorCode::SupabaseUnavailable => Self::SupabaseUnavailable,
            ErrorCode::BadData => Self::BadData,
            ErrorCode::Deadline => Self::Deadline,
            ErrorCode::Cancelled => Self::Cancelled,
        }
    }
}
