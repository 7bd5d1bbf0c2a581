//! Answers of a real PostgREST, as they were recorded.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Recorded {
    case: String,
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    body: Value,
}

/// By case. The first entry says where they come from.
static ANSWERS: LazyLock<BTreeMap<String, Recorded>> = LazyLock::new(|| {
    let text = include_str!("../../testdata/postgrest-answers.json");
    let entries: Vec<Value> = serde_json::from_str(text).expect("the file is JSON");
    entries
        .into_iter()
        .filter_map(|entry| serde_json::from_value::<Recorded>(entry).ok())
        .map(|answer| (answer.case.clone(), answer))
        .collect()
});

/// Status, headers and body as recorded; 501 for a case that is not.
pub(super) fn answer(case: &str) -> HttpResponse {
    let Some(recorded) = ANSWERS.get(case) else {
        return HttpResponse::NotImplemented().body(format!("no such case: {case}"));
    };
    let status = recorded
        .status
        .and_then(|status| StatusCode::from_u16(status).ok());
    let mut answer = HttpResponse::build(status.unwrap_or(StatusCode::GATEWAY_TIMEOUT));
    for header in &recorded.headers {
        answer.insert_header((header.0.as_str(), header.1.as_str()));
    }
    match &recorded.body {
        Value::String(text) => answer.body(text.clone()),
        body => answer.body(body.to_string()),
    }
}
