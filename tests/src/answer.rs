//! What the launcher answered.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::assert_is_a_sentence;

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("the answer is text");
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body of an answer with this status.
    ///
    /// # Panics
    /// If it has another.
    #[track_caller]
    pub fn expect_status(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body
    }

    /// Asserts that it is a problem of this status and code, in the right format.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> &Value {
        let problem = self.expect_status(status);
        assert_eq!(problem["code"], code, "{}", self.text);
        assert_eq!(problem["status"], status);
        // RFC 9457: a problem of no type is named as its status is.
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["title"].as_str(), phrase(status));
        assert_eq!(self.header("www-authenticate").is_some(), status == 401);
        assert_eq!(problem["success"], false);
        assert_eq!(problem["detail"], problem["message"]);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let message = problem["message"].as_str().expect("a problem says what");
        assert_is_a_sentence(message);
        let retry_after = self.header("retry-after").map(ToOwned::to_owned);
        let seconds = problem["retryAfterSeconds"].as_u64();
        assert_eq!(retry_after, seconds.map(|seconds| seconds.to_string()));
        problem
    }
}

/// The name of a status (RFC 9110).
fn phrase(status: u16) -> Option<&'static str> {
    match status {
        413 => Some("Content Too Large"),
        status => StatusCode::from_u16(status).ok()?.canonical_reason(),
    }
}
