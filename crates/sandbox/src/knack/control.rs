//! `/_sandbox/`: what [`Knack`](super::Knack) offers, for other processes. Neither limited nor recorded.

use actix_web::{HttpResponse, http::Method};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{rule::KnackRule, sign_in, simulator::Simulator};

/// Answers a request whose path begins with `/_sandbox/`; `path` is what follows.
pub(super) fn answer(
    method: &Method,
    path: &str,
    payload: &[u8],
    simulator: &Simulator,
) -> HttpResponse {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["faults"]) => with_each(payload, |rule: KnackRule| simulator.rules.add(rule)),
        ("DELETE", ["faults"]) => {
            simulator.rules.clear();
            done()
        }
        ("GET", ["seen"]) => HttpResponse::Ok().json(simulator.log().seen()),
        ("DELETE", ["seen"]) => {
            simulator.log().clear();
            done()
        }
        ("GET", ["busiest-second"]) => {
            HttpResponse::Ok().json(json!({"requests": simulator.log().busiest_second()}))
        }
        ("GET", ["records", object]) => {
            let rows = simulator.store().rows(object);
            HttpResponse::Ok().json(rows.iter().map(|row| row.record()).collect::<Vec<_>>())
        }
        ("PUT", ["records", object]) => with_each(payload, |record: Value| {
            simulator.store().put(object, record);
        }),
        ("DELETE", ["records", object, id]) => {
            simulator.store().remove(object, id);
            done()
        }
        ("POST", ["sessions"]) => open_session(payload, simulator),
        ("DELETE", ["sessions"]) => with_each(payload, |Expired { token }| {
            simulator.sessions().expire(&token);
        }),
        _ => HttpResponse::NotFound()
            .json(json!({"message": format!("the sandbox has no {method} {path}")})),
    }
}

/// A user to sign in, without their password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    email: String,
}

/// A session to end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expired {
    token: String,
}

fn open_session(payload: &[u8], simulator: &Simulator) -> HttpResponse {
    match serde_json::from_slice(payload) {
        Ok(Who { email }) => match sign_in::open(&email, simulator) {
            Some(token) => HttpResponse::Ok().json(json!({"token": token})),
            None => HttpResponse::NotFound().json(json!({"message": "nobody has this address"})),
        },
        Err(error) => HttpResponse::BadRequest().json(json!({"message": error.to_string()})),
    }
}

/// Does something with the one item of a body, or with each of a list.
fn with_each<T: DeserializeOwned>(payload: &[u8], act: impl FnMut(T)) -> HttpResponse {
    let items = serde_json::from_slice(payload).and_then(|body: Value| match body {
        Value::Array(items) => items.into_iter().map(serde_json::from_value).collect(),
        item => Ok(vec![serde_json::from_value(item)?]),
    });
    match items {
        Ok(items) => {
            let items: Vec<T> = items;
            items.into_iter().for_each(act);
            done()
        }
        Err(error) => HttpResponse::BadRequest().json(json!({"message": error.to_string()})),
    }
}

fn done() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
