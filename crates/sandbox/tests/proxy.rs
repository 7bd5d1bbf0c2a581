//! The fault proxy: what it passes on, and every way in which it fails.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use sandbox::postgres::Cluster;
use sandbox::proxy::{CANARY_EMAIL, CANARY_NAME, Fault, PostgrestCode, Proxy, ProxyRule};
use sandbox::supabase::{Driver, Supabase, SupabaseOptions};
use serde_json::{Value, json};

/// Faults that forward nothing need nobody behind them.
fn alone() -> Proxy {
    Proxy::start("http://127.0.0.1:9").unwrap()
}

async fn supabase(database: &str) -> Supabase {
    let database = Cluster::shared()
        .await
        .unwrap()
        .database(database)
        .await
        .unwrap();
    Supabase::start(SupabaseOptions::new(Driver::Postgres {
        url: database.url().to_owned(),
    }))
    .await
    .unwrap()
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_gzip().build().unwrap()
}

fn post(proxy: &Proxy, table: &str, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{}/rest/v1/{table}", proxy.url()))
        .header("apikey", "sb_secret_x")
        .json(body)
}

async fn get(proxy: &Proxy, path: &str) -> reqwest::Result<Response> {
    client()
        .get(format!("{}/rest/v1/{path}", proxy.url()))
        .header("apikey", "sb_secret_x")
        .send()
        .await
}

fn schools(count: usize) -> Value {
    (0..count)
        .map(|number| json!({ "knack_id": format!("school-{number}"), "name": "Example School" }))
        .collect()
}

#[tokio::test]
async fn without_a_rule_everything_passes_unchanged_and_is_recorded() {
    let supabase = supabase("passes").await;
    let proxy = Proxy::start(supabase.url()).unwrap();
    let answer = client()
        .post(format!(
            "{}/rest/v1/establishments?on_conflict=knack_id",
            proxy.url()
        ))
        .header("apikey", supabase.secret_key())
        .header(
            "Prefer",
            "resolution=merge-duplicates,return=representation",
        )
        .json(&schools(3))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert!(
        answer.headers()["preference-applied"]
            .to_str()
            .unwrap()
            .contains("merge-duplicates")
    );
    assert_eq!(answer.json::<Vec<Value>>().await.unwrap().len(), 3);

    let direct = |base: &str, method: reqwest::Method| {
        client()
            .request(
                method,
                format!("{base}/rest/v1/establishments?select=knack_id&order=knack_id"),
            )
            .header("apikey", supabase.secret_key())
            .header("Prefer", "count=exact")
            .send()
    };
    for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
        let through = direct(proxy.url(), method.clone()).await.unwrap();
        let straight = direct(supabase.url(), method).await.unwrap();
        assert_eq!(through.status(), straight.status());
        assert_eq!(
            through.headers().get("content-range"),
            straight.headers().get("content-range")
        );
        assert_eq!(
            through.headers().get("content-type"),
            straight.headers().get("content-type")
        );
        assert_eq!(
            through.text().await.unwrap(),
            straight.text().await.unwrap()
        );
    }

    let seen = proxy.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].table()),
        ("POST", "establishments")
    );
    assert_eq!((seen[0].status, seen[0].rows), (Some(201), Some(3)));
    assert_eq!(seen[0].parameter("on_conflict"), Some("knack_id"));
    assert!(seen[0].apikey && !seen[0].authorization);
    assert_eq!(
        seen[0].prefer.as_deref(),
        Some("resolution=merge-duplicates,return=representation")
    );
    assert_eq!(seen[0].json().unwrap(), schools(3));
    assert_eq!(proxy.writes().len(), 1);
    proxy.forget();
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn postgrest_codes_come_with_their_status_and_body() {
    let proxy = alone();
    let cases = [
        (
            PostgrestCode::CheckViolation,
            400,
            "violates check constraint \"vespa_scores_vision_check\"",
        ),
        (
            PostgrestCode::UniqueViolation,
            409,
            "\"vespa_scores_student_id_cycle_academic_year_key\"",
        ),
        (
            PostgrestCode::CardinalityViolation,
            500,
            "cannot affect row a second time",
        ),
        (PostgrestCode::QueryCanceled, 500, "statement timeout"),
        (PostgrestCode::DeadlockDetected, 500, "deadlock detected"),
        (
            PostgrestCode::InsufficientPrivilege,
            403,
            "permission denied for table vespa_scores",
        ),
        (PostgrestCode::UndefinedTable, 404, "does not exist"),
        (
            PostgrestCode::DatabaseClientError,
            503,
            "Database client error",
        ),
        (PostgrestCode::SchemaCacheUnavailable, 503, "schema cache"),
        (PostgrestCode::PoolTimeout, 504, "connection pool"),
        (
            PostgrestCode::TableNotInSchemaCache,
            404,
            "'public.vespa_scores'",
        ),
        (PostgrestCode::InvalidToken, 401, "JWT"),
    ];
    for (code, status, message) in cases {
        proxy.inject(ProxyRule::new(Fault::Postgrest { code }).once());
        let answer = post(&proxy, "vespa_scores", &json!([{}]))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{code:?}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], code.as_str());
        assert!(
            body["message"].as_str().unwrap().contains(message),
            "{body}"
        );
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "details", "hint", "message"]);
    }
}

