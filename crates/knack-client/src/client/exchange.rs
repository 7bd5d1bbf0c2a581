//! One request and its answer: headers, deadline and bounds. Whether it is sent again is decided elsewhere.

use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret;
use transport::distrusted;
use url::Url;

use super::departure::departure;
use super::{Asker, KnackClient};
use crate::KnackError;
use crate::answer::Answer;
use crate::bounds::MAX_PAGE_BYTES;
use crate::budget::Started;
use crate::limits::Limits;
use crate::page::first_record;
use crate::refusal::refusal;
use crate::time_limit::TimeLimit;

impl KnackClient {
    /// `shared` says when it started, where it took a place that others could have had.
    pub(super) async fn exchange<A: Answer>(
        &self,
        url: Url,
        asker: Asker<'_>,
        shared: Option<Started>,
    ) -> Result<A, KnackError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut limit = TimeLimit::new(self.settings.timeout);
        let pending = self.silence.asked(Instant::now());
        let response = limit
            .wait_for(Box::pin(self.send(url, asker, shared)))
            .await?;
        if let Err(error) = self.check(&response, shared).await {
            pending.answered(Instant::now());
            return Err(error);
        }
        let place = self.bodies.acquire().await;
        let _place = place.expect("the semaphore is never closed");
        let body = limit.wait_for(self.body(response)).await?;
        pending.answered(Instant::now());
        A::parse(body)
    }

    async fn send(
        &self,
        url: Url,
        asker: Asker<'_>,
        shared: Option<Started>,
    ) -> Result<Response, KnackError> {
        let key = match asker {
            Asker::App(_) => self.settings.api_key.expose_secret(),
            // What a view wants instead of a key.
            Asker::User(_) => "knack",
        };
        let mut request = self
            .http
            .get(url)
            .header("X-Knack-Application-Id", &self.settings.app_id)
            .header("X-Knack-REST-API-Key", sensitive(key)?)
            .header(ACCEPT, "application/json");
        if let Asker::User(token) = asker {
            request = request.header(AUTHORIZATION, sensitive(token.expose_secret())?);
        }
        let Some(started) = shared else {
            return request.send().await.map_err(unreachable);
        };
        let (body, departed) = departure();
        let counted = async {
            departed.await;
            self.settings.budget.sent(started).await;
        };
        let (response, ()) = tokio::join!(request.body(body).send(), counted);
        response.map_err(unreachable)
    }

    /// Reads the head of an answer: how much we may still ask for, and whether a page follows.
    async fn check(&self, response: &Response, shared: Option<Started>) -> Result<(), KnackError> {
        self.last_date.note(response.headers());
        let limits = Limits::read(response.headers(), wall_clock());
        if let Some(remaining) = limits.daily_remaining {
            self.daily_remaining.fetch_min(remaining, Ordering::Relaxed);
        }
        if let Some(resets_in) = limits.daily_resets_in {
            *self.daily_resets_at() = Instant::now().checked_add(resets_in);
        }
        if response.status() == StatusCode::OK
            && let (Some(left), Some(started)) = (limits.second_remaining, shared)
        {
            self.settings.budget.left(left, started, limits.pause).await;
        }
        refusal(response.status(), &limits).map_or(Ok(()), Err)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, KnackError> {
        let announced = response.content_length().unwrap_or(0);
        if announced > MAX_PAGE_BYTES as u64 {
            let head = response.chunk().await.map_err(unreachable)?;
            return Err(too_large(&head.unwrap_or_default()));
        }
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_PAGE_BYTES {
                body.extend_from_slice(&chunk);
                return Err(too_large(&body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A header that no log shows. What a header cannot contain is neither a key nor a token.
fn sensitive(secret: &str) -> Result<HeaderValue, KnackError> {
    let unauthorized = StatusCode::UNAUTHORIZED.as_u16();
    let mut value = HeaderValue::from_str(secret).map_err(|_| KnackError::Refused(unauthorized))?;
    value.set_sensitive(true);
    Ok(value)
}

fn too_large(begun: &[u8]) -> KnackError {
    KnackError::TooLarge {
        first_record: first_record(begun),
    }
}

/// The URL is left out: it holds the filter, and errors are logged.
fn unreachable(error: reqwest::Error) -> KnackError {
    let source = error.without_url();
    match distrusted(&source) {
        Some(reason) => KnackError::CertificateNotTrusted { reason, source },
        None => KnackError::Unreachable(source),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "Knack's reset is a point in wall-clock time"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
