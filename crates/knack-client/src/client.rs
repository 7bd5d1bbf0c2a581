//! The client: one `send` that every call goes through, with keys, budget, deadline, retries and bounds.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use transport::{Attempts, LastDate, Limits as PatienceLimits, Patience, Silence, distrusted};
use url::Url;

use crate::answer::Answer;
use crate::bounds::{BODIES_AT_ONCE, MAX_PAGE_BYTES};
use crate::budget::{Lane, Started};
use crate::in_flight::{InFlight, Place};
use crate::limits::Limits;
use crate::page::{Page, first_record};
use crate::proven::Proven;
use crate::refusal::refusal;
use crate::retry::{self, Verdict, verdict};
use crate::time_limit::TimeLimit;
use crate::{Budget, Filters, KnackError, Schedule, View};

/// How Knack is reached.
pub struct Settings {
    /// `https://api.knack.com/v1`, or the account's own host.
    pub base_url: Url,
    /// The application id; not a secret.
    pub app_id: String,
    /// The REST API key: full read and write.
    pub api_key: SecretString,
    /// How long Knack may take for one attempt at one page, body included.
    pub timeout: Duration,
    /// Requests in flight at once, at first.
    pub max_in_flight: usize,
    /// Shared by all processes of the machine.
    pub budget: Budget,
}

/// A page of one object's records.
#[derive(Debug, Clone)]
pub struct ListRecords<'a> {
    /// The object's key, `object_N`.
    pub object: &'static str,
    /// Which records.
    pub filters: &'a Filters,
    /// The field to sort by, ascending.
    pub sort_field: Option<&'static str>,
    /// From 1.
    pub page: u64,
    /// 1 to 1000.
    pub rows_per_page: u64,
}

/// As whom we ask.
#[derive(Clone, Copy)]
enum Asker<'a> {
    /// With the app's key, which may read everything: about this object.
    App(&'static str),
    /// As one of its users, who sees what a view shows to them.
    User(&'a SecretString),
}

/// What was asked of Knack so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// The least Knack reported as left of today's allowance.
    pub daily_remaining: Option<u64>,
}

/// A connection to one Knack app.
pub struct KnackClient {
    http: reqwest::Client,
    settings: Settings,
    in_flight: InFlight,
    bodies: Semaphore,
    patience: Patience,
    requests: AtomicU64,
    retries: AtomicU64,
    /// `u64::MAX` until Knack says something.
    daily_remaining: AtomicU64,
    proven: Proven,
    last_date: LastDate,
    silence: Arc<Silence>,
    on_wait: Box<dyn Fn(Duration) + Send + Sync>,
}

impl fmt::Debug for KnackClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KnackClient({})", self.settings.base_url)
    }
}

impl KnackClient {
    /// `http` must not follow redirects: the key would go with them. `patience` says how long an outage is waited out.
    /// `on_wait` is called for every wait before a retry.
    pub fn new(
        http: reqwest::Client,
        settings: Settings,
        patience: PatienceLimits,
        on_wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self {
            http,
            in_flight: InFlight::new(settings.max_in_flight.max(1)),
            bodies: Semaphore::new(BODIES_AT_ONCE),
            patience: Patience::new(patience),
            settings,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            daily_remaining: AtomicU64::new(u64::MAX),
            proven: Proven::default(),
            last_date: LastDate::default(),
            silence: Arc::default(),
            on_wait: Box::new(on_wait),
        }
    }

    /// One page of records, asked for again where that can help. What stands among them and cannot be read is left out of
    /// it, unless that is most of it.
    pub async fn list<R: DeserializeOwned>(
        &self,
        list: &ListRecords<'_>,
    ) -> Result<Page<R>, KnackError> {
        let rows = list.rows_per_page;
        let check = |page: &Page<R>| page.check(rows);
        let asker = Asker::App(list.object);
        self.ask(self.list_url(list), asker, check).await
    }

    /// The first page of what a view shows to the user who has this token (docs/knack-and-dashboard.md, "Views and user
    /// tokens"). A token that is unknown or has expired is [`KnackError::Refused`].
    pub async fn view<R: DeserializeOwned>(
        &self,
        view: &View,
        user_token: &SecretString,
        lane: Lane,
    ) -> Result<Page<R>, KnackError> {
        let (scene, key) = (view.scene.as_str(), view.key.as_str());
        let url = self.url(["pages", scene, "views", key, "records"]);
        let page: Page<R> = self.ask_as(user_token, url, lane).await?;
        page.whole()
    }

    /// As one of the app's users.
    pub(crate) async fn ask_as<A: Answer>(
        &self,
        user_token: &SecretString,
        url: Url,
        lane: Lane,
    ) -> Result<A, KnackError> {
        let asker = Asker::User(user_token);
        match lane {
            Lane::Shared => self.ask(url, asker, |_| Ok(())).await,
            Lane::Stranger => {
                self.settings.budget.start(lane).await;
                self.exchange(url, asker, None).await
            }
        }
    }

    /// With the app's key, about an object.
    pub(crate) async fn ask_as_app<A: Answer>(
        &self,
        url: Url,
        object: &'static str,
    ) -> Result<A, KnackError> {
        self.ask(url, Asker::App(object), |_| Ok(())).await
    }

