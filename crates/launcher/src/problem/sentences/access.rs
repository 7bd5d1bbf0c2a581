//! Sentences for callers without access.

use sync_protocol::in_words;

use crate::problem::{Code, Problem};

impl Problem {
    /// The same words whatever was wrong, so that nothing can be learnt from them.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "A valid access token is required. Nothing was changed. Sign in again, or ask your administrator for a token.",
        )
    }

    pub(crate) fn invalid_token() -> Self {
        Self::unauthenticated().with_invalid_token()
    }

    pub(crate) fn not_from_this_machine() -> Self {
        Self::new(
            Code::Unauthenticated,
            "Access control is off, so only pages and tools on this machine may call, and not through a proxy. Nothing was changed. To allow others, ask your administrator to set LAUNCHER_AUTH.",
        )
    }

    pub(crate) fn metrics_for_this_machine() -> Self {
        Self::new(
            Code::Unauthenticated,
            "The metrics can be read only by tools on this machine, and not through a proxy. To allow others, ask your administrator to set LAUNCHER_METRICS_TOKEN or LAUNCHER_METRICS_BIND.",
        )
    }

    pub(crate) fn metrics_need_a_token() -> Self {
        Self::new(
            Code::Unauthenticated,
            "The metrics can be read only with LAUNCHER_METRICS_TOKEN as the bearer token.",
        )
    }

    pub(crate) fn invalid_metrics_token() -> Self {
        Self::metrics_need_a_token().with_invalid_token()
    }

    pub(crate) fn unknown_user() -> Self {
        Self::new(
            Code::NotAllowed,
            "The user named in X-User-Email is not known as staff. Nothing was changed. Check the e-mail address.",
        )
    }

    pub(crate) fn no_such_school() -> Self {
        Self::new(
            Code::EstablishmentNotFound,
            "The dashboard has no school with this id. Nothing was changed. Check the id, or whether the nightly sync has copied the school yet.",
        )
    }

    /// The same words for a school of others and for one that does not exist.
    pub(crate) fn no_such_school_for_caller() -> Self {
        Self::new(
            Code::EstablishmentNotFound,
            "There is no such school, or you don't have access to it. Nothing was changed. Check the id, or ask your administrator to make you a staff admin of this school.",
        )
    }

    pub(crate) fn access_unchecked(seconds: u64) -> Self {
        Self::later(
            Code::AuthUnavailable,
            seconds,
            format!(
                "Your access could not be checked with Knack. Nothing was changed. Try again in {}.",
                in_words(seconds)
            ),
        )
    }
}
