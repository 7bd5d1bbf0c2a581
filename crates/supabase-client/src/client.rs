//! The client: one `send` that every call goes through, with keys, preferences, deadline, retries and bounds.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{DeserializeOwned, IgnoredAny};
use url::Url;

use transport::{LastDate, Limits, Patience, Silence, distrusted, retry_after};

use crate::judge::{Asked, Refusal};
use crate::key::ApiKey;
use crate::marks::Marks;
use crate::retry::{self, Persistence, Verdict, verdict};
use crate::row_cap::RowCap;
use crate::translate::{Request, translate};
use crate::{Query, SchemaPart, SupabaseError};

const MAX_ANSWER_BYTES: usize = 64_000_000;
/// A trigger may quote a comment in its message.
const MAX_ERROR_BYTES: usize = 2_000_000;
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// How Supabase is reached.
#[derive(Debug)]
pub struct Settings {
    /// The project's URL, without `/rest/v1`.
    pub project_url: Url,
    /// The key whose rights count.
    pub key: ApiKey,
    /// For one attempt at one request, body included.
    pub timeout: Duration,
}

/// A connection to one Supabase project.
pub struct SupabaseClient {
    http: reqwest::Client,
    rest: postgrest::Postgrest,
    key_headers: HeaderMap,
    timeout: Duration,
    patience: Patience,
    last_date: LastDate,
    silence: Arc<Silence>,
    pub(crate) row_cap: RowCap,
    on_wait: Box<dyn Fn(Duration) + Send + Sync>,
}

/// Rows, and how many there are in all.
#[derive(Debug)]
pub struct Counted<T> {
    /// The rows of this answer; PostgREST caps them without a word.
    pub rows: Vec<T>,
    /// How many rows match.
    pub total: u64,
}

/// Rows that a write returned.
#[derive(Debug)]
pub struct Returned<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether the request was sent more than once: an earlier one may have written rows, and its answer got lost.
    pub is_repeated: bool,
}

/// What an upsert does with a row whose conflict key is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Its columns replace the stored ones.
    Merge,
    /// The stored row stays, and does not come back.
    Ignore,
}

impl Resolution {
    fn preference(self) -> &'static str {
        match self {
            Self::Merge => "resolution=merge-duplicates",
            Self::Ignore => "resolution=ignore-duplicates",
        }
    }
}

impl fmt::Debug for SupabaseClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SupabaseClient")
    }
}

impl SupabaseClient {
    /// `http` must not follow redirects: the key would go with them. `limits` say how long an outage is waited out. `on_wait`
    /// is called before every retry with how long it waits.
    pub fn new(
        http: reqwest::Client,
        settings: &Settings,
        limits: Limits,
        on_wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        let project = settings.project_url.as_str().trim_end_matches('/');
        Self {
            http,
            rest: postgrest::Postgrest::new(format!("{project}/rest/v1")),
            key_headers: settings.key.headers(),
            timeout: settings.timeout,
            patience: Patience::new(limits),
            last_date: LastDate::default(),
            silence: Arc::default(),
            row_cap: RowCap::default(),
            on_wait: Box::new(on_wait),
        }
    }

    /// The `Date` of the last answer, and when it came.
    pub fn last_date(&self) -> Option<(HeaderValue, Instant)> {
        self.last_date.get()
    }

    /// Since when Supabase owes answers.
    pub fn silence(&self) -> Arc<Silence> {
        Arc::clone(&self.silence)
    }

    /// Begins a request on one table.
    pub fn table(&self, name: &str) -> Query {
        self.rest.from(name)
    }

    /// The rows of a query.
    pub async fn read<T: DeserializeOwned>(&self, query: Query) -> Result<Vec<T>, SupabaseError> {
        let sent = self.send(query, "", Expected::Rows, Persistence::Patient);
        rows(&sent.await?)
    }

    /// The same, for a query that the caller can do without: one that takes the database too long fails at once.
    pub async fn read_unless_slow<T: DeserializeOwned>(
        &self,
        query: Query,
    ) -> Result<Vec<T>, SupabaseError> {
        let sent = self.send(query, "", Expected::Rows, Persistence::Divisible);
        rows(&sent.await?)
    }

    /// The same, asked for a single time: for callers that want to know whether Supabase answers now.
    pub async fn read_once<T: DeserializeOwned>(
        &self,
        query: Query,
    ) -> Result<Vec<T>, SupabaseError> {
        let request = translate(query)?;
        rows(&self.attempt_in_time(&request, "", Expected::Rows).await?)
    }

    /// How many rows there are of a query, whatever its limit; one that takes the database too long fails at once.
    pub async fn count(&self, query: Query) -> Result<u64, SupabaseError> {
        let counted = self.read_counted::<IgnoredAny>(query, Persistence::Divisible);
        Ok(counted.await?.total)
    }

    /// The rows of a query and how many there are in all.
    pub(crate) async fn read_counted<T: DeserializeOwned>(
        &self,
        query: Query,
        persistence: Persistence,
    ) -> Result<Counted<T>, SupabaseError> {
        let answer = self.send(query, "count=exact", Expected::Rows, persistence);
        let answer = answer.await?;
        Ok(Counted {
            total: answer.total.ok_or(SupabaseError::Unreadable)?,
            rows: rows(&answer)?,
        })
    }

