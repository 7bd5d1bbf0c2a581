//! Who is calling, and for which schools they may ask. Fails closed: what cannot be checked is not allowed.
//!
//! Authority over a school comes from a token's own list or from Knack, never from Supabase's copy of the staff, which lacks
//! half of the schools and may be writable by anybody (docs/knack-and-dashboard.md, "Staff data in Supabase").

mod knack_user;
mod staff;
mod strangers;
mod tokens;

use std::collections::HashSet;

use dashboard::School;
use parking_lot::RwLock;
use sync_protocol::{EstablishmentId, KnackRecordId};

pub(crate) use knack_user::Views;
pub(crate) use staff::Staff;
pub(crate) use tokens::{NewToken, Tokens, token_name};

use crate::peer::Peer;
use crate::problem::{Code, Problem};

/// How callers are told apart.
pub(crate) enum Doors {
    /// Everybody who reaches this machine's loopback interface may do everything.
    Open,
    /// By what they bring.
    Locked {
        /// Tokens of servers and cron.
        tokens: Option<RwLock<Tokens>>,
        /// The demo's, which stands in no file, so that no other file takes it away.
        demo: Option<Tokens>,
        /// Whether Knack's own user tokens are taken.
        knack_users: bool,
    },
}

/// Decides who is calling.
pub(crate) struct Access {
    doors: Doors,
    staff: Staff,
}

/// Somebody who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// A token's name or a staff record's id: for logs and `sync_logs`, never an e-mail.
    pub(crate) name: String,
    pub(crate) authority: Authority,
}

/// The schools somebody may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    All,
    Some(HashSet<EstablishmentId>),
    /// A user's, and that of the server that speaks for them. Either may name a school in its own spelling, so only a
    /// school, and no id alone, shows whether both cover it.
    Both(Box<Authority>, Box<Authority>),
}

impl Authority {
    pub(crate) fn covers(&self, school: &School) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => {
                ids.contains(&EstablishmentId::Knack(school.knack_id))
                    || ids.contains(&EstablishmentId::Supabase(school.id))
            }
            Self::Both(one, other) => one.covers(school) && other.covers(school),
        }
    }

    /// Ids among which all its schools are; nothing if they may be any.
    pub(crate) fn candidates(&self) -> Option<&HashSet<EstablishmentId>> {
        match self {
            Self::All => None,
            Self::Some(ids) => Some(ids),
            Self::Both(one, other) => one.candidates().or_else(|| other.candidates()),
        }
    }

    /// Whether this very id is covered, be there such a school or not.
    pub(crate) fn names(&self, id: EstablishmentId) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => ids.contains(&id),
            Self::Both(one, other) => one.names(id) && other.names(id),
        }
    }

    fn of_schools(schools: impl IntoIterator<Item = KnackRecordId>) -> Self {
        Self::Some(schools.into_iter().map(EstablishmentId::Knack).collect())
    }
}

/// What a request brings to be told by.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    /// `Authorization: Bearer …`.
    pub(crate) bearer: Option<&'a str>,
    /// `X-User-Email`, which counts only from a server that has a token.
    pub(crate) user_email: Option<&'a str>,
    /// Where it came from, by which strangers are limited.
    pub(crate) address: Option<Peer>,
}

impl Access {
    pub(crate) fn new(doors: Doors, staff: Staff) -> Self {
        Self { doors, staff }
    }

    /// Who brings these credentials.
    pub(crate) async fn caller(&self, brought: Credentials<'_>) -> Result<Caller, Problem> {
        let (tokens, demo, knack_users) = match &self.doors {
            Doors::Open => return Ok(Caller::anybody()),
            Doors::Locked {
                tokens,
                demo,
                knack_users,
            } => (tokens, demo, *knack_users),
        };
        let bearer = brought.bearer.ok_or_else(unauthenticated)?;
        let by_token = tokens.as_ref().and_then(|tokens| {
            let tokens = tokens.read();
            tokens.find(bearer)
        });
        let by_token = by_token.or_else(|| demo.as_ref()?.find(bearer));
        match (by_token, brought.user_email) {
            (Some(server), None) => Ok(server),
            (Some(server), Some(email)) => {
                let user = self.staff.by_email(email).await?;
                Ok(user.limited_to(&server))
            }
            (None, _) if knack_users => self.staff.by_user_token(bearer, brought.address).await,
            (None, _) => Err(unauthenticated()),
        }
    }

    /// Puts other tokens in the place of those known.
    pub(crate) fn replace_tokens(&self, new: Tokens) {
        if let Doors::Locked {
            tokens: Some(tokens),
            ..
        } = &self.doors
        {
            *tokens.write() = new;
        }
    }
}

impl Caller {
    fn anybody() -> Self {
        Self {
            name: "anybody".to_owned(),
            authority: Authority::All,
        }
    }

    /// A user that a server speaks for may do no more than the server may.
    fn limited_to(self, server: &Self) -> Self {
        Self {
            name: format!("{} for {}", server.name, self.name),
            authority: Authority::Both(
                Box::new(self.authority),
                Box::new(server.authority.clone()),
            ),
        }
    }
}

/// The same words whatever was wrong, so that nothing is learnt from them.
fn unauthenticated() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "A valid access token is needed. Sign in again, or ask your administrator for one.",
    )
}
