//! Answers that come late, cut, or not at all.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use sandbox::proxy::{Fault, Proxy, ProxyRule};
use serde_json::{Value, json};

use crate::support::{alone, client, get, schools, supabase};

#[tokio::test]
async fn gateways_answer_in_their_own_words() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::GatewayHtml { code: 520 }).once());
    proxy.inject(ProxyRule::new(Fault::Unauthorized).once());
    let page = get(&proxy, "students").await.unwrap();
    assert_eq!(page.status(), 520);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let answer = get(&proxy, "students").await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.json::<Value>().await.unwrap()["message"],
        "Invalid API key"
    );
}

#[tokio::test]
async fn a_reset_connection_gives_no_answer() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::Reset));
    let error = get(&proxy, "students").await.unwrap_err();
    let mut source: &dyn std::error::Error = &error;
    while let Some(deeper) = source.source() {
        source = deeper;
    }
    let kind = source
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind);
    assert_eq!(kind, Some(std::io::ErrorKind::ConnectionReset), "{error:?}");
    assert_eq!(proxy.seen()[0].status, None);
}

#[tokio::test]
async fn a_hanging_request_does_not_hold_up_the_others_or_the_end() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::Hang).on("GET", "students"));
    let hanging = client()
        .get(format!("{}/rest/v1/students", proxy.url()))
        .timeout(Duration::from_millis(200))
        .send()
        .await
        .unwrap_err();
    assert!(hanging.is_timeout());
    assert_eq!(
        get(&proxy, "vespa_scores").await.unwrap().status(),
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(proxy.seen()[0].status, None);
}

#[tokio::test]
async fn answers_are_cut_lost_and_late() {
    let supabase = supabase("cut").await;
    let proxy = Proxy::start(supabase.url()).unwrap();
    let ask = |method: reqwest::Method, body: &Value| {
        client()
            .request(
                method,
                format!("{}/rest/v1/establishments?select=name", proxy.url()),
            )
            .header("apikey", supabase.secret_key())
            .header("Prefer", "return=representation")
            .json(body)
            .send()
    };
    proxy.inject(
        ProxyRule::new(Fault::CutAfterWrite)
            .on("POST", "establishments")
            .once(),
    );
    ask(reqwest::Method::POST, &schools(5)).await.unwrap_err();
    let kept: Vec<Value> = ask(reqwest::Method::GET, &json!(null))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(kept.len(), 5, "the write was done all the same");

    proxy.inject(
        ProxyRule::new(Fault::Cut)
            .on("GET", "establishments")
            .once(),
    );
    let mut answer = ask(reqwest::Method::GET, &json!(null)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        answer
            .chunk()
            .await
            .unwrap()
            .unwrap()
            .starts_with(b"[{\"name\"")
    );
    answer.chunk().await.unwrap_err();

    proxy.inject(ProxyRule::new(Fault::Delay(Duration::from_millis(150))).once());
    let begin = Instant::now();
    assert_eq!(
        ask(reqwest::Method::GET, &json!(null))
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    assert!(begin.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn an_answer_has_the_date_it_is_told_to_have() {
    const DATE: &str = "Thu, 26 Nov 2026 12:00:00 GMT";
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::Dated(DATE.to_owned())).once());
    let dates = [
        get(&proxy, "students").await.unwrap(),
        get(&proxy, "students").await.unwrap(),
    ];
    assert_eq!(dates[0].headers()["date"], DATE);
    assert_ne!(dates[1].headers()["date"], DATE);
}
