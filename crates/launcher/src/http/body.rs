//! Reads a request's JSON: an object with the expected members and no others, of at most 4 KB, within five seconds.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::BytesMut;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

const LARGEST: usize = 4_096;
/// The server limits a request's head, but not its body (docs/knack-and-dashboard.md, "Request bodies").
const TIMEOUT: Duration = Duration::from_secs(5);

/// The body as a `T`.
pub(super) async fn json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<T, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let media_type = content_type.and_then(|value| value.to_str().ok()?.split(';').next());
    if !media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::not_json());
    }
    // Packed bytes would only be called malformed. `identity` says that they are not packed.
    let mut codings = request.headers().get_all(CONTENT_ENCODING);
    if !codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::encoded_body());
    }
    let body = match tokio::time::timeout(TIMEOUT, read(payload)).await {
        Ok(body) => body?,
        Err(_) => {
            return Err(Problem::slow_body());
        }
    };
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    // serde also takes an array for a struct (docs/knack-and-dashboard.md, "Request bodies").
    if first != Some(&b'{') {
        return Err(Problem::malformed_body());
    }
    serde_json::from_slice(&body).map_err(|_| Problem::malformed_body())
}

async fn read(mut payload: Payload) -> Result<BytesMut, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed_body())?;
        if body.len() + chunk.len() > LARGEST {
            return Err(Problem::large_body());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod properties;
