//! One refresh of a school in five minutes, whoever asked for it and however often the launcher restarts.

use std::time::Instant;

use e2e::Stage;
use sandbox::knack::{Fault, Kind, KnackRule};

#[tokio::test]
async fn a_second_refresh_within_five_minutes_is_429_with_seconds_and_a_sentence() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let first = launcher.refresh(&stage.knack_id).await;
    let first = first.expect_status(200);

    let again = launcher.refresh(&stage.knack_id).await;

    let problem = again.expect_problem(429, "cooling_down");
    // What the first one has done can be looked at.
    assert_eq!(problem["runId"], first["run_id"]);
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!((240..=301).contains(&seconds), "{seconds}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("minute"), "{message}");
    assert_eq!(stage.logs().await.len(), 1);
}

#[tokio::test]
async fn a_restart_keeps_the_cooldown() {
    let stage = Stage::with_class(1).await;
    let before = stage.launcher().start().await;
    before.refresh(&stage.knack_id).await.expect_status(200);
    drop(before);

    let after = stage.launcher().start().await;

    let again = after.refresh(&stage.knack_id).await;
    again.expect_problem(429, "cooling_down");
}

#[tokio::test]
async fn a_refresh_from_a_shell_counts_as_well_and_a_dry_run_does_not() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    stage.refresh().arg("--dry-run").run().await.expect_code(0);
    assert_eq!(cooldown_seconds(&launcher, &stage).await, 0);

    stage.run().await.expect_code(0);

    assert!(cooldown_seconds(&launcher, &stage).await > 240);
    let again = launcher.refresh(&stage.knack_id).await;
    again.expect_problem(429, "cooling_down");
}

#[tokio::test]
async fn a_failure_cools_down_for_half_a_minute_and_a_cancellation_not_at_all() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["running"]).await;
    launcher.delete(&run).await.expect_status(202);
    launcher.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(cooldown_seconds(&launcher, &stage).await, 0);

    stage.knack.clear_faults();
    stage
        .knack
        .inject(KnackRule::new(Fault::Html).on(Kind::Page));
    let failed = launcher.refresh(&stage.knack_id).await;

    let problem = failed.expect_problem(502, "knack_unavailable");
    assert!(problem["runId"].is_string());
    let again = launcher.refresh(&stage.knack_id).await;
    let problem = again.expect_problem(429, "cooling_down");
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!(seconds <= 31, "{seconds}");
}

#[tokio::test]
async fn from_the_third_cancellation_on_a_school_cools_down_and_others_do_not() {
    let stage = Stage::with_class(1).await;
    let other = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    for n in 1..=3 {
        let run = launcher.start_refresh(&stage.knack_id).await;
        launcher.run_in_state(&run, &["running"]).await;
        launcher.delete(&run).await.expect_status(202);
        launcher.run_in_state(&run, &["cancelled"]).await;
        let seconds = cooldown_seconds(&launcher, &stage).await;
        assert_eq!(seconds > 0, n == 3, "{n}: {seconds}");
    }
    let asked = stage.knack.seen().len();

    let refused = launcher.refresh(&stage.knack_id).await;

    let problem = refused.expect_problem(429, "cooling_down");
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("cancelled several times"), "{message}");
    assert_eq!(stage.knack.seen().len(), asked);
    assert_eq!(cooldown_seconds(&launcher, &other).await, 0);
}

#[tokio::test]
async fn starting_and_cancelling_without_end_costs_knack_what_three_refreshes_cost() {
    const TRIES: usize = 276;
    let stage = Stage::with_class(1).await;
    let hang = KnackRule::new(Fault::Hang).on(Kind::Page);
    stage.knack.inject(hang);
    let launcher = stage
        .launcher()
        .env("LAUNCHER_REQUESTS_PER_MINUTE", "100000");
    let launcher = launcher.start().await;
    let began = Instant::now();
    let mut costs = Vec::new();
    for _ in 0..TRIES {
        let request = launcher.refresh_request(&stage.knack_id);
        let answer = launcher
            .send(request.header("Prefer", "respond-async"))
            .await;
        if answer.status == 202 {
            let run = answer.header("location").unwrap();
            launcher.run_in_state(run, &["running"]).await;
            launcher.delete(run).await.expect_status(202);
            launcher.run_in_state(run, &["cancelled"]).await;
            costs.push(stage.knack.seen().len());
        } else {
            answer.expect_problem(429, "cooling_down");
        }
    }

    // Another may begin each half minute, should all of this take so long.
    let more = usize::try_from(began.elapsed().as_secs() / 30).unwrap();
    assert!((3..=3 + more).contains(&costs.len()), "{costs:?}");
    // One school of one class is two requests, or three where the clock is asked for first.
    assert!(stage.knack.seen().len() <= 3 * costs.len(), "{costs:?}");
}

#[tokio::test]
async fn a_table_that_refuses_the_rows_is_a_failure_and_leaves_the_last_refresh_as_it_was() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=12);
    stage.run().await.expect_code(0);
    let an_hour_ago = "update sync_logs set started_at = started_at - interval '1 hour', \
                       completed_at = completed_at - interval '1 hour'";
    stage.db.change(an_hour_ago).await;
    let launcher = stage.launcher().start().await;
    let refreshed_at = status(&launcher, &stage).await["lastRefreshAt"].clone();
    assert!(refreshed_at.is_string());
    let new_column = "alter table students add column region text not null default 'x'; \
                      alter table students alter column region drop default";
    stage.db.change(new_column).await;
    stage.admit(13..=24);

    let failed = launcher.refresh(&stage.knack_id).await;

    let problem = failed.expect_problem(502, "supabase_refused");
    let message = problem["message"].as_str().unwrap();
    assert!(
        message.contains("column \"region\" must not be empty"),
        "{message}"
    );
    let status = status(&launcher, &stage).await;
    assert_eq!(status["lastRefreshAt"], refreshed_at);
    let path = format!("/api/establishments/{}/overview", stage.id);
    let overview = launcher.get(&path).await;
    let overview = overview.expect_status(200);
    assert_eq!(overview["lastRefreshAt"], refreshed_at);
    assert!(
        overview["lastFailureAt"].as_str() > refreshed_at.as_str(),
        "{overview}"
    );
    let seconds = status["cooldownSeconds"].as_u64().unwrap();
    assert!(seconds <= 30, "{seconds}");
    assert_eq!(stage.logs().await[1]["status"], "failed");
}

#[tokio::test]
async fn the_cooldown_can_be_set_and_two_launchers_share_it() {
    let stage = Stage::with_class(1).await;
    let eager = stage
        .launcher()
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;
    let usual = stage.launcher().start().await;
    eager.refresh(&stage.knack_id).await.expect_status(200);
    eager.refresh(&stage.knack_id).await.expect_status(200);

    let elsewhere = usual.refresh(&stage.knack_id).await;

    elsewhere.expect_problem(429, "cooling_down");
}

async fn cooldown_seconds(launcher: &e2e::Launcher, stage: &Stage) -> u64 {
    status(launcher, stage).await["cooldownSeconds"]
        .as_u64()
        .expect("it is a number")
}

async fn status(launcher: &e2e::Launcher, stage: &Stage) -> serde_json::Value {
    let path = format!("/api/sync/status?establishmentId={}", stage.knack_id);
    let status = launcher.get(&path).await;
    status.expect_status(200).clone()
}
