//! What Knack says about its users: whose record a token or an e-mail leads to, and which schools that record names. Answers
//! are kept for some minutes; a failed look-up is never an answer.
//!
//! A token that was good before has a limit of its own. Any other may be made up, so it counts as a stranger's
//! ([`super::strangers`]) and cannot keep known users waiting, neither at Knack nor here.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use knack_client::{
    Filters, KnackClient, KnackError, Lane, ListRecords, Page, Rule, Session, View,
};
use moka::Expiry;
use moka::future::Cache;
use prometheus::IntCounterVec;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::knack_user::{
    OthersRecords, STAFF_ADMINS, STAFF_EMAIL, STAFF_VIEW, SUPER_USER_EMAIL, SUPER_USER_VIEW,
    SUPER_USERS, StaffAdmin, SuperUser, Views, looks_like_a_token, user, whose,
};
use super::strangers::{Strangers, TooMany};
use crate::clock;
use crate::peer::Peer;
use crate::problem::Problem;

/// A refusal is checked again sooner than a permission: someone may just have been given access.
const REFUSAL_KEPT: Duration = Duration::from_secs(30);
const MOST_KEPT: u64 = 10_000;
/// How long a token that was good stays known, without being permitted.
const GOOD_BEFORE: Duration = Duration::from_hours(24);
/// The limit for all requests of one look-up: three strangers, one after the other, have theirs answered in time
/// ([`super::strangers`]).
const TIMEOUT: Duration = Duration::from_secs(12);
/// Look-ups of tokens that were good before.
const KNOWN_A_SECOND: NonZeroU32 = NonZeroU32::new(4).expect("four is not zero");
/// Look-ups of e-mails, which only servers with a token send.
const EMAILS_A_SECOND: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");
const AT_ONCE: NonZeroU32 = NonZeroU32::new(30).expect("thirty is not zero");
/// When to come back, if Knack fails or there are too many look-ups.
const COME_BACK_SECONDS: u64 = 10;
/// More than one record for an e-mail happens, many do not.
const RECORDS: u64 = 25;
const LONGEST_EMAIL: usize = 254;

/// Looks users up in Knack.
pub(crate) struct Staff {
    knack: Arc<KnackClient>,
    app_id: String,
    /// `None` for nobody.
    users: Cache<Key, Option<Caller>>,
    good_before: Cache<Key, ()>,
    known: DefaultDirectRateLimiter,
    strangers: Strangers,
    by_email: DefaultDirectRateLimiter,
    /// By lane and outcome.
    lookups: IntCounterVec,
}

/// The SHA-256 of a token or an e-mail.
type Key = [u8; 32];

struct AnswerLifetime {
    permission: Duration,
}

impl Expiry<Key, Option<Caller>> for AnswerLifetime {
    fn expire_after_create(&self, _: &Key, user: &Option<Caller>, _: Instant) -> Option<Duration> {
        Some(match user {
            Some(_) => self.permission,
            None => REFUSAL_KEPT.min(self.permission),
        })
    }
}

impl Staff {
    /// A user is looked up again after `permission`; `lookups` counts by lane and outcome.
    pub(crate) fn new(
        knack: Arc<KnackClient>,
        app_id: &str,
        permission: Duration,
        lookups: IntCounterVec,
    ) -> Self {
        let limiter = |a_second| {
            let quota = Quota::per_second(a_second).allow_burst(AT_ONCE);
            RateLimiter::direct(quota)
        };
        Self {
            knack,
            app_id: app_id.to_owned(),
            users: Cache::builder()
                .max_capacity(MOST_KEPT)
                .expire_after(AnswerLifetime { permission })
                .build(),
            good_before: Cache::builder()
                .max_capacity(MOST_KEPT)
                .time_to_live(GOOD_BEFORE)
                .build(),
            known: limiter(KNOWN_A_SECOND),
            strangers: Strangers::new(),
            by_email: limiter(EMAILS_A_SECOND),
            lookups,
        }
    }

