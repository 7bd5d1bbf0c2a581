//! `POST /api/sync/refresh-establishment`, from the request to the rows.

use e2e::Stage;
use sandbox::knack::{Fault as KnackFault, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use tokio::process::Command;

#[tokio::test]
async fn a_refresh_answers_with_the_summary_in_the_original_shape() {
    let stage = Stage::with_class(3).await;
    stage.admit_answers(1..=3);
    let launcher = stage.launcher().start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(body["success"], true);
    assert_eq!(body["partial"], false);
    // Every field of the original summary, as it was, beside those that answers have added.
    let summary = &body["summary"];
    assert_eq!(summary["success"], true);
    let name = summary["establishment_name"].as_str();
    assert!(
        name.is_some_and(|name| name.starts_with("School ")),
        "{summary}"
    );
    for (count, expected) in [
        ("students_synced", 3),
        ("vespa_scores_synced", 3),
        ("comments_synced", 0),
        ("question_responses_synced", 96),
    ] {
        assert_eq!(summary[count].as_u64(), Some(expected), "{count}");
    }
    assert!(summary["duration_seconds"].is_f64(), "{summary}");
    let message = body["message"].as_str().unwrap();
    assert!(
        message.starts_with("Data refreshed successfully for School "),
        "{message}"
    );
    assert_eq!(stage.row_counts().await, [3, 3, 0]);
    let logs = stage.logs().await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["id"], body["run_id"]);
    assert_eq!(logs[0]["metadata"]["started_by"], "anybody");
}

/// The call that today's dashboard makes, with another host and school.
#[tokio::test]
async fn the_call_of_todays_dashboard_works_as_curl_sends_it() {
    let stage = Stage::with_class(2).await;
    let launcher = stage.launcher().start().await;
    let line = r#"curl -X POST https://vespa-dashboard.example/api/sync/refresh-establishment \
  -H "Content-Type: application/json" \
  -d '{"establishmentId":"61680fc13a0bfd001e8ca3ca"}'"#;
    let line = line
        .replace("https://vespa-dashboard.example", launcher.url())
        .replace("61680fc13a0bfd001e8ca3ca", &stage.knack_id);

    let output = Command::new("sh")
        .args(["-c", &line])
        .output()
        .await
        .unwrap();

    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["success"], true, "{body}");
    assert_eq!(body["summary"]["students_synced"], 2);
    assert!(body["summary"]["duration_seconds"].is_f64());
}

#[tokio::test]
async fn an_unknown_school_is_404_and_starts_nothing() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;

    let answer = launcher.refresh("ffffffffffffffffffffffff").await;

    answer.expect_problem(404, "establishment_not_found");
    assert!(
        !launcher
            .log()
            .iter()
            .any(|line| line.contains("a run starts"))
    );
    assert!(stage.knack.seen().is_empty());
}

#[tokio::test]
async fn all_spellings_of_a_school_are_one_school() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    launcher
        .refresh(&stage.knack_id.to_uppercase())
        .await
        .expect_status(200);

    for spelling in [
        stage.knack_id.clone(),
        stage.id.to_string(),
        stage.id.to_string().to_uppercase(),
    ] {
        let again = launcher.refresh(&spelling).await;
        again.expect_problem(429, "cooling_down");
        let status = launcher
            .get(&format!("/api/sync/status?establishmentId={spelling}"))
            .await;
        assert_eq!(
            status.expect_status(200)["establishmentId"],
            json!(stage.knack_id)
        );
    }
}

#[tokio::test]
async fn a_partial_refresh_is_200_and_says_so() {
    let stage = Stage::with_class(3).await;
    let row_contains = stage.email("p002");
    let refused = ProxyRule::new(Fault::CheckViolation { row_contains });
    stage.proxy.inject(refused.on("POST", "students"));
    let launcher = stage.launcher().start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(
        (&body["success"], &body["partial"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(body["summary"]["warnings"][0]["code"], "row_refused");
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("except"), "{message}");
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

#[tokio::test]
async fn a_failure_keeps_the_code_the_sentence_and_the_run_of_the_refresh() {
    let stage = Stage::with_class(1).await;
    let unauthorized = KnackFault::Status {
        code: 401,
        body: "canary of an answer".to_owned(),
    };
    stage.knack.inject(KnackRule::new(unauthorized));
    let launcher = stage.launcher().start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let problem = answer.expect_problem(502, "knack_refused");
    assert_eq!(problem["retryable"], false);
    let logs = stage.logs().await;
    assert_eq!(problem["runId"], logs[0]["id"]);
    assert_eq!(problem["message"], logs[0]["error_message"]);
    assert!(!answer.text.contains("canary"));
}
