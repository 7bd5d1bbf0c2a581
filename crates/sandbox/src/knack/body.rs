//! How an answer is sent: whole, cut, slow, reset. It knows bytes and connections, and nothing of records.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::StatusCode,
    web::{Bytes, BytesMut},
};
use futures_util::{StreamExt as _, stream};

use super::limits::Allowance;
use crate::server;

const JSON: &str = "application/json; charset=utf-8";
/// The real API says so of its plain-text errors.
const TEXT: &str = "text/html";

/// An answer that is an error, in plain text.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    text: String,
}

impl Refusal {
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self {
            status,
            text: text.to_owned(),
        }
    }

    pub(super) fn respond(self, allowance: Option<Allowance>) -> HttpResponse {
        begin(self.status, allowance)
            .content_type(TEXT)
            .body(self.text)
    }
}

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// As it should be.
    Whole,
    /// Half of it, then the connection is closed.
    Cut,
    /// Half of it, as if that were all.
    Half,
    /// A byte each 100 ms.
    Slow,
    /// After so many bytes of white space.
    Padded(u64),
    /// With so many bytes of white space before its last part.
    Stuffed(u64),
}

/// JSON, in parts that are sent one after the other without copying them together. Like the real API's, it is chunked.
pub(super) fn json(
    parts: Vec<Bytes>,
    delivery: Delivery,
    allowance: Option<Allowance>,
) -> HttpResponse {
    let mut response = begin(200, allowance);
    response.content_type(JSON);
    match delivery {
        Delivery::Whole => response.streaming(stream::iter(parts).map(Ok::<_, io::Error>)),
        Delivery::Cut => response.streaming(cut(half(&parts))),
        Delivery::Half => response.body(half(&parts)),
        Delivery::Slow => response.streaming(trickle(joined(&parts))),
        Delivery::Stuffed(bytes) => {
            let mut begun = parts;
            let last = begun.pop().into_iter();
            let rest = padding(bytes).chain(stream::iter(last));
            response.streaming(stream::iter(begun).chain(rest).map(Ok::<_, io::Error>))
        }
        Delivery::Padded(bytes) => response.streaming(
            padding(bytes)
                .chain(stream::iter(parts))
                .map(Ok::<_, io::Error>),
        ),
    }
}

/// 200 with a web page, as a gateway answers that has its own idea of what is wrong.
pub(super) fn html(allowance: Allowance) -> HttpResponse {
    begin(200, Some(allowance))
        .content_type("text/html; charset=utf-8")
        .body("<!doctype html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>")
}

pub(super) fn redirect(to: &str, allowance: Allowance) -> HttpResponse {
    begin(302, Some(allowance))
        .insert_header(("location", to))
        .finish()
}

/// No answer: the connection is closed with a reset.
pub(super) fn reset(request: &HttpRequest) -> HttpResponse {
    server::reset_at_close(request); // which discards what is unsent
    HttpResponse::Ok().streaming(stream::iter([Err::<Bytes, _>(io::Error::other(
        "reset, as told",
    ))]))
}

fn begin(status: u16, allowance: Option<Allowance>) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in allowance.into_iter().flat_map(Allowance::headers) {
        response.insert_header((name, value));
    }
    response
}

fn cut(half: Bytes) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::once(async move { Ok(half) }).chain(stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await; // so that the half is on its way before the end
        Err(io::Error::other("cut, as told"))
    }))
}

fn trickle(body: Bytes) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(body, async |mut rest| {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let byte = rest.split_to(1);
        Some((Ok(byte), rest))
    })
}

fn padding(bytes: u64) -> impl stream::Stream<Item = Bytes> {
    static BLANKS: [u8; 64 * 1024] = [b' '; 64 * 1024];
    let blocks = bytes.div_ceil(BLANKS.len() as u64);
    stream::iter(0..blocks).map(|_| Bytes::from_static(&BLANKS))
}

fn joined(parts: &[Bytes]) -> Bytes {
    let mut whole = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
    for part in parts {
        whole.extend_from_slice(part);
    }
    whole.freeze()
}

fn half(parts: &[Bytes]) -> Bytes {
    let whole = joined(parts);
    whole.slice(..whole.len() / 2)
}
