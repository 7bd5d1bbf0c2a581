//! Who is calling, and which schools they have access to. Fails closed: what cannot be checked is not allowed.
//!
//! Authority over a school comes from a token's own list or from Knack, never from Supabase's copy of the staff, which lacks
//! half of the schools and may be writable by anyone (docs/knack-and-dashboard.md, "Staff data in Supabase").

mod authority;
mod caller;
mod credentials;
mod knack_user;
mod mode;
mod staff;
mod strangers;
mod token_file;
mod tokens;

#[cfg(test)]
pub(crate) use authority::Authority;
pub(crate) use caller::Caller;
pub(crate) use credentials::Credentials;
pub(crate) use knack_user::Views;
pub(crate) use mode::{Accepted, AuthMode};
pub(crate) use staff::Staff;
pub(crate) use token_file::TokenFile;
pub(crate) use tokens::{NewToken, Tokens, token_name};

use crate::problem::{Code, Problem};

/// Decides who is calling.
pub(crate) struct Access {
    mode: AuthMode,
    staff: Staff,
}

impl Access {
    pub(crate) fn new(mode: AuthMode, staff: Staff) -> Self {
        Self { mode, staff }
    }

    /// The caller with these credentials.
    pub(crate) async fn caller(&self, credentials: Credentials<'_>) -> Result<Caller, Problem> {
        let accepted = match &self.mode {
            AuthMode::LoopbackOnly if credentials.is_from_this_machine => {
                return Ok(Caller::anyone());
            }
            AuthMode::LoopbackOnly => {
                return Err(Problem::new(
                    Code::Unauthenticated,
                    "Without access control, only pages and tools on this machine may call.",
                ));
            }
            AuthMode::Credentials(accepted) => accepted,
        };
        let bearer = credentials.bearer.ok_or_else(unauthenticated)?;
        match (accepted.by_token(bearer), credentials.user_email) {
            (Some(server), None) => Ok(server),
            (Some(server), Some(email)) => {
                let user = self.staff.by_email(email).await?;
                Ok(user.limited_to(&server))
            }
            (None, _) => {
                let views = accepted.knack_views.as_ref();
                let views = views.ok_or_else(unauthenticated)?;
                let user = self.staff.by_user_token(views, bearer, credentials.address);
                user.await?.ok_or_else(unauthenticated)
            }
        }
    }

    /// Reads the file of tokens again, if there is one.
    pub(crate) fn reread_tokens(&self) {
        if let AuthMode::Credentials(accepted) = &self.mode
            && let Some(file) = &accepted.tokens
        {
            file.reread();
        }
    }
}

/// The same words whatever was wrong, so that nothing can be learnt from them.
fn unauthenticated() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "A valid access token is needed. Sign in again, or ask your administrator for one.",
    )
}
