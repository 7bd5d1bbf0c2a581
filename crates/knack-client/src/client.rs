//! The client: one `send` that every call goes through, with keys, budget, deadline, retries and bounds.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use url::Url;

use crate::budget::{Lane, Started};
use crate::in_flight::{InFlight, Place};
use crate::limits::Limits;
use crate::page::{MAX_PAGE_BYTES, Page};
use crate::retry::{self, Verdict};
use crate::{Budget, Filters, KnackError, View};

/// Bodies received at once. All pages of a wave become ready together; received together, they would all lie in memory.
const BODIES_AT_ONCE: usize = 3;

/// How Knack is reached.
pub struct Settings {
    /// `https://api.knack.com/v1`, or the account's own host.
    pub base_url: Url,
    /// The application id; not a secret.
    pub app_id: String,
    /// The REST API key: full read and write.
    pub api_key: SecretString,
    /// For one attempt at one page, body included.
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
    /// With the app's key, which may read everything.
    App,
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
    requests: AtomicU64,
    retries: AtomicU64,
    /// `u64::MAX` until Knack says something.
    daily_remaining: AtomicU64,
    on_wait: Box<dyn Fn(Duration) + Send + Sync>,
}

impl fmt::Debug for KnackClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KnackClient({})", self.settings.base_url)
    }
}

impl KnackClient {
    /// `http` must not follow redirects: the key would go with them. `on_wait` hears of every wait before a retry.
    pub fn new(
        http: reqwest::Client,
        settings: Settings,
        on_wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self {
            http,
            in_flight: InFlight::new(settings.max_in_flight.max(1)),
            bodies: Semaphore::new(BODIES_AT_ONCE),
            settings,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            daily_remaining: AtomicU64::new(u64::MAX),
            on_wait: Box::new(on_wait),
        }
    }

    /// One page of records, asked for again where that can help.
    pub async fn list<R: DeserializeOwned>(
        &self,
        list: &ListRecords<'_>,
    ) -> Result<Page<R>, KnackError> {
        self.ask(self.list_url(list), Asker::App).await
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
        let asker = Asker::User(user_token);
        match lane {
            Lane::Shared => self.ask(url, asker).await,
            Lane::Stranger => {
                self.settings.budget.start(lane).await;
                self.exchange(url, asker, None).await
            }
        }
    }

