//! A refresh that does not end, or is not let.

use e2e::{LauncherBuilder, until};

use crate::misbehaving::Scene;
use crate::processes::{self, Process};

/// Longer than any test: what happens in spite of it does not wait for it.
const FOR_EVER: &str = "600";

fn impatient(launcher: LauncherBuilder) -> LauncherBuilder {
    launcher
        .env("LAUNCHER_RUN_TIMEOUT_SECONDS", "2")
        .env("LAUNCHER_STOP_GRACE_SECONDS", "0.2")
}

async fn assert_stopped_at_its_deadline(behaviour: &str) {
    let scene = Scene::with(behaviour, impatient).await;

    let answer = scene.refresh().await;

    let problem = answer.expect_problem(504, "deadline");
    assert_eq!(problem["retryable"], true);
    let run = problem["runId"].as_str().expect("it names its run");
    let run = format!("/api/sync/runs/{run}");
    let now = scene.launcher.get(&run).await;
    assert_eq!(now.expect_status(200)["state"], "timed_out");
    scene.assert_no_process_is_left().await;
    // The school is free; how the next one ends is up to the machine, which may be slow.
    scene.program.now("behaves");
    assert_ne!(scene.start_refresh().await, run);
}

#[tokio::test]
async fn one_that_hangs_is_504_at_its_deadline() {
    assert_stopped_at_its_deadline("hangs").await;
}

#[tokio::test]
async fn one_that_ignores_term_is_504_and_killed() {
    assert_stopped_at_its_deadline("ignores TERM").await;
}

#[tokio::test]
async fn one_that_stops_itself_is_504_and_gone() {
    assert_stopped_at_its_deadline("stops itself").await;
}

#[tokio::test]
async fn one_that_closes_its_pipes_and_hangs_is_504() {
    assert_stopped_at_its_deadline("closes its pipes and hangs").await;
}

#[tokio::test]
async fn one_that_floods_stdout_without_end_is_504() {
    assert_stopped_at_its_deadline("floods stdout without end").await;
}

#[tokio::test]
async fn one_that_floods_stderr_without_end_is_504() {
    assert_stopped_at_its_deadline("floods stderr without end").await;
}

#[tokio::test]
async fn one_that_floods_both_without_end_is_504() {
    assert_stopped_at_its_deadline("floods both without end").await;
}

#[tokio::test]
async fn one_that_hangs_with_a_child_that_ignores_term_is_504_and_both_are_gone() {
    assert_stopped_at_its_deadline("hangs with a child that ignores TERM").await;
}

#[tokio::test]
async fn a_process_that_ends_when_told_to_is_not_killed() {
    let patient = |it: LauncherBuilder| it.env("LAUNCHER_STOP_GRACE_SECONDS", FOR_EVER);
    let scene = Scene::with("hangs", patient).await;
    let run = scene.start_refresh().await;
    scene.program.pid().await;

    scene.launcher.delete(&run).await.expect_status(202);

    scene.launcher.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(scene.metric("sync_killed_total").await, "0");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn a_suspended_process_is_told_to_end() {
    let patient = |it: LauncherBuilder| it.env("LAUNCHER_STOP_GRACE_SECONDS", FOR_EVER);
    let scene = Scene::with("stops itself", patient).await;
    let run = scene.start_refresh().await;
    let pid = scene.program.pid().await;
    until("it is stopped", || {
        Process::find(pid).is_some_and(|process| process.state == 'T')
    })
    .await;

    scene.launcher.delete(&run).await.expect_status(202);

    scene.launcher.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(scene.metric("sync_killed_total").await, "0");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn a_process_that_ignores_term_is_left_alone_for_the_grace() {
    let patient = |it: LauncherBuilder| it.env("LAUNCHER_STOP_GRACE_SECONDS", FOR_EVER);
    let scene = Scene::with("ignores TERM", patient).await;
    let run = scene.start_refresh().await;
    let pid = scene.program.pid().await;

    scene.launcher.delete(&run).await.expect_status(202);

    until("it is asked to end", || scene.program.was_asked_to_end()).await;
    assert!(processes::is_alive(pid));
    let run = scene.launcher.get(&run).await;
    assert_eq!(run.expect_status(200)["state"], "cancelling");
}

#[tokio::test]
async fn a_process_that_ignores_term_is_killed_after_the_grace() {
    let scene = Scene::with("ignores TERM", |launcher| {
        launcher.env("LAUNCHER_STOP_GRACE_SECONDS", "0.2")
    })
    .await;
    let run = scene.start_refresh().await;
    scene.program.pid().await;

    scene.launcher.delete(&run).await.expect_status(202);

    let run = scene.launcher.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(run["problem"]["code"], "cancelled");
    assert_eq!(scene.metric("sync_killed_total").await, "1");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn a_request_during_a_stop_gets_a_run_of_its_own() {
    let scene = Scene::with("ignores TERM", |launcher| {
        launcher.env("LAUNCHER_STOP_GRACE_SECONDS", "2")
    })
    .await;
    let stopped = scene.start_refresh().await;
    scene.program.pid().await;
    scene.launcher.delete(&stopped).await.expect_status(202);
    scene.program.now("behaves");

    let answer = scene.refresh().await;

    let body = answer.expect_status(200);
    assert_eq!(body["joined"], false);
    assert!(!stopped.ends_with(body["run_id"].as_str().unwrap()));
    let stopped = scene.launcher.get(&stopped).await;
    assert_eq!(stopped.expect_status(200)["state"], "cancelled");
}

#[tokio::test]
async fn a_request_during_a_long_stop_is_told_to_come_back() {
    let patient = |it: LauncherBuilder| it.env("LAUNCHER_STOP_GRACE_SECONDS", FOR_EVER);
    let scene = Scene::with("ignores TERM", patient).await;
    let run = scene.start_refresh().await;
    scene.program.pid().await;
    scene.launcher.delete(&run).await.expect_status(202);

    let answer = scene.refresh().await;

    let problem = answer.expect_problem(503, "busy");
    assert!(problem["retryAfterSeconds"].is_number());
    let run = scene.launcher.get(&run).await;
    assert_eq!(run.expect_status(200)["state"], "cancelling");
}
