//! Identifies the caller, and limits how often each may call. The first check of every request that concerns a school.

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::bearer::bearer;
use crate::access::{Caller, Credentials};
use crate::http::client_address::client_address;
use crate::http::request_log::note_caller;
use crate::http::state::AppState;
use crate::http::this_machine::is_sent_by_this_machine;
use crate::problem::Problem;

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { caller(&request, state(&request)).await })
    }
}

/// The state that the request shares with all others.
pub(super) fn state(request: &HttpRequest) -> &Data<AppState> {
    let state = request.app_data::<Data<AppState>>();
    state.expect("the routes give it to every request")
}

/// Identifies the caller, and counts the request.
pub(super) async fn caller(request: &HttpRequest, state: &AppState) -> Result<Caller, Problem> {
    let credentials = Credentials {
        bearer: bearer(request.headers()),
        user_email: user_email(request),
        address: client_address(request, &state.config.trusted_proxies),
        is_from_this_machine: is_sent_by_this_machine(request, &state.config.trusted_proxies),
    };
    let caller = state.services.access.caller(credentials).await?;
    note_caller(request, caller.name());
    state.caller_limit.check(&caller)?;
    Ok(caller)
}

/// The e-mail that is named. A header that cannot be read, or a second one, names someone unknown: if it counted as nobody,
/// the server's own rights would apply.
fn user_email(request: &HttpRequest) -> Option<&str> {
    let mut named = request.headers().get_all("x-user-email");
    let first = named.next()?;
    let is_single = named.next().is_none();
    Some(first.to_str().ok().filter(|_| is_single).unwrap_or(""))
}
