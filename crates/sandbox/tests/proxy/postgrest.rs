//! Answers in PostgREST's own words.

use reqwest::StatusCode;
use sandbox::proxy::{CANARY_EMAIL, CANARY_NAME, Fault, PostgrestCode, ProxyRule};
use serde_json::{Value, json};

use crate::support::{alone, client, post, schools};

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