    /// At most so many rows of a query.
    pub async fn read_at_most<T: DeserializeOwned>(
        &self,
        query: Query,
        rows_at_most: u64,
        persistence: Persistence,
    ) -> Result<Vec<T>, SupabaseError> {
        let mut request = translate(query)?;
        let limit = rows_at_most.to_string();
        request.url.query_pairs_mut().append_pair("limit", &limit);
        let sent = self.send_request(&request, "", Expected::Rows, persistence);
        rows(&sent.await?)
    }

    /// Writes a batch, one transaction: all of it or nothing.
    pub async fn upsert(
        &self,
        query: Query,
        resolution: Resolution,
        persistence: Persistence,
    ) -> Result<(), SupabaseError> {
        let prefer = format!("{},return=minimal", resolution.preference());
        let request = translate(query)?;
        let sent = self.send_request(&request, &prefer, Expected::Nothing, persistence);
        let answer = sent.await?.resolved_by(resolution);
        answer
            .map_err(|error| error.of_request(&request.url))
            .map(drop)
    }

    /// Adds a batch, one transaction: a row whose key is stored already refuses all of it.
    pub async fn insert(
        &self,
        query: Query,
        persistence: Persistence,
    ) -> Result<(), SupabaseError> {
        let prefer = "return=minimal";
        self.send(query, prefer, Expected::Nothing, persistence)
            .await
            .map(drop)
    }

    /// Writes a batch and returns the rows written; with [`Resolution::Ignore`], the new ones only.
    pub async fn upsert_returning<T: DeserializeOwned>(
        &self,
        query: Query,
        resolution: Resolution,
        persistence: Persistence,
    ) -> Result<Returned<T>, SupabaseError> {
        let prefer = format!("{},return=representation", resolution.preference());
        let request = translate(query)?;
        let sent = self.send_request(&request, &prefer, Expected::Rows, persistence);
        let answer = sent.await?.resolved_by(resolution);
        let answer = answer.map_err(|error| error.of_request(&request.url))?;
        Ok(Returned {
            rows: rows(&answer)?,
            is_repeated: answer.is_repeated,
        })
    }

    async fn send(
        &self,
        query: Query,
        prefer: &str,
        expected: Expected,
        persistence: Persistence,
    ) -> Result<Answer, SupabaseError> {
        let request = translate(query)?;
        self.send_request(&request, prefer, expected, persistence)
            .await
    }

    async fn send_request(
        &self,
        request: &Request,
        prefer: &str,
        expected: Expected,
        persistence: Persistence,
    ) -> Result<Answer, SupabaseError> {
        let asked = Asked::by(&request.method);
        let mut attempts = persistence.attempts(Instant::now());
        loop {
            let error = match self.attempt_in_time(request, prefer, expected).await {
                Ok(answer) => {
                    let is_repeated = attempts.failures() > 0;
                    return Ok(Answer {
                        is_repeated,
                        ..answer
                    });
                }
                Err(error) => error,
            };
            let now = Instant::now();
            match verdict(
                error,
                asked,
                persistence,
                &mut attempts,
                &self.patience,
                now,
            ) {
                Verdict::Failed(error) => return Err(error),
                Verdict::Again(delay, error) => {
                    let failures = attempts.failures();
                    tracing::info!(failures, %error, delay_ms = delay.as_millis(), "asking Supabase again");
                    (self.on_wait)(delay);
                    if let Persistence::Stepwise(_) = persistence {
                        return Err(SupabaseError::Waiting {
                            after: delay,
                            attempts,
                            last: Box::new(error),
                        });
                    }
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn attempt_in_time(
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

/// What a success holds, if PostgREST gave it: whatever is in front of it may have its own pages, with status 200.
#[derive(Clone, Copy)]
enum Expected {
    Rows,
    Nothing,
}

impl Expected {
    fn may_be(self, body: &[u8]) -> bool {
        let body = body.trim_ascii();
        match self {
            Self::Rows => body.first() == Some(&b'[') && body.last() == Some(&b']'),
            Self::Nothing => body.is_empty(),
        }
    }
}

struct Answer {
    /// From `Content-Range: 0-999/3500`.
    total: Option<u64>,
    /// `Preference-Applied`.
    applied: String,
    body: Vec<u8>,
    /// Whether an attempt before it had failed.
    is_repeated: bool,
}

impl Answer {
    /// Without the unique key we name, PostgREST drops the resolution and inserts plainly (docs/knack-and-dashboard.md,
    /// "Upserts").
    fn resolved_by(self, resolution: Resolution) -> Result<Self, SupabaseError> {
        if self.applied.contains(resolution.preference()) {
            Ok(self)
        } else {
            Err(SupabaseError::ResolutionIgnored(SchemaPart::Unnamed))
        }
    }
}

fn rows<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, SupabaseError> {
    serde_json::from_slice(&answer.body).map_err(|_| SupabaseError::Unreadable)
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