    /// `check` says whether an answer that can be read can also be true.
    async fn ask<A: Answer>(
        &self,
        url: Url,
        asker: Asker<'_>,
        check: impl Fn(&A) -> Result<(), KnackError>,
    ) -> Result<A, KnackError> {
        let mut attempts = Attempts::begin(Instant::now());
        loop {
            // The place is left before any wait, so that others can use it.
            let outcome = {
                let place = self.in_flight.enter().await;
                self.attempt(url.clone(), asker, &place, &check).await
            };
            let error = match (outcome, asker) {
                (Ok(answer), _) => return Ok(answer),
                // A view that refuses its user says no more by being asked again.
                (Err(error @ KnackError::Refused(_)), Asker::User(_)) => return Err(error),
                (Err(error), Asker::User(_)) => error,
                (Err(error), Asker::App(object)) => {
                    let error = error.about(object);
                    let path = url.path();
                    self.proven.judge(error, path, object, &self.silence).await
                }
            };
            match verdict(error, &mut attempts, &self.patience, Instant::now()) {
                Verdict::Failed(error) => return Err(error),
                Verdict::Again(delay, error) => {
                    let failures = attempts.failures();
                    tracing::info!(failures, %error, delay_ms = delay.as_millis(), "asking Knack again");
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    (self.on_wait)(delay);
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    /// What was asked of Knack so far.
    pub fn usage(&self) -> Usage {
        let daily_remaining = self.daily_remaining.load(Ordering::Relaxed);
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            daily_remaining: (daily_remaining != u64::MAX).then_some(daily_remaining),
        }
    }

    /// What is due on this machine beside the requests themselves: see [`Schedule`].
    pub async fn schedule(&self) -> Schedule {
        self.settings.budget.schedule().await
    }

    /// Which app is asked, and where: what was found out about another is not known of this one.
    pub fn app(&self) -> (&str, &Url) {
        (&self.settings.app_id, &self.settings.base_url)
    }

    /// The `Date` of the last answer, and when it came.
    pub fn last_date(&self) -> Option<(HeaderValue, Instant)> {
        self.last_date.get()
    }

    /// Since when Knack owes answers.
    pub fn silence(&self) -> Arc<Silence> {
        Arc::clone(&self.silence)
    }

    pub(crate) fn url<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.settings.base_url.clone();
        url.path_segments_mut()
            .expect("an http URL has a path")
            .pop_if_empty()
            .extend(path);
        url
    }

    fn list_url(&self, list: &ListRecords<'_>) -> Url {
        let mut url = self.url(["objects", list.object, "records"]);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("page", &list.page.to_string())
            .append_pair("rows_per_page", &list.rows_per_page.to_string())
            .append_pair("filters", &list.filters.to_json());
        if let Some(field) = list.sort_field {
            query
                .append_pair("sort_field", field)
                .append_pair("sort_order", "asc");
        }
        drop(query);
        url
    }

    async fn attempt<A: Answer>(
        &self,
        url: Url,
        asker: Asker<'_>,
        place: &Place<'_>,
        check: impl Fn(&A) -> Result<(), KnackError>,
    ) -> Result<A, KnackError> {
        let started = self.settings.budget.start(Lane::Shared).await;
        let path = matches!(asker, Asker::App(_)).then(|| url.path().to_owned());
        let _under_way = path.as_deref().map(|path| self.proven.under_way(path));
        let outcome = self.exchange(url, asker, Some(started)).await;
        let outcome = outcome.and_then(|answer| check(&answer).map(|()| answer));
        if let Some(path) = &path {
            self.proven.answered(path, outcome.is_ok());
        }
        match &outcome {
            Ok(_) => {
                self.patience.answered(Instant::now());
                place.report_answer();
            }
            Err(error) => {
                if retry::is_knacks(error) {
                    self.patience.answered(Instant::now());
                }
                if retry::is_strain(error) {
                    place.report_strain();
                }
            }
        }
        if let Err(KnackError::RateLimited { wait, .. }) = &outcome {
            self.settings.budget.pause(*wait).await;
        }
        outcome
    }

    /// `shared` says when it started, where it took a place that others could have had.
    async fn exchange<A: Answer>(
        &self,
        url: Url,
        asker: Asker<'_>,
        shared: Option<Started>,
    ) -> Result<A, KnackError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut limit = TimeLimit::new(self.settings.timeout);
        let pending = self.silence.asked(Instant::now());
        let response = limit.wait_for(self.send(url, asker)).await?;
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

    async fn send(&self, url: Url, asker: Asker<'_>) -> Result<Response, KnackError> {
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
        request.send().await.map_err(unreachable)
    }

    /// What the head of an answer says: how much we may still ask for, and whether a page follows.
    async fn check(&self, response: &Response, shared: Option<Started>) -> Result<(), KnackError> {
        self.last_date.note(response.headers());
        let limits = Limits::read(response.headers(), wall_clock());
        if let Some(remaining) = limits.daily_remaining {
            self.daily_remaining.fetch_min(remaining, Ordering::Relaxed);
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

#[cfg(test)]
mod tests;
