//! The ways in which a call to Knack can fail, by meaning.

use std::time::Duration;

/// A call to Knack failed. No variant holds a response body, a key or a URL with a query.
#[derive(Debug, thiserror::Error)]
pub enum KnackError {
    /// No connection, or it broke before the answer was whole.
    #[error("Knack cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The server's certificate is not trusted: self-signed, expired, or another host's.
    #[error("Knack's certificate is not trusted: {reason}")]
    CertificateNotTrusted {
        /// The fault, in words of our own.
        reason: &'static str,
        /// As the TLS library says it.
        source: reqwest::Error,
    },
    /// Nothing that could be Knack's API has ever answered.
    #[error("no usable answer came from Knack during this refresh: {0}")]
    NeverAnswered(#[source] Box<Self>),
    /// No whole answer within the deadline.
    #[error("Knack did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// A server error, or one of a gateway before it.
    #[error("Knack answered with status {status}")]
    Overloaded {
        /// The HTTP status.
        status: u16,
        /// How long we are asked to wait.
        retry_after: Option<Duration>,
    },
    /// More than ten requests in a second; clears within about a second.
    #[error("Knack kept limiting requests until the refresh had to give up")]
    RateLimited {
        /// When the same request may be sent again.
        wait: Duration,
        /// How long whoever answered asks us to wait in all.
        retry_after: Option<Duration>,
    },
    /// The account's allowance for today is used up.
    #[error("Knack's allowance for today is used up")]
    DailyAllowanceUsedUp {
        /// Until midnight UTC, when Knack said so.
        resets_in: Option<Duration>,
    },
    /// The application id or the key is not accepted, or the account is not in order.
    #[error("{}", refused(*.0))]
    Refused(u16),
    /// The same key and address were good before, and so cannot be at fault.
    #[error("Knack answered as it should at first, and then only with status {status}")]
    NoLongerServed {
        /// The HTTP status.
        status: u16,
    },
    /// Any other status of the client's fault: unknown address or object, malformed call.
    #[error("{}", bad_request(*status, *object))]
    BadRequest {
        /// The HTTP status.
        status: u16,
        /// Whose records were asked for, where it was an object's.
        object: Option<&'static str>,
    },
    /// The key is given what else it asks for, and was never given this.
    #[error("Knack refuses the request for {object} (status {status}), though it answers others")]
    ObjectRefused {
        /// The HTTP status.
        status: u16,
        /// Whose records were asked for.
        object: &'static str,
    },
    /// A redirect, which is never followed: the key would go to another host.
    #[error("Knack answered with a redirect (status {0}), which is not followed")]
    Redirected(u16),
    /// JSON that ends too early.
    #[error("Knack's answer was cut short")]
    Truncated,
    /// Not the JSON of this API: an HTML page, another shape.
    #[error("Knack's answer is not a page of records")]
    NotAPage,
    /// JSON of this API that holds something else than records, or much else among them.
    #[error("Knack's answer consists mostly of records that cannot be read")]
    UnreadableRecords,
    /// A page that contradicts itself: more pages than its records fill.
    #[error("Knack announced more pages than it has records for")]
    Contradictory,
    /// JSON of this API without what every page has.
    #[error("Knack's answer lacks the records, or how many pages or records there are")]
    Incomplete,
    /// More than [`crate::MAX_PAGE_BYTES`].
    #[error("Knack's answer is larger than {} MB", crate::MAX_PAGE_BYTES / 1_000_000)]
    TooLarge {
        /// The id of the first record on the page, where it can be told.
        first_record: Option<String>,
    },
}

impl KnackError {
    /// A refusal whose key and address have proved to be good; any other error stays what it is.
    pub(crate) fn no_longer_served(self) -> Self {
        match self {
            Self::Refused(status) | Self::BadRequest { status, .. } | Self::Redirected(status) => {
                Self::NoLongerServed { status }
            }
            error => error,
        }
    }

    /// A refusal of the key or the host that cannot be meant so, since other requests are answered.
    pub(crate) fn of_one_object(self, object: &'static str) -> Self {
        match self {
            Self::Refused(status) | Self::Redirected(status) => {
                Self::ObjectRefused { status, object }
            }
            error => error,
        }
    }

    /// The same, of a request for records of `object`.
    pub(crate) fn about(self, object: &'static str) -> Self {
        match self {
            Self::BadRequest { status, .. } => Self::BadRequest {
                status,
                object: Some(object),
            },
            error => error,
        }
    }
}

fn refused(status: u16) -> String {
    match status {
        402 => "Knack has suspended the account (status 402)".to_owned(),
        _ => format!("Knack does not accept the application id or the key (status {status})"),
    }
}

fn bad_request(status: u16, object: Option<&'static str>) -> String {
    match (status, object) {
        (404, Some(object)) => format!("Knack has nothing at the address of {object} (status 404)"),
        (404, None) => {
            "Knack has nothing at the address that was asked for (status 404)".to_owned()
        }
        (_, Some(object)) => format!("Knack refused the request for {object} (status {status})"),
        (_, None) => format!("Knack refused the request (status {status})"),
    }
}
