//! Who may ask: the two headers, and what the real API says when they are wrong.

use actix_web::HttpRequest;

use super::body::Refusal;

/// The application id every simulator accepts.
pub const APP_ID: &str = "5f3c9a1b7d2e4f6081a2b3c4";
/// The REST API key every simulator accepts.
pub const API_KEY: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";

/// Refuses a request whose headers the real API would refuse.
pub(super) fn check(request: &HttpRequest) -> Result<(), Refusal> {
    let (app_id, key) = (
        header(request, "x-knack-application-id"),
        header(request, "x-knack-rest-api-key"),
    );
    match (app_id, key) {
        (None, _) | (_, None) => Err(Refusal::text(401, "Invalid API Request")),
        (Some(app_id), _) if !is_record_id(app_id) => Err(Refusal::text(400, "Malformed App ID.")),
        (Some(APP_ID), Some(API_KEY)) => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::text(401, "Invalid API key")),
    }
}

/// Whether a request carries both headers, right or wrong.
pub(super) fn present(request: &HttpRequest) -> (bool, bool) {
    (
        header(request, "x-knack-application-id").is_some(),
        header(request, "x-knack-rest-api-key").is_some(),
    )
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn is_record_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