    /// The user who is logged in to Knack with this token, which came from this address; `None` if nobody is.
    pub(super) async fn by_user_token(
        &self,
        views: &Views,
        token: &str,
        address: Option<Peer>,
    ) -> Result<Option<Caller>, Problem> {
        if !looks_like_a_token(token, &self.app_id, clock::now()) {
            return Ok(None);
        }
        let key = key("token", token);
        let token = SecretString::from(token);
        let look_up = Box::pin(async {
            let outcome = if self.good_before.contains_key(&key) {
                let asking = Box::pin(self.known_user(views, &token));
                self.counted("known", asking).await
            } else {
                let asking = self.stranger(views, &token, address);
                self.counted("stranger", asking).await
            };
            match &outcome {
                Ok(Some(_)) => self.good_before.insert(key, ()).await,
                Ok(None) => self.good_before.invalidate(&key).await,
                Err(_) => {}
            }
            outcome
        });
        self.remembered(key, look_up).await
    }

    /// The user with this e-mail, on whose behalf a server calls.
    pub(super) async fn by_email(&self, email: &str) -> Result<Caller, Problem> {
        let email = email.trim().to_lowercase();
        let is_address = email.len() <= LONGEST_EMAIL
            && email.contains('@')
            && !email.contains(|c: char| c.is_control() || c.is_whitespace());
        if !is_address {
            return Err(Problem::unknown_user());
        }
        let asking = async {
            self.by_email.check().map_err(|_| Unknown::too_many())?;
            answer_in_time(self.records_of(&email)).await
        };
        let look_up = Box::pin(self.counted("email", asking));
        let user = self.remembered(key("email", &email), look_up).await?;
        user.ok_or_else(Problem::unknown_user)
    }

    async fn known_user(
        &self,
        views: &Views,
        token: &SecretString,
    ) -> Result<Option<Caller>, Unknown> {
        self.known.check().map_err(|_| Unknown::too_many())?;
        let asking = async {
            let session = self.session(token, Lane::Shared);
            let staff = self.shown_to(STAFF_VIEW, &views.staff_admin, token, Lane::Shared);
            let supers = self.shown_to_super_users(views, token, Lane::Shared);
            let (session, staff, supers) = tokio::try_join!(session, staff, supers)?;
            match session {
                Some(session) => Ok(whose(&session, staff, supers)?),
                None => Ok(None),
            }
        };
        // Three look-ups at once are large.
        Box::pin(answer_in_time(asking)).await
    }

    async fn stranger(
        &self,
        views: &Views,
        token: &SecretString,
        address: Option<Peer>,
    ) -> Result<Option<Caller>, Unknown> {
        let admitted = self.strangers.admit(address).await;
        let admitted = admitted.map_err(Unknown::TooManyLookups)?;
        let asking = async {
            let _turn = admitted.turn().await;
            // First, so that a token that was made up costs no more than this.
            let Some(session) = self.session(token, Lane::Stranger).await? else {
                return Ok(None);
            };
            let staff = self.shown_to(STAFF_VIEW, &views.staff_admin, token, Lane::Stranger);
            let staff = staff.await?;
            let supers = self.shown_to_super_users(views, token, Lane::Stranger);
            Ok(whose(&session, staff, supers.await?)?)
        };
        answer_in_time(asking).await
    }

    async fn counted(
        &self,
        lane: &str,
        look_up: impl Future<Output = Result<Option<Caller>, Unknown>>,
    ) -> Result<Option<Caller>, Unknown> {
        let outcome = look_up.await;
        let result = match &outcome {
            Ok(Some(_)) => "found",
            Ok(None) => "refused",
            Err(Unknown::TooManyLookups(_)) => "limited",
            Err(Unknown::KnackFailed) => "failed",
        };
        self.lookups.with_label_values(&[lane, result]).inc();
        outcome
    }

