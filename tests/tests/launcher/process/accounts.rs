//! What a process says of itself is believed only where its exit status agrees and all of it is about this run.

use e2e::until;

use crate::misbehaving::Scene;

async fn assert_all(behaviours: &[&str], code: &str) {
    let scene = Scene::of("behaves").await;
    for behaviour in behaviours {
        scene.program.now(behaviour);
        let answer = scene.refresh().await;
        assert_eq!(answer.status, 502, "{behaviour}: {}", answer.text);
        assert_eq!(answer.body["code"], code, "{behaviour}: {}", answer.text);
        let problem = answer.expect_problem(502, code);
        let run = problem["runId"].as_str().expect("it names its run");

        let run = scene.launcher.get(&format!("/api/sync/runs/{run}")).await;
        let run = run.expect_status(200);
        assert_eq!(run["state"], "failed", "{behaviour}");
        assert_eq!(run["problem"]["code"], code, "{behaviour}");
        assert!(run["summary"].is_null(), "{behaviour}: {run}");
        scene.assert_nothing_is_left().await;
    }
}

#[tokio::test]
async fn a_summary_that_the_exit_status_contradicts_is_not_believed() {
    assert_all(
        &["says nothing", "says failure, ends with 0"],
        "bad_cli_output",
    )
    .await;
}

#[tokio::test]
async fn what_is_not_one_summary_and_nothing_else_is_not_believed() {
    assert_all(
        &[
            "says it twice",
            "says something before",
            "says something after",
            "says half of it",
            "says it in a list",
            "says what is no text",
            "adds a field",
            "leaves a field out",
            "counts in words",
            "counts below nothing",
        ],
        "bad_cli_output",
    )
    .await;
}

#[tokio::test]
async fn an_end_by_a_signal_is_a_crash_whatever_was_said_before() {
    assert_all(
        &["crashes", "crashes after its summary", "is killed"],
        "sync_crashed",
    )
    .await;
}

#[tokio::test]
async fn a_crash_is_worth_another_try_and_the_log_names_its_signal() {
    for (behaviour, signal) in [("crashes", 11), ("is killed", 9)] {
        let scene = Scene::of(behaviour).await;
        let answer = scene.refresh().await;
        answer.expect_problem(502, "sync_crashed");
        // What ended it may be over, so it is worth one more try.
        assert_eq!(answer.body["retryable"], true, "{}", answer.text);
        assert_eq!(answer.header("retry-after"), Some("30"));
        let is_killed = answer.text.contains("too little memory");
        assert_eq!(is_killed, signal == 9, "{}", answer.text);
        let named = format!("\"signal\":{signal}");
        until("the log names it", || {
            let log = scene.launcher.log();
            log.iter().any(|line| line.contains(&named))
        })
        .await;
    }
}

#[tokio::test]
async fn a_failure_that_the_exit_status_confirms_is_reported_as_it_is() {
    let scene = Scene::of("fails and says so").await;

    let answer = scene.refresh().await;

    let problem = answer.expect_problem(502, "knack_unavailable");
    assert_eq!(
        problem["detail"],
        "Knack does not answer. Nothing was changed."
    );
    assert_eq!(problem["retryable"], true);
    scene.assert_nothing_is_left().await;
}
