//! The access mode that the settings ask for. The configuration creates it, and only [`super::Access`] uses it.

use serde::Serialize;

use super::caller::Caller;
use super::knack_user::Views;
use super::token_file::TokenFile;
use super::tokens::Tokens;

/// Which callers are accepted.
pub(crate) enum AuthMode {
    /// `LAUNCHER_AUTH=none`: anyone who reaches this machine's loopback interface may do everything.
    LoopbackOnly,
    /// Callers with credentials of one of these kinds.
    Credentials(Accepted),
}

/// The credentials that people who open the page may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignIn {
    /// An access token, which they type.
    Token,
    /// A session in Knack, which only a page of Knack has.
    KnackToken,
}

impl AuthMode {
    /// The accepted kinds of credentials; none if access control is off.
    pub(crate) fn sign_in(&self) -> Vec<SignIn> {
        let Self::Credentials(accepted) = self else {
            return Vec::new();
        };
        let token = accepted.tokens.is_some() || accepted.demo.is_some();
        let ways = [
            token.then_some(SignIn::Token),
            accepted.knack_views.is_some().then_some(SignIn::KnackToken),
        ];
        ways.into_iter().flatten().collect()
    }
}

/// The credentials that are accepted.
#[derive(Default)]
pub(crate) struct Accepted {
    /// Tokens of servers and cron jobs.
    pub(crate) tokens: Option<TokenFile>,
    /// The demo's token. It is in no file, so that no reread file can remove it.
    pub(crate) demo: Option<Tokens>,
    /// Knack's own user tokens, checked by these views.
    pub(crate) knack_views: Option<Views>,
}

impl Accepted {
    /// The server or cron job that has this token.
    pub(super) fn by_token(&self, token: &str) -> Option<Caller> {
        let of_file = self.tokens.as_ref().and_then(|file| file.find(token));
        of_file.or_else(|| self.demo.as_ref()?.find(token))
    }
}