    async fn ask<R: DeserializeOwned>(
        &self,
        url: Url,
        asker: Asker<'_>,
    ) -> Result<Page<R>, KnackError> {
        let mut failures = 0;
        loop {
            // The place is left before any wait, so that others can use it.
            let outcome = {
                let place = self.in_flight.enter().await;
                self.attempt(url.clone(), asker, &place).await
            };
            let error = match outcome {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            failures += 1;
            let delay = match retry::verdict(&error) {
                Verdict::BackOff if failures < retry::ATTEMPTS => retry::delay(failures),
                Verdict::WaitFor(wait) if failures < retry::ATTEMPTS => {
                    wait + retry::delay(failures) / 4
                }
                Verdict::GiveUp | Verdict::BackOff | Verdict::WaitFor(_) => return Err(error),
            };
            tracing::info!(failures, %error, delay_ms = delay.as_millis(), "asking Knack again");
            self.retries.fetch_add(1, Ordering::Relaxed);
            (self.on_wait)(delay);
            tokio::time::sleep(delay).await;
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

    fn url<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Url {
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

    async fn attempt<R: DeserializeOwned>(
        &self,
        url: Url,
        asker: Asker<'_>,
        place: &Place<'_>,
    ) -> Result<Page<R>, KnackError> {
        let started = self.settings.budget.start(Lane::Shared).await;
        let outcome = self.exchange(url, asker, Some(started)).await;
        if let Err(error) = &outcome
            && retry::is_strain(error)
        {
            place.report_strain();
        }
        if let Err(KnackError::RateLimited { wait }) = &outcome {
            self.settings.budget.pause(*wait).await;
        }
        outcome
    }

    /// `shared` says when it started, where it took a place that others could have had.
    async fn exchange<R: DeserializeOwned>(
        &self,
        url: Url,
        asker: Asker<'_>,
        shared: Option<Started>,
    ) -> Result<Page<R>, KnackError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let exchange = async {
            let response = self.send(url, asker, shared).await?;
            let bodies = self.bodies.acquire().await;
            let _place = bodies.expect("the semaphore is never closed");
            Page::parse(self.body(response).await?)
        };
        let timeout = self.settings.timeout;
        match tokio::time::timeout(timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(KnackError::Timeout(timeout)),
        }
    }

    async fn send(
        &self,
        url: Url,
        asker: Asker<'_>,
        shared: Option<Started>,
    ) -> Result<Response, KnackError> {
        let key = match asker {
            Asker::App => self.settings.api_key.expose_secret(),
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
        let response = request.send().await.map_err(unreachable)?;

        let limits = Limits::read(response.headers(), wall_clock());
        if let Some(remaining) = limits.daily_remaining {
            self.daily_remaining.fetch_min(remaining, Ordering::Relaxed);
        }
        if response.status() == StatusCode::OK
            && let (Some(left), Some(started)) = (limits.second_remaining, shared)
        {
            self.settings.budget.left(left, started, limits.pause).await;
        }
        match refusal(response.status(), &limits) {
            None => Ok(response),
            Some(error) => Err(error),
        }
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, KnackError> {
        let announced = response.content_length().unwrap_or(0);
        if announced > MAX_PAGE_BYTES as u64 {
            return Err(KnackError::TooLarge);
        }
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_PAGE_BYTES {
                return Err(KnackError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// A header that no log shows. What cannot stand in one is neither a key nor a token.
fn sensitive(secret: &str) -> Result<HeaderValue, KnackError> {
    let unauthorized = StatusCode::UNAUTHORIZED.as_u16();
    let mut value = HeaderValue::from_str(secret).map_err(|_| KnackError::Refused(unauthorized))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a status means. Bodies of refusals are plain text of no use and are not read.
fn refusal(status: StatusCode, limits: &Limits) -> Option<KnackError> {
    let code = status.as_u16();
    Some(match code {
        200 => return None,
        429 if limits.daily_remaining == Some(0) => KnackError::DailyAllowanceUsedUp {
            resets_in: limits.daily_resets_in,
        },
        429 => KnackError::RateLimited { wait: limits.pause },
        401 | 403 => KnackError::Refused(code),
        408 | 500..=599 => KnackError::Overloaded(code),
        300..=399 => KnackError::Redirected(code),
        400..=499 => KnackError::BadRequest(code),
        // Another success, or a status that HTTP does not know, is not what this API answers.
        _ => KnackError::NotAPage,
    })
}

/// The URL is left out: it holds the filter, and errors are logged.
fn unreachable(error: reqwest::Error) -> KnackError {
    KnackError::Unreachable(error.without_url())
}

#[expect(
    clippy::disallowed_methods,
    reason = "Knack's reset is a point in wall-clock time"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_meaning() {
        let limits = |daily_remaining| Limits {
            daily_remaining,
            daily_resets_in: None,
            second_remaining: None,
            pause: Duration::from_secs(1),
        };
        for code in 200..600 {
            let status = StatusCode::from_u16(code).unwrap();
            let meaning = refusal(status, &limits(Some(5)));
            let expected = match code {
                200 => meaning.is_none(),
                401 | 403 => matches!(meaning, Some(KnackError::Refused(_))),
                408 => matches!(meaning, Some(KnackError::Overloaded(408))),
                429 => matches!(meaning, Some(KnackError::RateLimited { .. })),
                201..=299 => matches!(meaning, Some(KnackError::NotAPage)),
                300..=399 => matches!(meaning, Some(KnackError::Redirected(_))),
                400..=499 => matches!(meaning, Some(KnackError::BadRequest(_))),
                _ => matches!(meaning, Some(KnackError::Overloaded(_))),
            };
            assert!(expected, "{code}: {meaning:?}");
        }
        assert!(matches!(
            refusal(StatusCode::TOO_MANY_REQUESTS, &limits(Some(0))),
            Some(KnackError::DailyAllowanceUsedUp { .. })
        ));
    }
}
