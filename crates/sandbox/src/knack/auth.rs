//! Who may ask: the headers, and what the real API says when they are wrong.

use actix_web::HttpRequest;

use super::{
    body::Refusal,
    call::Route,
    credentials::{API_KEY, APP_ID, VIEW_KEY},
    simulator::Simulator,
};

/// Refuses a request whose headers the real API would refuse. Otherwise tells the e-mail address of the user who asks,
/// where a user's token was asked for.
///
/// Assumed: a view answers with the real key in place of `knack` too, but not without a token; signing in needs no
/// header, as its path names the application; `/session/token` needs no key.
pub(super) fn check(
    request: &HttpRequest,
    route: &Route,
    simulator: &Simulator,
) -> Result<Option<String>, Refusal> {
    let key = header(request, "x-knack-rest-api-key");
    match route {
        Route::SignIn(_) => Ok(None),
        Route::Session => {
            application(request, key.or(Some(VIEW_KEY)), &[VIEW_KEY, API_KEY])?;
            user(request, simulator).map(Some)
        }
        Route::View(_) => {
            application(request, key, &[VIEW_KEY, API_KEY])?;
            user(request, simulator).map(Some)
        }
        Route::Application(_)
        | Route::Objects
        | Route::Object(_)
        | Route::Records(_)
        | Route::Record(..)
        | Route::Unknown => application(request, key, &[API_KEY]).map(|()| None),
    }
}

/// What a request is told that needs a user's session and has none, or no longer.
pub(super) fn no_session() -> Refusal {
    Refusal::text(403, "Invalid or Expired Token")
}

fn application(request: &HttpRequest, key: Option<&str>, keys: &[&str]) -> Result<(), Refusal> {
    let app_id = header(request, "x-knack-application-id");
    match (app_id, key) {
        (None, _) | (_, None) => Err(Refusal::text(401, "Invalid API Request")),
        (Some(app_id), _) if !is_record_id(app_id) => Err(Refusal::text(400, "Malformed App ID.")),
        (Some(APP_ID), Some(key)) if keys.contains(&key) => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::text(401, "Invalid API key")),
    }
}

/// The token is the whole header: with `Bearer ` before it, it is another one.
fn user(request: &HttpRequest, simulator: &Simulator) -> Result<String, Refusal> {
    let token = header(request, "authorization").ok_or_else(no_session)?;
    let sessions = simulator.sessions();
    sessions
        .user(token)
        .map(str::to_owned)
        .ok_or_else(no_session)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn is_record_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
