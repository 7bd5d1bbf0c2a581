//! One attempt at one request: keys, deadline, bounds, and what its answer is. Whether it is made again is decided elsewhere.

use std::time::Instant;

use reqwest::Response;
use reqwest::header::{HeaderName, HeaderValue};
use transport::{distrusted, retry_after};

use super::SupabaseClient;
use super::answer::{Answer, Expected};
use crate::SupabaseError;
use crate::judge::{Asked, Refusal};
use crate::marks::Marks;
use crate::retry;
use crate::translate::Request;

const MAX_ANSWER_BYTES: usize = 64_000_000;
/// A trigger may quote a comment in its message.
const MAX_ERROR_BYTES: usize = 2_000_000;
const PREFER: HeaderName = HeaderName::from_static("prefer");

impl SupabaseClient {
    pub(super) async fn attempt_in_time(
        &self,
        request: &Request,
        prefer: &str,
        expected: Expected,
    ) -> Result<Answer, SupabaseError> {
        let pending = self.silence.asked(Instant::now());
        let attempt = self.attempt(request, prefer, expected);
        match tokio::time::timeout(self.timeout, attempt).await {
            Ok(outcome) => {
                pending.answered(Instant::now());
                outcome
            }
            Err(_) => Err(SupabaseError::Timeout(self.timeout)),
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        prefer: &str,
        expected: Expected,
    ) -> Result<Answer, SupabaseError> {
        let mut headers = request.headers.clone();
        headers.extend(self.key_headers.clone());
        if !prefer.is_empty() {
            let prefer = HeaderValue::from_str(prefer).expect("preferences are our own words");
            headers.insert(PREFER, prefer);
        }
        let mut response = self
            .http
            .request(request.method.clone(), request.url.clone())
            .headers(headers)
            .body(request.body.clone())
            .send()
            .await
            .map_err(unreachable)?;

        self.last_date.note(response.headers());
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry_after(response.headers());
            let body = match bounded_body(&mut response, MAX_ERROR_BYTES).await {
                Ok(body) => body,
                // No error of PostgREST's is so large, so the status decides.
                Err(SupabaseError::TooLarge) => Vec::new(),
                // Who answered is unknown.
                Err(cut) => return Err(cut),
            };
            let error = self.judge(&Refusal {
                asked: Asked::by(&request.method),
                status: status.as_u16(),
                retry_after,
                body: &body,
            });
            return Err(error.of_request(&request.url));
        }
        let marks = Marks::of(response.headers());
        let body = bounded_body(&mut response, MAX_ANSWER_BYTES).await?;
        if !expected.may_be(&body) || !marks.fit(&request.method, prefer) {
            let status = status.as_u16();
            return Err(SupabaseError::NotPostgrest { status });
        }
        let Marks { total, applied, .. } = marks;
        self.patience.answered(Instant::now());
        Ok(Answer {
            total,
            applied,
            body,
            is_repeated: false,
        })
    }

    fn judge(&self, refusal: &Refusal<'_>) -> SupabaseError {
        let error = refusal.judge();
        if refusal.is_postgrests() {
            if retry::is_outage(&error, refusal.asked) {
                self.patience.recognised();
            } else {
                self.patience.answered(Instant::now());
            }
        }
        error
    }
}

async fn bounded_body(response: &mut Response, bound: usize) -> Result<Vec<u8>, SupabaseError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > bound {
            return Err(SupabaseError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The URL is left out: its filters may hold e-mails, and errors are logged.
fn unreachable(error: reqwest::Error) -> SupabaseError {
    let source = error.without_url();
    match distrusted(&source) {
        Some(reason) => SupabaseError::CertificateNotTrusted { reason, source },
        None => SupabaseError::Unreachable(source),
    }
}
