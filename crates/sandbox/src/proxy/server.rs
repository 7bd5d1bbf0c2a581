//! The server: looks up the fault for a request, does it, records both.

use std::any::Any;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, ContentType, HeaderMap};
use actix_web::rt::System;
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::{Context, Result};
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use socket2::{SockRef, Socket};

use super::fault::{Fault, row_with};
use super::postgrest::{Answer, PostgrestCode};
use super::rule::Request;
use super::seen::{Entry, Seen};
use super::{State, control, forward};

const LARGEST_BODY: usize = 256 * 1024 * 1024;

/// Starts the server on a thread of its own. Gives its port.
pub(super) fn start(state: Arc<State>, port: u16) -> Result<(u16, ServerHandle, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("the proxy cannot listen on port {port}"))?;
    let port = listener.local_addr()?.port();
    let server = move || {
        HttpServer::new(move || {
            App::new()
                .app_data(Data::from(Arc::clone(&state)))
                .app_data(PayloadConfig::new(LARGEST_BODY))
                .configure(control::routes)
                .default_service(web::to(handle))
        })
        .on_connect(connected)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)
        .map(HttpServer::run)
    };
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new()
        .name("proxy".to_owned())
        .spawn(move || {
            System::new().block_on(async move {
                match server() {
                    Ok(server) => {
                        let _ = sender.send(Ok(server.handle()));
                        let _ = server.await;
                    }
                    Err(error) => drop(sender.send(Err(error))),
                }
            });
        })?;
    let handle = receiver.recv().context("the proxy's thread is gone")??;
    Ok((port, handle, thread))
}

/// Keeps the connection's socket at hand, for a reset.
fn connected(connection: &dyn Any, extensions: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        let socket = SockRef::from(stream);
        let _ = socket.set_tcp_nodelay(true);
        if let Ok(socket) = socket.try_clone() {
            extensions.insert(socket);
        }
    }
}

async fn handle(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
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
    let Some(fault) = state.rules.fault(&asked) else {
        return pass_on(&state, entry, &request, body).await;
    };
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
            answered(&state, entry, answer)
        }
        Fault::Postgrest { code } => {
            answered(&state, entry, json_answer(code.answer(&asked, known, None)))
        }
        Fault::CheckViolation { row_contains } => {
            let row = row_with(&row_contains, &body);
            let answer = PostgrestCode::CheckViolation.answer(&asked, known, row.as_ref());
            answered(&state, entry, json_answer(answer))
        }
        Fault::TimeoutAbove { .. } => {
            let answer = PostgrestCode::QueryCanceled.answer(&asked, known, None);
            answered(&state, entry, json_answer(answer))
        }
        Fault::GatewayHtml { code } => answered(&state, entry, gateway_page(code)),
        Fault::Unauthorized => answered(&state, entry, unknown_key()),
        Fault::Delay { milliseconds } => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            pass_on(&state, entry, &request, body).await
        }
        Fault::Hang => std::future::pending().await,
        Fault::Reset => {
            if let Some(socket) = request.conn_data::<Socket>() {
                let _ = socket.set_linger(Some(Duration::ZERO)); // closing it is then a reset
            }
            forward::lost()
        }
        Fault::Cut => match forward::send(&state, &request, body).await {
            Ok(upstream) => {
                state.log.answered(entry, upstream.status().as_u16());
                forward::cut(upstream).await
            }
            Err(error) => answered(&state, entry, unreachable_upstream(&error)),
        },
        Fault::CutAfterWrite => {
            if let Ok(upstream) = forward::send(&state, &request, body).await {
                let _ = upstream.bytes().await; // read to its end, so that the write is done
            }
            forward::lost()
        }
    }
}

async fn pass_on(state: &State, entry: Entry, request: &HttpRequest, body: Bytes) -> HttpResponse {
    let answer = match forward::send(state, request, body).await {
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
