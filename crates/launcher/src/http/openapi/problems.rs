//! The problems that each address may answer with besides its own answers, for the contract. They are listed by code,
//! so that their statuses and meanings are those of [`Code`].

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{
    AllOfBuilder, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response,
    ResponseBuilder, Type,
};

use crate::problem::{Code, ProblemDetails};

/// The caller is identified and counted.
const OF_CALLER: &[Code] = &[
    Code::Unauthenticated,
    Code::NotAllowed,
    Code::TooManyRequests,
    Code::AuthUnavailable,
];

/// A school is looked up.
const OF_SCHOOL: &[Code] = &[
    Code::InvalidEstablishmentId,
    Code::EstablishmentNotFound,
    Code::DashboardUnavailable,
];

/// A body is read.
const OF_BODY: &[Code] = &[
    Code::InvalidRequest,
    Code::SlowRequest,
    Code::TooLarge,
    Code::NotJson,
];

/// Something is to be changed.
const OF_CONDITION: &[Code] = &[Code::PreconditionFailed];

/// A run is not admitted.
const OF_REFRESH: &[Code] = &[Code::CoolingDown, Code::CoordinatorUnavailable];

/// The refresh's program is not started, or fails.
const OF_CHILD: &[Code] = &[
    Code::Busy,
    Code::ShuttingDown,
    Code::Cancelled,
    Code::Configuration,
    Code::CliUnavailable,
    Code::Internal,
    Code::KnackRefused,
    Code::KnackUnavailable,
    Code::SupabaseRefused,
    Code::SupabaseUnavailable,
    Code::BadData,
    Code::BadCliOutput,
    Code::SyncCrashed,
    Code::Deadline,
];

/// Problems of requesting a refresh.
pub(in crate::http) struct RefreshProblems;

/// Problems of asking about a record.
pub(in crate::http) struct ExplainProblems;

/// Problems of requesting a run.
pub(in crate::http) struct RunProblems;

/// Problems of stopping a run.
pub(in crate::http) struct CancelProblems;

/// Problems of requesting the changes of a run.
pub(in crate::http) struct ChangesProblems;

/// Problems of requesting a school.
pub(in crate::http) struct SchoolProblems;

/// Problems of requesting the caller's schools.
pub(in crate::http) struct ListProblems;

/// Problems of requesting the metrics.
pub(in crate::http) struct MetricsProblems;

/// Problems of every address.
pub(in crate::http) struct CommonProblems;

impl IntoResponses for RefreshProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            OF_CALLER,
            OF_SCHOOL,
            OF_BODY,
            OF_CONDITION,
            OF_REFRESH,
            OF_CHILD,
        ])
    }
}

impl IntoResponses for ExplainProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[OF_CALLER, OF_SCHOOL, OF_BODY, OF_CHILD])
    }
}

impl IntoResponses for RunProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[OF_CALLER, &[Code::UnknownRun, Code::CoordinatorUnavailable]])
    }
}

impl IntoResponses for CancelProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            OF_CALLER,
            OF_CONDITION,
            &[Code::UnknownRun, Code::CoordinatorUnavailable],
        ])
    }
}

impl IntoResponses for ChangesProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[OF_CALLER, &[Code::UnknownRun, Code::DashboardUnavailable]])
    }
}

impl IntoResponses for SchoolProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[OF_CALLER, OF_SCHOOL])
    }
}

impl IntoResponses for ListProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[OF_CALLER, &[Code::DashboardUnavailable]])
    }
}

impl IntoResponses for MetricsProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[&[Code::Unauthenticated, Code::Internal]])
    }
}

impl IntoResponses for CommonProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[&[Code::MethodNotAllowed]])
    }
}

/// One answer for each status that these codes have.
fn problems(groups: &[&[Code]]) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in groups.iter().copied().flatten() {
        let codes = by_status.entry(code.status().as_u16()).or_default();
        codes.push(*code);
    }
    let answers = by_status.into_iter();
    answers
        .map(|(status, codes)| (status.to_string(), problem(status, &codes).into()))
        .collect()
}

fn problem(status: u16, codes: &[Code]) -> Response {
    let descriptions: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.name(), code.meaning()))
        .collect();
    let exactly = ObjectBuilder::new()
        .property(
            "status",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .enum_values(Some([status])),
        )
        .property(
            "code",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(codes.iter().map(|code| code.name()))),
        );
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name(
            <ProblemDetails as utoipa::ToSchema>::name(),
        ))
        .item(exactly);
    let response = ResponseBuilder::new()
        .description(descriptions.join("; "))
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(schema)).build(),
        );
    match status {
        401 => response.header(
            "WWW-Authenticate",
            text_header("`Bearer`, and `error=\"invalid_token\"` if a token was brought"),
        ),
        415 => response.header(
            "Accept-Encoding",
            text_header("`identity`, if the body was sent with a `Content-Encoding`"),
        ),
        405 => response.header("Allow", text_header("The methods that this address takes")),
        429 | 502 | 503 | 504 => response.header("Retry-After", retry_after()),
        _ => response,
    }
    .build()
}

/// A header that holds a text.
pub(super) fn text_header(description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(description))
        .build()
}

fn retry_after() -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(0)),
        ))
        .description(Some(
            "Seconds until it is worth trying again, if that is known",
        ))
        .build()
}
