//! Passing a request on, and its answer back, unchanged.

use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use reqwest::header::CONTENT_LENGTH;

use crate::supabase::http;

/// Those that speak of one connection, and those that each side writes itself.
const NOT_PASSED_ON: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
];

/// Node closes a connection after 5 idle seconds; we do not wait for that.
const IDLE: Duration = Duration::from_secs(4);

/// Supabase, as the proxy reaches it.
#[derive(Debug)]
pub(super) struct Upstream {
    url: String,
    client: reqwest::Client,
}

impl Upstream {
    pub(super) fn new(url: &str) -> Result<Self> {
        let client = http::builder()
            .pool_idle_timeout(IDLE)
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            client,
        })
    }

    /// Sends it the request.
    pub(super) async fn send(
        &self,
        request: &HttpRequest,
        body: Bytes,
    ) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}{}", self.url, request.uri());
        let method = request
            .method()
            .as_str()
            .parse()
            .unwrap_or(reqwest::Method::GET);
        let mut forwarded = self.client.request(method, url);
        for (name, value) in request.headers() {
            if name != "host" && !NOT_PASSED_ON.contains(&name.as_str()) {
                forwarded = forwarded.header(name.as_str(), value.as_bytes());
            }
        }
        if !body.is_empty() {
            forwarded = forwarded.body(body);
        }
        forwarded.send().await
    }
}

/// Supabase's answer, passed on as it comes.
pub(super) fn answer(upstream: reqwest::Response) -> HttpResponse {
    let (mut answer, length) = head(&upstream);
    if matches!(upstream.status().as_u16(), 204 | 304) {
        return answer.finish();
    }
    match length {
        Some(length) => answer.body(SizedStream::new(length, upstream.bytes_stream())),
        None => answer.streaming(upstream.bytes_stream()),
    }
}

/// Supabase's answer, cut off half-way.
pub(super) async fn cut(upstream: reqwest::Response) -> HttpResponse {
    let (mut answer, _) = head(&upstream);
    let body = upstream.bytes().await.unwrap_or_default();
    if body.is_empty() {
        return lost();
    }
    let half = body.slice(..body.len().div_ceil(2).min(body.len() - 1));
    let cut = stream::once(async {
        tokio::task::yield_now().await; // the server's turn to send the half
        Err(cut_off())
    });
    let parts = stream::once(async { Ok(half) }).chain(cut);
    answer.body(SizedStream::new(body.len() as u64, Box::pin(parts)))
}

/// No answer at all: the connection is closed instead.
pub(super) fn lost() -> HttpResponse {
    // The body fails before the head leaves the server's buffer, so nothing leaves it.
    HttpResponse::Ok().body(SizedStream::new(
        1,
        Box::pin(stream::once(async { Err::<Bytes, _>(cut_off()) })),
    ))
}

fn head(upstream: &reqwest::Response) -> (actix_web::HttpResponseBuilder, Option<u64>) {
    let status =
        StatusCode::from_u16(upstream.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = HttpResponse::build(status);
    for (name, value) in upstream.headers() {
        if !NOT_PASSED_ON.contains(&name.as_str()) {
            answer.append_header((name.as_str(), value.as_bytes()));
        }
    }
    let length = upstream
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    (answer, length)
}

fn cut_off() -> std::io::Error {
    std::io::Error::other("cut off, as a rule says")
}
