//! Writes one log line for each request, and gives it an id that the caller can quote. Of a stranger's request, the
//! line holds only the method, cut short; the path is the pattern that matched.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::state::AppState;
use crate::problem::Problem;

/// Every known method is shorter.
const LONGEST_METHOD: usize = 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of the caller, once it is known.
#[derive(Clone)]
struct KnownCaller(String);

/// Notes the caller for the log.
pub(super) fn note_caller(request: &HttpRequest, name: &str) {
    request
        .extensions_mut()
        .insert(KnownCaller(name.to_owned()));
}

/// Serves a request and logs it.
pub(crate) async fn log_request(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let request_id = Uuid::new_v4();
    let method = logging::bounded(request.method().as_str(), LONGEST_METHOD);
    let mut response = next.call(request).await?;
    let request = response.request();
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "unknown".to_owned());
    let status = response.status().as_u16();
    let caller = request.extensions().get::<KnownCaller>().cloned();
    if let Some(state) = request.app_data::<Data<AppState>>() {
        let metrics = &state.services.metrics;
        metrics.request(&route, status);
        let problem = response.response().error();
        if let Some(problem) = problem.and_then(|error| error.as_error::<Problem>()) {
            metrics.refused(problem.code);
        }
    }
    tracing::info!(
        %request_id,
        method,
        route,
        status,
        caller = caller.map(|caller| caller.0),
        took_ms = started.elapsed().as_millis(),
        "request"
    );
    let headers = response.headers_mut();
    let id = HeaderValue::from_str(&request_id.to_string()).expect("a UUID is a header value");
    headers.insert(REQUEST_ID, id);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    let no_store = HeaderName::from_static("cache-control");
    if !headers.contains_key(&no_store) {
        headers.insert(no_store, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
