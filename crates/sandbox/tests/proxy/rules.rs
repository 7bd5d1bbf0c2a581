//! Which requests a rule is about, and what is recorded of all.

use reqwest::StatusCode;
use sandbox::proxy::{Fault, Proxy, ProxyRule};
use serde_json::{Value, json};

use crate::support::{alone, client, get, post, schools, supabase};

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
            .from_nth(2)
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
async fn another_process_controls_it_over_http() {
    let proxy = alone();
    let faults = format!("{}/_sandbox/faults", proxy.url());
    let seen = format!("{}/_sandbox/seen", proxy.url());
    let rule = json!({
        "when": { "table": "students" },
        "times": 1,
        "fault": { "postgrest": { "code": "57014" } },
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

    let wrong = json!({ "fault": { "postgrest": { "code": "00000" } } });
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
