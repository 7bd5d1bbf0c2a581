//! Recognises callers by where a request comes from, by an access token, or by a Knack user's token.

use super::{AuthMode, Bearer, Caller, Credentials, Staff};
use crate::problem::Problem;

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
                return Err(Problem::not_from_this_machine());
            }
            AuthMode::Credentials(accepted) => accepted,
        };
        let bearer = match credentials.bearer {
            Bearer::Token(token) => token,
            Bearer::Absent => return Err(Problem::unauthenticated()),
            Bearer::Unusable => return Err(Problem::invalid_token()),
        };
        match (accepted.by_token(bearer), credentials.user_email) {
            (Some(server), None) => Ok(server),
            (Some(server), Some(email)) => {
                let user = self.staff.by_email(email).await?;
                Ok(user.limited_to(&server))
            }
            (None, _) => {
                let views = accepted.knack_views.as_ref();
                let views = views.ok_or_else(Problem::invalid_token)?;
                let user = self.staff.by_user_token(views, bearer, credentials.address);
                user.await?.ok_or_else(Problem::invalid_token)
            }
        }
    }

    /// Reads the file of tokens again, if there is one. Whether that succeeded, so that a token may have been revoked.
    pub(crate) fn reread_tokens(&self) -> bool {
        match &self.mode {
            AuthMode::Credentials(accepted) => accepted
                .tokens
                .as_ref()
                .is_some_and(super::token_file::TokenFile::reread),
            AuthMode::LoopbackOnly => false,
        }
    }
}
