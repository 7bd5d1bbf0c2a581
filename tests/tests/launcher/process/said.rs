//! What a refresh says: events reach those who follow it, all else the log at most, and secrets nobody.

use e2e::{Event, Stage};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

use crate::misbehaving::Scene;

/// The secrets that a refresh is given.
fn secrets(scene: &Scene) -> [String; 2] {
    [
        scene.stage.knack.api_key().to_owned(),
        scene.stage.secret_key().to_owned(),
    ]
}

/// The part of an event that depends on what the process said.
fn told(event: &Event) -> (String, Value) {
    let data = &event.data;
    (
        event.name.clone(),
        json!([data["state"], data["progress"], data["waiting"]]),
    )
}

#[tokio::test]
async fn only_events_of_the_protocol_reach_those_who_follow_and_only_what_they_say() {
    let scene = Scene::of("babbles").await;
    let run = scene.start_refresh().await;
    let id = run.rsplit('/').next().unwrap();

    let events = scene
        .launcher
        .events_after(&run, Some(&format!("{id}-0")))
        .await
        .rest()
        .await;

    let phase = |phase: &str| json!({ "phase": phase, "done": null, "total": null });
    let half = json!({ "phase": "fetching", "done": 1, "total": 2 });
    let waiting = json!({ "reason": "knack", "seconds": 0.5 });
    let expected = [
        ("state", json!(["running", null, null])),
        ("phase", json!(["running", phase("fetching"), null])),
        ("progress", json!(["running", half, null])),
        ("waiting", json!(["running", half, waiting])),
        ("phase", json!(["running", phase("finishing"), null])),
        ("end", json!(["succeeded", phase("finishing"), null])),
    ];
    let expected = expected.map(|(name, data)| (name.to_owned(), data));
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), expected);
    let all: String = events.iter().map(|event| event.data.to_string()).collect();
    assert!(!all.contains("FORGED"), "{all}");
    assert!(!scene.launcher.get(&run).await.text.contains("FORGED"));
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn text_that_is_not_an_event_is_logged_and_forges_no_line_of_the_log() {
    let scene = Scene::of("babbles").await;

    scene.refresh().await.expect_status(200);

    scene.runs_are_logged(1).await;
    let log = scene.launcher.log();
    assert!(log.concat().contains("FORGED: a line of text"), "{log:?}");
    for line in log {
        let line: Value = serde_json::from_str(&line).expect("every line of the log is JSON");
        assert!(line["message"].is_string(), "{line}");
        if line.to_string().contains("FORGED") {
            assert_eq!(line["target"], "refresh", "{line}");
        }
    }
}

#[tokio::test]
async fn what_the_refresh_logs_keeps_its_level_and_its_fields() {
    let stage = Stage::with_class(2).await;
    let row_contains = stage.email("p001");
    let refusal = ProxyRule::new(Fault::CheckViolation { row_contains });
    stage.proxy.inject(refusal.on("POST", "students"));
    let launcher = stage.launcher().start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let run_id = answer.expect_status(200)["run_id"].clone();
    let lines = launcher.log();
    let lines = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    let refused: Vec<Value> = lines
        .filter(|line: &Value| line["record"].is_string())
        .collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["level"], "WARN");
    assert_eq!(refused[0]["record"], stage.pupil(1).record_id);
    assert_eq!(refused[0]["target"], "refresh");
    assert_eq!(refused[0]["span"]["run_id"], run_id);
}

#[tokio::test]
async fn secrets_on_stderr_reach_neither_the_log_nor_those_who_follow() {
    let scene = Scene::of("tells secrets on stderr").await;
    let run = scene.start_refresh().await;

    let events = scene.launcher.events(&run).await.rest().await;

    scene.runs_are_logged(1).await;
    let log = scene.launcher.log().concat();
    assert!(log.contains("these were all my secrets"), "{log}");
    let events: String = events.iter().map(|event| event.data.to_string()).collect();
    for secret in secrets(&scene) {
        assert!(!log.contains(&secret), "{log}");
        assert!(!events.contains(&secret), "{events}");
    }
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn secrets_on_stdout_reach_neither_the_answer_nor_the_log() {
    let scene = Scene::of("tells secrets on stdout").await;

    let answer = scene.refresh().await;

    answer.expect_problem(502, "bad_cli_output");
    scene.runs_are_logged(1).await;
    let log = scene.launcher.log().concat();
    for secret in secrets(&scene) {
        assert!(!answer.text.contains(&secret), "{}", answer.text);
        assert!(!log.contains(&secret), "{log}");
    }
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn secrets_in_a_summary_reach_nobody_and_no_text_of_it_is_without_an_end() {
    for (behaviour, status) in [
        ("tells secrets in its failure", 502),
        ("tells secrets in its success", 200),
    ] {
        let scene = Scene::of(behaviour).await;
        let run = scene.start_refresh().await;

        let events = scene.launcher.events(&run).await.rest().await;
        let answer = scene.launcher.get(&run).await;
        let another = scene.refresh().await;

        assert_eq!(another.status, status, "{behaviour}");
        scene.runs_are_logged(2).await;
        let events: String = events.iter().map(|event| event.data.to_string()).collect();
        let log = scene.launcher.log().concat();
        for text in [&events, &answer.text, &another.text, &log] {
            for secret in secrets(&scene) {
                assert!(!text.contains(&secret), "{behaviour}: {text}");
            }
            assert!(!text.contains("ann@"), "{behaviour}: {text}");
        }
        for text in [&answer.text, &another.text] {
            assert!(text.contains("[secret]") && text.len() < 10_000, "{text}");
            assert!(!text.contains("\\r"), "{text}");
        }
        if status == 502 {
            assert_eq!(another.header("retry-after"), Some("86400"));
        }
        scene.assert_nothing_is_left().await;
    }
}
