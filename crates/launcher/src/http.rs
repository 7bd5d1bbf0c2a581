//! The HTTP side: routes, and what every request passes on its way. What is decided about runs is decided elsewhere.

mod answers;
mod body;
mod caller;
mod client_address;
mod config;
mod connection;
mod document;
mod events;
mod openapi;
mod operations;
mod page;
mod refresh;
mod request_log;
mod runs;
mod schools;
mod seats;
mod server;
mod this_machine;

use std::future::ready;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, header};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource, ResponseError};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use config::HttpConfig;
pub use openapi::openapi;
pub(crate) use page::INDEX;
pub(crate) use seats::SeatLimits;
pub(crate) use server::listen;

use crate::launcher::{Launcher, unreadable};
use crate::problem::{Code, Problem};
use request_log::log_request;
use seats::Seats;

/// What all requests share.
pub(crate) struct Front {
    pub(crate) launcher: Arc<Launcher>,
    config: HttpConfig,
    /// The page, where it is not within the program.
    folder: Option<page::Folder>,
    seats: Arc<Seats>,
    callers: DefaultKeyedRateLimiter<String>,
    streams: events::Streams,
    streams_closing: CancellationToken,
}

impl Front {
    pub(crate) fn new(launcher: Arc<Launcher>, config: HttpConfig) -> Self {
        let per_minute = NonZeroU32::new(config.requests_per_minute).unwrap_or(NonZeroU32::MIN);
        let proxies = config.trusted_proxies.clone();
        Self {
            seats: Arc::new(Seats::new(config.seats, proxies, &launcher.metrics)),
            launcher,
            folder: config.web_root.clone().map(page::Folder::new),
            config,
            callers: RateLimiter::keyed(Quota::per_minute(per_minute)),
            streams: events::Streams::default(),
            streams_closing: CancellationToken::new(),
        }
    }

    /// Ends the streams that are still open.
    pub(crate) fn close_streams(&self) {
        self.streams_closing.cancel();
    }
}

/// Before a router in front of us gives up, which happens after thirty seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What an answer is made of, unless Supabase takes too long to tell.
async fn in_time<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    match tokio::time::timeout(ANSWER_TIMEOUT, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(unreadable("it takes too long")),
    }
}

/// Everything that is answered.
fn routes(app: &mut ServiceConfig, front: &Arc<Front>) {
    app.app_data(Data::from(Arc::clone(front)))
        .service(
            at("/api/sync/refresh-establishment", "POST").route(web::post().to(refresh::refresh)),
        )
        .service(
            at("/api/sync/runs/{run}", "GET, DELETE")
                .route(web::get().to(runs::show))
                .route(web::delete().to(runs::cancel)),
        )
        .service(at("/api/sync/runs/{run}/events", "GET").route(web::get().to(events::follow)))
        .service(at("/api/sync/status", "GET").route(web::get().to(schools::status)))
        .service(at("/api/establishments", "GET").route(web::get().to(schools::list)))
        .service(
            at("/api/establishments/{id}/overview", "GET").route(web::get().to(schools::overview)),
        )
        .service(
            at("/healthz", "GET, HEAD")
                .route(web::get().to(operations::healthz))
                .route(web::head().to(operations::healthz)),
        )
        .service(
            at("/readyz", "GET, HEAD")
                .route(web::get().to(operations::readyz))
                .route(web::head().to(operations::readyz)),
        )
        .service(at("/metrics", "GET").route(web::get().to(operations::metrics)))
        .service(
            at("/openapi.json", "GET, HEAD")
                .route(web::get().to(openapi::openapi_document))
                .route(web::head().to(openapi::openapi_document)),
        )
        .configure(|app| page::routes(app, front))
        .default_service(web::to(not_found));
}

/// A resource that says so when it is asked in a way it does not know, and names those it does (RFC 9110 asks for that).
fn at(path: &str, methods: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || ready(method_not_allowed(methods))))
}

async fn not_found() -> HttpResponse {
    there_is_nothing().error_response()
}

fn there_is_nothing() -> Problem {
    Problem::new(Code::NotFound, "There is nothing at this address.")
}

fn method_not_allowed(methods: &'static str) -> HttpResponse {
    let mut response = Problem::new(
        Code::MethodNotAllowed,
        "This address does not take requests of this method.",
    )
    .error_response();
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(header::ALLOW, methods);
    response
}

/// Pages of other sites may call only where they are named. Own pages have the host they were asked for by.
fn cors(front: &Front) -> Cors {
    let cors = front.config.origins.iter().fold(
        Cors::default().block_on_origin_mismatch(true),
        |cors, origin| cors.allowed_origin(origin),
    );
    let expose = ["location", "retry-after", "x-request-id"].map(HeaderName::from_static);
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
    .allowed_methods([Method::GET, Method::POST, Method::DELETE])
    .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
    .allowed_headers(allow)
    .expose_headers(expose)
    .max_age(3_600)
}
