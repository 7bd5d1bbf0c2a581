//! The answer to a request that cannot be served: a stable code, its status, and a sentence for a person. Holds no secret, no
//! pupil's data, and nothing from the refused request.

mod code;
mod sentences;
mod status;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Deserializer, Serialize};
use sync_protocol::Failure;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use code::Code;

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
    /// The header that helps the caller to do better.
    hint: Option<Hint>,
}

/// The header that goes with the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    /// `WWW-Authenticate` (RFC 6750) says whether a token was brought, and nothing else of it.
    TokenMissing,
    TokenInvalid,
    /// `Accept-Encoding` tells this 415 from that of a media type (RFC 9110).
    NoContentCoding,
}

/// A problem as it is sent (RFC 9457), with the two members that today's dashboard reads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemDetails {
    /// Always `about:blank`: the code says more.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The name of the status in HTTP.
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

/// What is read of a problem that another launcher has sent; the rest follows from it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    detail: String,
    code: Code,
    retryable: bool,
    retry_after_seconds: Option<u64>,
    run_id: Option<Uuid>,
}

impl<'de> Deserialize<'de> for ProblemDetails {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let sent = Sent::deserialize(from)?;
        let problem = Problem {
            retryable: sent.retryable,
            retry_after_seconds: sent.retry_after_seconds,
            run_id: sent.run_id,
            ..Problem::new(sent.code, sent.detail)
        };
        Ok(problem.details())
    }
}

impl From<&ProblemDetails> for Problem {
    fn from(details: &ProblemDetails) -> Self {
        Self {
            retryable: details.retryable,
            retry_after_seconds: details.retry_after_seconds,
            run_id: details.run_id,
            ..Self::new(details.code, details.detail.clone())
        }
    }
}

impl Problem {
    /// A problem that trying again does not solve.
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: false,
            retry_after_seconds: None,
            run_id: None,
            hint: (code == Code::Unauthenticated).then_some(Hint::TokenMissing),
        }
    }

    /// The same for a caller who brought a token.
    fn with_invalid_token(mut self) -> Self {
        self.hint = Some(Hint::TokenInvalid);
        self
    }

    /// The same for a body in a coding that is not read here.
    fn with_no_content_coding(mut self) -> Self {
        self.hint = Some(Hint::NoContentCoding);
        self
    }

    /// A problem that may be gone after this many seconds.
    fn later(code: Code, seconds: u64, message: impl Into<String>) -> Self {
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
            hint: None,
        }
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

impl Hint {
    fn to_header(self) -> (HeaderName, &'static str) {
        match self {
            Self::TokenMissing => (WWW_AUTHENTICATE, "Bearer"),
            Self::TokenInvalid => (WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
            Self::NoContentCoding => (ACCEPT_ENCODING, "identity"),
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
        if let Some(hint) = self.hint {
            response.insert_header(hint.to_header());
        }
        let body = serde_json::to_string(&self.details()).expect("problems always serialise");
        response.body(body)
    }
}