    /// `None` if nobody is logged in with this token.
    async fn session(
        &self,
        token: &SecretString,
        lane: Lane,
    ) -> Result<Option<Session>, Unanswered> {
        match self.knack.session(token, lane).await {
            Ok(session) => Ok(Some(session)),
            Err(KnackError::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn shown_to_super_users(
        &self,
        views: &Views,
        token: &SecretString,
        lane: Lane,
    ) -> Result<Option<Vec<SuperUser>>, Unanswered> {
        match &views.super_user {
            Some(view) => self.shown_to(SUPER_USER_VIEW, view, token, lane).await,
            None => Ok(None),
        }
    }

    /// `None` if the view refuses: a page may be open to super users only, or to everyone else.
    async fn shown_to<R: DeserializeOwned>(
        &self,
        setting: &'static str,
        view: &View,
        token: &SecretString,
        lane: Lane,
    ) -> Result<Option<Vec<R>>, Unanswered> {
        match self.knack.view::<R>(view, token, lane).await {
            // Nobody has that many records of their own.
            Ok(page) if page.total_pages > 1 => Err(OthersRecords(setting).into()),
            Ok(page) => Ok(Some(page.records)),
            Err(KnackError::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn records_of(&self, email: &str) -> Result<Option<Caller>, Unanswered> {
        let (staff, supers) = tokio::try_join!(
            self.with_email::<StaffAdmin>(STAFF_ADMINS, STAFF_EMAIL, email),
            self.with_email::<SuperUser>(SUPER_USERS, SUPER_USER_EMAIL, email),
        )?;
        // Knack may compare more loosely, so what counts is compared here.
        let staff: Vec<_> = staff
            .records
            .into_iter()
            .filter(|it| it.has_email(email))
            .collect();
        let supers: Vec<_> = supers
            .records
            .into_iter()
            .filter(|it| it.has_email(email))
            .collect();
        let is_somebody = !staff.is_empty() || !supers.is_empty();
        Ok(is_somebody.then(|| user(&staff, &supers)))
    }

    async fn with_email<R: DeserializeOwned>(
        &self,
        object: &'static str,
        field: &'static str,
        email: &str,
    ) -> Result<Page<R>, KnackError> {
        let list = ListRecords {
            object,
            filters: &Filters::all([Rule::is(field, &email)]),
            sort_field: None,
            page: 1,
            rows_per_page: RECORDS,
        };
        self.knack.list(&list).await?.whole()
    }

    /// Looks up once for all requests at the same time.
    async fn remembered(
        &self,
        key: Key,
        look_up: impl Future<Output = Result<Option<Caller>, Unknown>>,
    ) -> Result<Option<Caller>, Problem> {
        self.users
            .try_get_with(key, look_up)
            .await
            .map_err(|unknown| Problem::access_unchecked(unknown.seconds()))
    }
}

fn key(kind: &str, text: &str) -> Key {
    Sha256::digest([kind, text].join("\n")).into()
}

/// Knack's answer, within the time for a look-up.
async fn answer_in_time(
    asking: impl Future<Output = Result<Option<Caller>, Unanswered>>,
) -> Result<Option<Caller>, Unknown> {
    match tokio::time::timeout(TIMEOUT, asking).await {
        Ok(Ok(user)) => Ok(user),
        Ok(Err(error @ Unanswered::OthersRecords(_))) => {
            tracing::error!("{error}");
            Err(Unknown::KnackFailed)
        }
        Ok(Err(error @ Unanswered::ByKnack(_))) => {
            tracing::warn!(%error, "a user could not be looked up in Knack");
            Err(Unknown::KnackFailed)
        }
        Err(_) => {
            tracing::warn!("looking a user up in Knack took too long");
            Err(Unknown::KnackFailed)
        }
    }
}

/// Why a look-up has no usable answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    ByKnack(#[from] KnackError),
    #[error(transparent)]
    OthersRecords(#[from] OthersRecords),
}

/// Why nothing is known about a user. Callers get the same answer for both.
#[derive(Debug, Clone, Copy)]
enum Unknown {
    TooManyLookups(TooMany),
    KnackFailed,
}

impl Unknown {
    /// When to try again.
    fn seconds(&self) -> u64 {
        match self {
            Self::TooManyLookups(too_many) => too_many.seconds,
            Self::KnackFailed => COME_BACK_SECONDS,
        }
    }

    fn too_many() -> Self {
        Self::TooManyLookups(TooMany {
            seconds: COME_BACK_SECONDS,
        })
    }
}
