//! The answer to a request that cannot be served: a stable code, its status, and a sentence for a person. The one place where
//! a status is chosen. Holds no secret, no pupil's data, and nothing from the refused request.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use sync_protocol::{ErrorCode, Failure};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a request was not served, or why a run failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
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
    Deadline,
}

impl Code {
    /// The HTTP status of an answer with this code.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::InvalidEstablishmentId => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::EstablishmentNotFound | Self::UnknownRun | Self::NotFound => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SlowRequest => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Cancelled => StatusCode::CONFLICT,
            Self::CoolingDown | Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Configuration | Self::CliUnavailable | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::KnackRefused
            | Self::KnackUnavailable
            | Self::SupabaseRefused
            | Self::SupabaseUnavailable
            | Self::BadData
            | Self::BadCliOutput
            | Self::SyncCrashed => StatusCode::BAD_GATEWAY,
            Self::Busy
            | Self::ShuttingDown
            | Self::AuthUnavailable
            | Self::DashboardUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Its name in JSON.
    pub(crate) fn name(self) -> String {
        let name = serde_json::to_value(self).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// Its meaning, in a few words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request is malformed",
            Self::InvalidEstablishmentId => "The establishment id is malformed",
            Self::Unauthenticated => "Authentication is needed",
            Self::NotAllowed => "Not allowed for this school",
            Self::EstablishmentNotFound => "No such school",
            Self::UnknownRun => "No such run",
            Self::NotFound => "No such address",
            Self::MethodNotAllowed => "Method not allowed",
            Self::SlowRequest => "The request came too slowly",
            Self::TooLarge => "The request is too large",
            Self::NotJson => "The request is not JSON",
            Self::Cancelled => "The refresh was cancelled",
            Self::CoolingDown => "A refresh ended a moment ago",
            Self::TooManyRequests => "Too many requests",
            Self::Configuration => "The service is set up wrongly",
            Self::CliUnavailable => "The refresh cannot be started",
            Self::Internal => "A bug",
            Self::KnackRefused => "Knack refused",
            Self::KnackUnavailable => "Knack is unavailable",
            Self::SupabaseRefused => "Supabase refused",
            Self::SupabaseUnavailable => "Supabase is unavailable",
            Self::BadData => "Knack's answer is not usable",
            Self::BadCliOutput => "The refresh's answer is not usable",
            Self::SyncCrashed => "The refresh crashed",
            Self::Busy => "Too many refreshes at once",
            Self::ShuttingDown => "The service is restarting",
            Self::AuthUnavailable => "Access cannot be checked",
            Self::DashboardUnavailable => "The dashboard's data cannot be read now",
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

/// An answer other than success.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Problem {
    /// The stable code.
    pub(crate) code: Code,
    /// A sentence for a person.
    pub(crate) message: String,
    /// Whether the same request may succeed later with nothing changed.
    pub(crate) retryable: bool,
    /// When, if that is known.
    pub(crate) retry_after_seconds: Option<u64>,
    /// The run it is about.
    pub(crate) run_id: Option<Uuid>,
}

/// A problem as it is written (RFC 9457), with the two members that the original's front end reads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemDetails {
    /// Always `about:blank`: the code says more.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// A sentence for a person: what happened, whether data changed, what to do.
    detail: String,
    code: Code,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<Uuid>,
    /// Always false.
    success: bool,
    /// The same sentence as `detail`.
    message: String,
}

impl Problem {
    /// A problem that trying again does not solve.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: false,
            retry_after_seconds: None,
            run_id: None,
        }
    }

    /// A problem that may be gone after this many seconds.
    pub(crate) fn later(code: Code, seconds: u64, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            retry_after_seconds: Some(seconds),
            ..Self::new(code, message)
        }
    }

    /// A refresh's own failure.
    pub(crate) fn of_refresh(failure: &Failure) -> Self {
        Self {
            code: failure.code.into(),
            message: failure.message.clone(),
            retryable: failure.retryable,
            retry_after_seconds: failure.retry_after_seconds,
            run_id: None,
        }
    }

    /// Supabase did not answer a question of the launcher's own. Logs why.
    pub(crate) fn database_unavailable(error: impl std::fmt::Display) -> Self {
        const SECONDS: u64 = 30;
        tracing::warn!(%error, "Supabase could not be read");
        Self::later(
            Code::DashboardUnavailable,
            SECONDS,
            "The dashboard's database does not answer. Nothing was started or changed. Try again in a moment.",
        )
    }

    /// Names the run it is about.
    #[must_use]
    pub(crate) fn of_run(mut self, run_id: Uuid) -> Self {
        self.run_id = Some(run_id);
        self
    }

    /// As it is written.
    pub(crate) fn details(&self) -> ProblemDetails {
        ProblemDetails {
            kind: "about:blank",
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.message.clone(),
            code: self.code,
            retryable: self.retryable,
            retry_after_seconds: self.retry_after_seconds,
            run_id: self.run_id,
            success: false,
            message: self.message.clone(),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CONTENT_TYPE, "application/problem+json"));
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.code == Code::Unauthenticated {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let body = serde_json::to_string(&self.details()).expect("problems always serialise");
        response.body(body)
    }
}
