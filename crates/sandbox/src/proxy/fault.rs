//! What can be made to go wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::postgrest::PostgrestCode;
use super::request::Request;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// An answer as given. Nothing is forwarded.
    Status {
        /// The HTTP status.
        code: u16,
        /// A string is sent as text, anything else as JSON.
        #[serde(default)]
        body: Value,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The answer that PostgREST gives with this code. Nothing is forwarded.
    Postgrest {
        /// A SQLSTATE, or a code of PostgREST's own.
        code: PostgrestCode,
    },
    /// What a real PostgREST was recorded to answer. Nothing is forwarded.
    Recorded {
        /// The case in `testdata/postgrest-answers.json`.
        case: String,
    },
    /// No answer, ever. Nothing is forwarded.
    Hang,
    /// Supabase's answer, cut off half-way.
    Cut,
    /// Supabase does what it is asked, and its answer is lost.
    CutAfterWrite,
    /// The connection is reset. Nothing is forwarded.
    Reset,
    /// An HTML page of a gateway in front of Supabase. Nothing is forwarded.
    GatewayHtml {
        /// The HTTP status: 502, 520 and so on.
        code: u16,
    },
    /// A compressed body that never ends once it is decompressed. Nothing is forwarded.
    Bomb {
        /// The HTTP status.
        code: u16,
    },
    /// The gateway does not know the key. Nothing is forwarded.
    Unauthorized,
    /// The request is forwarded that much later.
    #[serde(rename = "delay_ms", with = "crate::milliseconds")]
    Delay(Duration),
    /// Another fault, that much later.
    Late {
        /// How much later.
        #[serde(rename = "after_ms", with = "crate::milliseconds")]
        after: Duration,
        /// What goes wrong then.
        fault: Box<Self>,
    },
    /// Supabase's answer; but for a 500, what PostgREST answers when a statement took too long. Supabase Lite does not name that.
    TimeoutsNamed,
    /// Supabase's answer with this `Date` header.
    Dated(String),
    /// SQLSTATE 23514 as long as one of the rows sent contains a text, so halving a batch finds that row.
    CheckViolation {
        /// Looked for in the row's compact JSON.
        row_contains: String,
    },
    /// A gateway's 413 as long as the body has more than this many bytes.
    TooLargeAbove {
        /// This many still pass.
        bytes: usize,
    },
    /// A firewall's page, status 403, as long as the body contains a text.
    Firewall {
        /// Looked for in the body as it is sent.
        body_contains: String,
    },
    /// SQLSTATE 57014 as long as one of the rows sent contains a text: somebody has locked that row.
    LockedRow {
        /// Looked for in the row's compact JSON.
        row_contains: String,
    },
    /// SQLSTATE 57014 as long as more than this many rows are sent at once.
    TimeoutAbove {
        /// This many still pass.
        rows: usize,
    },
    /// SQLSTATE 57014 as long as a read does not ask for at most this many rows.
    ReadTimeoutAbove {
        /// This many still pass.
        rows: usize,
    },
}

impl Fault {
    /// Whether this fault, of itself, applies to a request.
    pub(super) fn applies(&self, request: &Request<'_>) -> bool {
        match self {
            Self::CheckViolation { row_contains } | Self::LockedRow { row_contains } => {
                row_with(row_contains, request.body).is_some()
            }
            Self::Late { fault, .. } => fault.applies(request),
            Self::TooLargeAbove { bytes } => request.body.len() > *bytes,
            Self::Firewall { body_contains } => {
                str::from_utf8(request.body).is_ok_and(|body| body.contains(body_contains))
            }
            Self::TimeoutAbove { rows: limit } => request.rows.is_some_and(|rows| rows > *limit),
            Self::ReadTimeoutAbove { rows: limit } => {
                request.method == "GET" && request.limit().is_none_or(|rows| rows > *limit)
            }
            Self::Status { .. }
            | Self::Postgrest { .. }
            | Self::Recorded { .. }
            | Self::Hang
            | Self::Cut
            | Self::CutAfterWrite
            | Self::Reset
            | Self::GatewayHtml { .. }
            | Self::Bomb { .. }
            | Self::Unauthorized
            | Self::Delay(_)
            | Self::TimeoutsNamed
            | Self::Dated(_) => true,
        }
    }
}

/// The first row of a JSON array that contains `text` in its compact form. An object counts as one row.
pub(super) fn row_with(text: &str, body: &[u8]) -> Option<Value> {
    let rows = match serde_json::from_slice(body).ok()? {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    rows.into_iter().find(|row| row.to_string().contains(text))
}
