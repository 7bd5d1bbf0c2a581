//! The client: one `ask` that every call goes through, with the budget and retries.

mod departure;
mod exchange;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use transport::{Attempts, LastDate, Limits, Patience, Silence};
use url::Url;

use crate::answer::Answer;
use crate::bounds::BODIES_AT_ONCE;
use crate::budget::Lane;
use crate::in_flight::{InFlight, Place};
use crate::page::Page;
use crate::proven::Proven;
use crate::retry::{self, Verdict, verdict};
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

/// The requests made so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// The least Knack reported as left of today's allowance.
    pub daily_remaining: Option<u64>,
    /// Until that is renewed.
    pub daily_resets_in: Option<Duration>,
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
    daily_resets_at: Mutex<Option<Instant>>,
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
        patience: Limits,
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
            daily_resets_at: Mutex::default(),
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

    /// The requests made so far.
    pub fn usage(&self) -> Usage {
        let daily_remaining = self.daily_remaining.load(Ordering::Relaxed);
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            daily_remaining: (daily_remaining != u64::MAX).then_some(daily_remaining),
            daily_resets_in: (*self.daily_resets_at())
                .map(|at| at.saturating_duration_since(Instant::now())),
        }
    }

    /// Whether Knack's limit could not be shared with the other processes, if only for a moment.
    pub fn was_limited_alone(&self) -> bool {
        self.settings.budget.was_alone()
    }

    /// The schedule of what is due on this machine besides the requests themselves: see [`Schedule`].
    pub async fn schedule(&self) -> Schedule {
        self.settings.budget.schedule().await
    }

    /// Which app is asked, and where: what was found out about another is not known of this one.
    pub fn app(&self) -> (&str, &Url) {
        (&self.settings.app_id, &self.settings.base_url)
    }

    fn daily_resets_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.daily_resets_at.lock().expect("no holder panics")
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
}

#[cfg(test)]
mod tests;
