//! Chooses the HTTP status of each problem. Nothing else does.

use actix_web::http::StatusCode;

use super::Code;

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
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
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
            | Self::DashboardUnavailable
            | Self::CoordinatorUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The name of its status, as the title of a problem of no type must be (RFC 9457).
    pub(crate) fn title(self) -> &'static str {
        match self.status() {
            // As RFC 9110 has renamed it.
            StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
            status => status.canonical_reason().unwrap_or("Unknown"),
        }
    }
}
