//! From a request to its answer: looks up the fault for it, does that, records both.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, ContentType, HeaderMap};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::fault::{Fault, row_with};
use super::forward;
use super::postgrest::{Answer, PostgrestCode};
use super::recorded;
use super::request::Request;
use super::seen::{Entry, Seen};
use super::state::State;
use crate::{bomb, server};

pub(super) async fn answer(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let rows = serde_json::from_slice::<Vec<IgnoredAny>>(&body)
        .ok()
        .map(|rows| rows.len());
    let asked = Request {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        body: &body,
        rows,
    };
    let entry = state.log.add(seen(&request, &asked, &body));
    let Some(fault) = state.rules.take(&asked) else {
        return pass_on(&state, entry, &request, body).await;
    };
    fail(fault, &state, entry, &request, &asked, body.clone()).await
}

/// What a fault makes of a request.
async fn fail(
    fault: Fault,
    state: &State,
    entry: Entry,
    request: &HttpRequest,
    asked: &Request<'_>,
    body: Bytes,
) -> HttpResponse {
    let known = is_known(request.headers());
    match fault {
        Fault::Status {
            code,
            body,
            headers,
        } => {
            let mut answer = HttpResponse::build(status(code));
            for header in headers {
                answer.insert_header(header);
            }
            let answer = match body {
                Value::Null => answer.finish(),
                Value::String(text) => answer.content_type(ContentType::plaintext()).body(text),
                body => answer.json(body),
            };
            answered(state, entry, answer)
        }
        Fault::Postgrest { code } => {
            answered(state, entry, json_answer(code.answer(asked, known, None)))
        }
        Fault::CheckViolation { row_contains } => {
            let row = row_with(&row_contains, &body);
            let answer = PostgrestCode::CheckViolation.answer(asked, known, row.as_ref());
            answered(state, entry, json_answer(answer))
        }
        Fault::Recorded { case } => answered(state, entry, recorded::answer(&case)),
        Fault::TooLargeAbove { .. } => answered(state, entry, gateway_page(413)),
        Fault::Firewall { .. } => answered(state, entry, gateway_page(403)),
        Fault::TimeoutAbove { .. } | Fault::ReadTimeoutAbove { .. } | Fault::LockedRow { .. } => {
            let answer = PostgrestCode::QueryCanceled.answer(asked, known, None);
            answered(state, entry, json_answer(answer))
        }
        Fault::GatewayHtml { code } => answered(state, entry, gateway_page(code)),
        Fault::Bomb { code } => answered(state, entry, bomb::answer(status(code))),
        Fault::Unauthorized => answered(state, entry, unknown_key()),
        Fault::Delay(delay) => {
            tokio::time::sleep(delay).await;
            pass_on(state, entry, request, body).await
        }
        Fault::Late { after, fault } => {
            tokio::time::sleep(after).await;
            Box::pin(fail(*fault, state, entry, request, asked, body)).await
        }
        Fault::TimeoutsNamed => match state.upstream.send(request, body.clone()).await {
            Ok(upstream) if upstream.status().as_u16() == 500 => {
                let answer = PostgrestCode::QueryCanceled.answer(asked, known, None);
                answered(state, entry, json_answer(answer))
            }
            Ok(upstream) => answered(state, entry, forward::answer(upstream)),
            Err(error) => answered(state, entry, unreachable_upstream(&error)),
        },
        Fault::Dated(date) => {
            let answer = pass_on(state, entry, request, body).await;
            server::dated(answer, &date)
        }
        Fault::Hang => std::future::pending().await,
        Fault::Reset => {
            server::reset_at_close(request);
            forward::lost()
        }
        Fault::Cut => match state.upstream.send(request, body).await {
            Ok(upstream) => {
                state.log.answered(entry, upstream.status().as_u16());
                forward::cut(upstream).await
            }
            Err(error) => answered(state, entry, unreachable_upstream(&error)),
        },
        Fault::CutAfterWrite => {
            if let Ok(upstream) = state.upstream.send(request, body).await {
                let _ = upstream.bytes().await; // read to its end, so that the write is done
            }
            forward::lost()
        }
    }
}

async fn pass_on(state: &State, entry: Entry, request: &HttpRequest, body: Bytes) -> HttpResponse {
    let answer = match state.upstream.send(request, body).await {
        Ok(upstream) => forward::answer(upstream),
        Err(error) => unreachable_upstream(&error),
    };
    answered(state, entry, answer)
}

fn answered(state: &State, entry: Entry, answer: HttpResponse) -> HttpResponse {
    state.log.answered(entry, answer.status().as_u16());
    answer
}

fn seen(request: &HttpRequest, asked: &Request<'_>, body: &Bytes) -> Seen {
    let headers = request.headers();
    let prefer: Vec<&str> = headers
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .collect();
    Seen {
        method: asked.method.to_owned(),
        path: asked.path.to_owned(),
        query: url::form_urlencoded::parse(asked.query.as_bytes())
            .into_owned()
            .collect(),
        status: None,
        rows: asked.rows,
        apikey: headers.contains_key("apikey"),
        authorization: headers.contains_key(AUTHORIZATION),
        prefer: (!prefer.is_empty()).then(|| prefer.join(", ")),
        body: body.clone(),
    }
}

/// Whether the caller has proved to be someone, as PostgREST sees it.
fn is_known(headers: &HeaderMap) -> bool {
    let secret = headers
        .get("apikey")
        .is_some_and(|key| key.as_bytes().starts_with(b"sb_secret_"));
    secret || headers.contains_key(AUTHORIZATION)
}

fn json_answer(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(status(answer.status));
    for header in answer.headers {
        response.insert_header(header);
    }
    response
        .content_type("application/json; charset=utf-8")
        .body(answer.body.to_string())
}

fn gateway_page(code: u16) -> HttpResponse {
    HttpResponse::build(status(code))
        .content_type(ContentType::html())
        .body(format!(
            "<!DOCTYPE html>\n<html><head><title>{code}</title></head>\n\
         <body><h1>Error {code}</h1><p>The web server reported an error.</p></body></html>\n"
        ))
}

fn unknown_key() -> HttpResponse {
    HttpResponse::Unauthorized().json(json!({
        "message": "Invalid API key",
        "hint": "Double check your Supabase `anon` or `service_role` API key.",
    }))
}

fn unreachable_upstream(error: &reqwest::Error) -> HttpResponse {
    HttpResponse::BadGateway()
        .content_type(ContentType::plaintext())
        .body(format!("upstream: {error}"))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
