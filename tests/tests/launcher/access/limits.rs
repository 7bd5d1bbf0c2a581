//! How often one caller may ask, and who sees the figures.

use std::time::Instant;

use e2e::Stage;
use tokio::task::JoinSet;

use super::world::{OF_A, OF_B, World, status_of};

#[tokio::test]
async fn a_caller_who_asks_too_often_waits_and_others_do_not() {
    const PER_MINUTE: u64 = 3;
    const REFILL_SECONDS: u64 = 60 / PER_MINUTE;
    let world = World::new().await;
    let launcher = world
        .builder()
        .env("LAUNCHER_REQUESTS_PER_MINUTE", PER_MINUTE.to_string())
        .start()
        .await;
    let asker = launcher.with_token(OF_A);
    let path = status_of(&world.a.knack_id);

    let started = Instant::now();
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let request = asker.request(reqwest::Method::GET, &path);
        requests.spawn(async move { request.send().await.map(|it| it.status().as_u16()) });
    }
    let statuses = requests.join_all().await;
    let took = started.elapsed().as_secs();

    let count = |status| {
        let same = statuses
            .iter()
            .filter(|it| it.as_ref().is_ok_and(|it| *it == status));
        same.count() as u64
    };
    assert_eq!(count(200) + count(429), 12);
    assert!(count(200) >= PER_MINUTE);
    assert!(count(200) <= PER_MINUTE + took / REFILL_SECONDS + 1);

    // On a slow machine, one more may be allowed by now.
    let refused = loop {
        let answer = asker.start_refresh(&world.other.knack_id).await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect_problem(403, "not_allowed");
    };
    let problem = refused.expect_problem(429, "too_many_requests");
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!((1..=REFILL_SECONDS + 1).contains(&seconds), "{seconds}");

    let other = launcher.with_token(OF_B);
    let status = other.get(&status_of(&world.b.knack_id)).await;
    status.expect_status(200);
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn figures_are_for_this_machine_itself() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let seen = launcher.get("/metrics").await;
    seen.expect_status(200);
    assert!(seen.text.contains("sync_runs_active 0"), "{}", seen.text);

    // What comes through a proxy of this machine, or from a page of another site, comes from elsewhere.
    for (name, value) in [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=203.0.113.9"),
        ("Host", "rebound.example"),
    ] {
        let asker = launcher.nobody().header(name, value);
        let refused = asker.get("/metrics").await;
        refused.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn figures_with_a_token_are_for_who_has_it() {
    let world = World::new().await;
    let launcher = world
        .builder()
        .env("LAUNCHER_METRICS_TOKEN", "metrics-canary")
        .start()
        .await;
    for asker in [
        launcher.nobody(),
        launcher.with_token(""),
        launcher.with_token("metrics-canar"),
        launcher.with_token("metrics-canary2"),
        launcher.with_token(OF_A),
    ] {
        let refused = asker.get("/metrics").await;
        refused.expect_problem(401, "unauthenticated");
    }
    let scraper = launcher
        .with_token("metrics-canary")
        .header("X-Forwarded-For", "203.0.113.9");
    scraper.get("/metrics").await.expect_status(200);
    // The scheme is read as it is everywhere else, and its name has no case.
    let other_case = launcher
        .nobody()
        .header("Authorization", "bearer  metrics-canary");
    other_case.get("/metrics").await.expect_status(200);
    let status = scraper.get(&status_of(&world.a.knack_id)).await;
    status.expect_problem(401, "unauthenticated");
    assert!(!launcher.whole_log().await.contains("canary"));
}
