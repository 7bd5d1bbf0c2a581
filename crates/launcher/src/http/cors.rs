//! Decides which other sites' pages may call.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName};
use url::Url;

use super::config::HttpConfig;

/// A page of another site may call only if its origin is named. The launcher's own page has the host of the request.
pub(super) fn cors(config: &HttpConfig) -> Cors {
    let cors = config.origins.iter().fold(
        Cors::default().block_on_origin_mismatch(true),
        |cors, origin| cors.allowed_origin(origin),
    );
    let expose = [
        "location",
        "preference-applied",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ]
    .map(HeaderName::from_static);
    let allow = ["prefer", "last-event-id"].map(HeaderName::from_static);
    cors.allowed_origin_fn(|origin, request| {
        let host = request.headers().get(header::HOST);
        let of_origin = origin
            .to_str()
            .ok()
            .and_then(|origin| Url::parse(origin).ok());
        match (host.and_then(|host| host.to_str().ok()), of_origin) {
            (Some(host), Some(origin)) => {
                origin.origin().ascii_serialization() == format!("{}://{host}", origin.scheme())
            }
            _ => false,
        }
    })
    .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE])
    .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
    .allowed_headers(allow)
    .expose_headers(expose)
    .max_age(3_600)
}
