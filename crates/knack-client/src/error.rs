//! What can go wrong between Knack and us, by meaning.

use std::time::Duration;

/// A call to Knack failed. No variant holds a response body, a key or a URL with a query.
#[derive(Debug, thiserror::Error)]
pub enum KnackError {
    /// No connection, or it broke before the answer was whole.
    #[error("Knack cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No whole answer within the deadline.
    #[error("Knack did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// A server error.
    #[error("Knack answered with status {0}")]
    Overloaded(u16),
    /// More than ten requests in a second; clears within about a second.
    #[error("Knack limits our requests per second")]
    RateLimited {
        /// How long Knack asks us to wait.
        wait: Duration,
    },
    /// The account's allowance for today is used up.
    #[error("Knack's allowance for today is used up")]
    DailyAllowanceUsedUp {
        /// Until midnight UTC, when Knack said so.
        resets_in: Option<Duration>,
    },
    /// The application id or the key is not accepted.
    #[error("Knack refused our application id or key with status {0}")]
    Refused(u16),
    /// Any other status of the client's fault: unknown object, malformed call.
    #[error("Knack refused the request with status {0}")]
    BadRequest(u16),
    /// A redirect, which is never followed: the key would go to another host.
    #[error("Knack answered with a redirect (status {0}), which is not followed")]
    Redirected(u16),
    /// JSON that ends too early.
    #[error("Knack's answer was cut short")]
    Truncated,
    /// Not the JSON of this API: an HTML page, another shape.
    #[error("Knack's answer is not a page of records")]
    NotAPage,
    /// More than [`crate::MAX_PAGE_BYTES`].
    #[error("Knack's answer is larger than {} MB", crate::MAX_PAGE_BYTES / 1_000_000)]
    TooLarge,
}
