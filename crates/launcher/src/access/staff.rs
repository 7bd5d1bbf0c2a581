//! What Knack says of its users: whose record a token or an e-mail leads to, and which schools that record names. Answers
//! are kept for some minutes; a look-up that fails is never an answer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use knack_client::{Filters, KnackClient, KnackError, ListRecords, Page, Rule, View};
use moka::Expiry;
use moka::future::Cache;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::knack_user::{
    STAFF_ADMINS, STAFF_EMAIL, SUPER_USER_EMAIL, SUPER_USERS, StaffAdmin, SuperUser, Views,
    are_of_one_person, looks_like_a_token,
};
use super::{Authority, Caller, unauthenticated};
use crate::problem::{Code, Problem};

/// A refusal is asked about again sooner than a permission: somebody may just have been given access.
const PERMISSION_KEPT: Duration = Duration::from_mins(5);
const REFUSAL_KEPT: Duration = Duration::from_secs(30);
const MOST_KEPT: u64 = 10_000;
/// For all requests of one look-up.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Look-ups that Knack is asked for: tokens are easily made up, and each costs requests of the account's daily allowance.
const LOOKUPS_A_SECOND: NonZeroU32 = NonZeroU32::new(2).expect("two is not zero");
const LOOKUPS_AT_ONCE: NonZeroU32 = NonZeroU32::new(30).expect("thirty is not zero");
/// More than one record for an e-mail happens, many do not.
const RECORDS: u64 = 25;
const LONGEST_EMAIL: usize = 254;

/// Looks users up in Knack.
pub(crate) struct Staff {
    knack: Arc<KnackClient>,
    app_id: String,
    views: Option<Views>,
    /// By the SHA-256 of a token or an e-mail; `None` is nobody.
    known: Cache<[u8; 32], Option<Caller>>,
    by_token: DefaultDirectRateLimiter,
    /// Of its own, so that made-up tokens keep no server from naming its users.
    by_email: DefaultDirectRateLimiter,
}

struct Kept;

impl Expiry<[u8; 32], Option<Caller>> for Kept {
    fn expire_after_create(
        &self,
        _: &[u8; 32],
        user: &Option<Caller>,
        _: Instant,
    ) -> Option<Duration> {
        Some(match user {
            Some(_) => PERMISSION_KEPT,
            None => REFUSAL_KEPT,
        })
    }
}

impl Staff {
    pub(crate) fn new(knack: Arc<KnackClient>, app_id: &str, views: Option<Views>) -> Self {
        let quota = Quota::per_second(LOOKUPS_A_SECOND).allow_burst(LOOKUPS_AT_ONCE);
        Self {
            knack,
            app_id: app_id.to_owned(),
            views,
            known: Cache::builder()
                .max_capacity(MOST_KEPT)
                .expire_after(Kept)
                .build(),
            by_token: RateLimiter::direct(quota),
            by_email: RateLimiter::direct(quota),
        }
    }

    /// The user who is logged in to Knack with this token.
    pub(super) async fn by_user_token(&self, token: &str) -> Result<Caller, Problem> {
        let Some(views) = &self.views else {
            return Err(unauthenticated());
        };
        if !looks_like_a_token(token, &self.app_id) {
            return Err(unauthenticated());
        }
        let secret = SecretString::from(token);
        let asking = Box::pin(self.own_records(views, &secret));
        let user = self
            .remembered(&self.by_token, &["token", token], asking)
            .await?;
        user.ok_or_else(unauthenticated)
    }

    /// The user with this e-mail, in whose name a server asks.
    pub(super) async fn by_email(&self, email: &str) -> Result<Caller, Problem> {
        let email = email.trim().to_lowercase();
        let is_address = email.len() <= LONGEST_EMAIL
            && email.contains('@')
            && !email.contains(|c: char| c.is_control() || c.is_whitespace());
        if !is_address {
            return Err(nobody());
        }
        let asking = Box::pin(self.records_of(&email));
        let user = self
            .remembered(&self.by_email, &["email", &email], asking)
            .await?;
        user.ok_or_else(nobody)
    }