#[tokio::test]
async fn a_caller_without_a_secret_is_not_known() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::Postgrest {
        code: PostgrestCode::InsufficientPrivilege,
    }));
    let answer = client()
        .get(format!("{}/rest/v1/students", proxy.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refused_rows_quote_a_canary_pupil() {
    let proxy = alone();
    proxy.inject(
        ProxyRule::new(Fault::Postgrest {
            code: PostgrestCode::CheckViolation,
        })
        .once(),
    );
    proxy.inject(
        ProxyRule::new(Fault::Postgrest {
            code: PostgrestCode::UniqueViolation,
        })
        .once(),
    );
    let check = post(&proxy, "students", &json!([{}]))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        check.contains(CANARY_EMAIL) && check.contains(CANARY_NAME),
        "{check}"
    );
    let unique = post(&proxy, "students", &json!([{}]))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(unique.contains(CANARY_EMAIL), "{unique}");
}

#[tokio::test]
async fn a_rule_holds_only_for_the_requests_it_names() {
    let proxy = alone();
    let fault = Fault::Status {
        code: 418,
        body: json!("no"),
        headers: [("x-why".into(), "test".into())].into(),
    };
    proxy.inject(
        ProxyRule::new(fault)
            .on("POST", "students")
            .query("on_conflict=id")
            .body("ada")
            .min_rows(2)
            .nth(2)
            .once(),
    );
    let ask = async |table: &str, body: Value| post(&proxy, table, &body).send().await.unwrap();
    let pupils = || json!([{ "name": "ada" }, { "name": "bea" }]);

    let passed = StatusCode::BAD_GATEWAY; // nobody is behind the proxy
    assert_eq!(
        ask("vespa_scores?on_conflict=id", pupils()).await.status(),
        passed
    );
    assert_eq!(ask("students", pupils()).await.status(), passed);
    assert_eq!(
        ask("students?on_conflict=id", json!([{ "name": "ada" }]))
            .await
            .status(),
        passed
    );
    assert_eq!(
        ask("students?on_conflict=id", json!([{ "name": "bea" }, {}]))
            .await
            .status(),
        passed
    );
    assert_eq!(
        get(&proxy, "students?on_conflict=id")
            .await
            .unwrap()
            .status(),
        passed
    );
    assert_eq!(
        ask("students?on_conflict=id", pupils()).await.status(),
        passed
    ); // the first of two
    let answer = ask("students?on_conflict=id", pupils()).await;
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(answer.headers()["x-why"], "test");
    assert_eq!(answer.text().await.unwrap(), "no");
    assert_eq!(
        ask("students?on_conflict=id", pupils()).await.status(),
        passed
    ); // used up
}

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

    proxy.inject(ProxyRule::new(Fault::Delay { milliseconds: 150 }).once());
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
async fn a_bad_row_is_refused_in_any_batch_that_holds_it() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::CheckViolation {
        row_contains: "school-2".to_owned(),
    }));
    let ask = async |rows: &Value| post(&proxy, "establishments", rows).send().await.unwrap();
    let rows = schools(4);
    let answer = ask(&rows).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "23514");
    assert!(body["details"].as_str().unwrap().contains("school-2"));
    assert_eq!(
        ask(&json!([rows[2]])).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        ask(&json!([rows[0], rows[1], rows[3]])).await.status(),
        StatusCode::BAD_GATEWAY
    );
}

#[tokio::test]
async fn a_batch_above_the_limit_takes_too_long() {
    let proxy = alone();
    proxy.inject(ProxyRule::new(Fault::TimeoutAbove { rows: 2 }));
    let answer = post(&proxy, "students", &schools(3)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "57014");
    let answer = post(&proxy, "students", &schools(2)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn another_process_controls_it_over_http() {
    let proxy = alone();
    let faults = format!("{}/_sandbox/faults", proxy.url());
    let seen = format!("{}/_sandbox/seen", proxy.url());
    let rule = json!({
        "when": { "table": "students" },
        "times": 1,
        "fault": { "kind": "postgrest", "code": "57014" },
    });
    for _ in 0..2 {
        assert_eq!(
            client()
                .post(&faults)
                .json(&rule)
                .send()
                .await
                .unwrap()
                .status(),
            StatusCode::NO_CONTENT
        );
    }
    assert_eq!(
        get(&proxy, "students").await.unwrap().status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        client().delete(&faults).send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        get(&proxy, "students").await.unwrap().status(),
        StatusCode::BAD_GATEWAY
    );

    let requests: Vec<Value> = client()
        .get(&seen)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(requests.len(), 2, "the control requests are not among them");
    assert_eq!(requests[0]["status"], 500);
    client().delete(&seen).send().await.unwrap();
    assert!(proxy.seen().is_empty());

    let wrong = json!({ "fault": { "kind": "postgrest", "code": "00000" } });
    assert_eq!(
        client()
            .post(&faults)
            .json(&wrong)
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::BAD_REQUEST
    );
}
