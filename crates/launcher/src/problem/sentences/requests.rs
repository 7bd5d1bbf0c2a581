//! Sentences about requests that are malformed, ask for something that does not exist, or meet a bug.

use crate::problem::{Code, Problem};

impl Problem {
    pub(crate) fn no_such_address() -> Self {
        Self::new(
            Code::NotFound,
            "There is nothing at this address. Check it against /openapi.json.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            Code::MethodNotAllowed,
            "This address does not accept this method. The Allow header lists those it accepts.",
        )
    }

    pub(crate) fn not_json() -> Self {
        Self::new(
            Code::NotJson,
            "The request must be JSON, with Content-Type: application/json. Nothing was changed.",
        )
    }

    pub(crate) fn encoded_body() -> Self {
        Self::new(
            Code::NotJson,
            "The request's body must be sent as it is, without Content-Encoding. Nothing was changed.",
        )
        .with_no_content_coding()
    }

    pub(crate) fn precondition_failed() -> Self {
        Self::new(
            Code::PreconditionFailed,
            "Nothing here has an entity tag, so If-Match can never hold. Nothing was changed. Send the request without it.",
        )
    }

    pub(crate) fn slow_body() -> Self {
        Self::new(
            Code::SlowRequest,
            "The request's body did not arrive within 5 seconds. Nothing was changed. Send it again.",
        )
    }

    pub(crate) fn large_body() -> Self {
        Self::new(
            Code::TooLarge,
            "The request's body is larger than 4 KB. Nothing was changed. Send a smaller one.",
        )
    }

    pub(crate) fn malformed_body() -> Self {
        Self::new(
            Code::InvalidRequest,
            r#"The request must be a JSON object like {"establishmentId":"…"}. Nothing was changed."#,
        )
    }

    pub(crate) fn malformed_question() -> Self {
        Self::new(
            Code::InvalidRequest,
            r#"The request must be a JSON object like {"question":"…"} that holds the id of a record in Knack (24 hexadecimal digits) or an e-mail address. Nothing was changed."#,
        )
    }

    pub(crate) fn malformed_school_id() -> Self {
        Self::new(
            Code::InvalidEstablishmentId,
            "The establishment id must be a Knack record id (24 hexadecimal digits) or a Supabase UUID. Nothing was changed.",
        )
    }

    pub(crate) fn no_such_run() -> Self {
        Self::new(
            Code::UnknownRun,
            "There is no such run, or you don't have access to its school. Runs are kept for an hour after they end; the school's history lists earlier ones.",
        )
    }

    pub(crate) fn no_changes() -> Self {
        Self::new(
            Code::UnknownRun,
            "The changes of this run cannot be shown, or you don't have access to its school. Changes are kept for 24 hours by the launcher that ran the refresh, unless that restarts earlier. The data itself is not affected. Refresh the school to see what has changed since.",
        )
    }

    pub(crate) fn metrics_unwritten() -> Self {
        Self::new(
            Code::Internal,
            "The metrics could not be produced because of a bug. Nothing was changed. Tell your administrator.",
        )
    }
}