    /// Nobody where every view refuses, which is how a view says that the session has ended.
    async fn own_records(
        &self,
        views: &Views,
        token: &SecretString,
    ) -> Result<Option<Caller>, Unanswered> {
        let staff = self.shown_to::<StaffAdmin>(&views.staff_admin, token);
        let supers = async {
            match &views.super_user {
                Some(view) => self.shown_to::<SuperUser>(view, token).await,
                None => Ok(None),
            }
        };
        let (staff, supers) = tokio::try_join!(staff, supers)?;
        if staff.is_none() && supers.is_none() {
            return Ok(None);
        }
        let (staff, supers) = (staff.unwrap_or_default(), supers.unwrap_or_default());
        let emails = staff.iter().map(StaffAdmin::email);
        if are_of_one_person(emails.chain(supers.iter().map(SuperUser::email))) {
            Ok(Some(user(&staff, &supers)))
        } else {
            Err(Unanswered::SeveralPeople)
        }
    }

    /// Nothing where the view refuses: a page may be open to super users only, or to all but them.
    async fn shown_to<R: DeserializeOwned>(
        &self,
        view: &View,
        token: &SecretString,
    ) -> Result<Option<Vec<R>>, Unanswered> {
        match self.knack.view::<R>(view, token).await {
            // Nobody has so many records of their own.
            Ok(page) if page.total_pages > 1 => Err(Unanswered::SeveralPeople),
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
        // Knack compares as it likes; the decision is ours.
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
        self.knack.list(&list).await
    }

    /// Asks Knack once for all who ask at the same time.
    async fn remembered(
        &self,
        lookups: &DefaultDirectRateLimiter,
        key: &[&str],
        asking: impl Future<Output = Result<Option<Caller>, Unanswered>>,
    ) -> Result<Option<Caller>, Problem> {
        let key: [u8; 32] = Sha256::digest(key.join("\n")).into();
        let look_up = async {
            if lookups.check().is_err() {
                return Err(Unknown::TooManyLookups);
            }
            match tokio::time::timeout(TIMEOUT, asking).await {
                Ok(Ok(user)) => Ok(user),
                Ok(Err(error @ Unanswered::SeveralPeople)) => {
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
        };
        self.known
            .try_get_with(key, look_up)
            .await
            .map_err(|_: Arc<Unknown>| unavailable())
    }
}

/// Why a look-up has no answer that may be believed.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    ByKnack(#[from] KnackError),
    /// Whoever is logged in would be taken for all of them.
    #[error(
        "KNACK_STAFF_VIEW or KNACK_SUPER_USER_VIEW shows records of more people than the one who is logged in; nobody is let in by them until each shows the logged-in user's own record only"
    )]
    SeveralPeople,
}

/// Why nothing is known of a user. Both are told alike.
#[derive(Debug)]
enum Unknown {
    TooManyLookups,
    KnackFailed,
}

/// One person may have several records; they may do what any of them allows.
fn user(staff: &[StaffAdmin], supers: &[SuperUser]) -> Caller {
    match (supers.first(), staff.first()) {
        (Some(super_user), _) => Caller {
            name: super_user.id.to_string(),
            authority: Authority::All,
        },
        (None, Some(first)) => Caller {
            name: first.id.to_string(),
            authority: Authority::of_schools(staff.iter().flat_map(StaffAdmin::schools)),
        },
        (None, None) => Caller {
            name: "no staff record".to_owned(),
            authority: Authority::of_schools([]),
        },
    }
}

fn nobody() -> Problem {
    Problem::new(
        Code::NotAllowed,
        "The user named in X-User-Email is not known as staff. Nothing was started.",
    )
}

fn unavailable() -> Problem {
    const SECONDS: u64 = 10;
    Problem::later(
        Code::AuthUnavailable,
        SECONDS,
        "Knack cannot be asked now whether you may do this. Nothing was started. Try again in a moment.",
    )
}
