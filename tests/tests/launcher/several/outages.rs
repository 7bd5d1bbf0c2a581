//! Redis is killed, frozen or emptied while launchers work together.

use std::time::{Duration, Instant};

use e2e::{Launcher, Stage, until, until_asked};
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::redis::Redis;

use super::world::{LONG_LEASE, ask, launchers, redis, together, until_free};
use crate::misbehaving::{Misbehaving, launcher};
use crate::processes::{alive_in_group, is_alive};

/// Long enough that a loaded machine renews it, and short enough to be waited for.
const LEASE: &str = "5";
/// Until it is decided that nothing can be decided.
const DECIDED: Duration = Duration::from_secs(3);

async fn assert_nothing_starts(launcher: &Launcher, school: &str) {
    let asked = Instant::now();
    let refused = launcher.refresh(school).await;
    let problem = refused.expect_problem(503, "coordinator_unavailable");
    let sentence = problem["detail"].as_str().expect("a sentence");
    assert!(sentence.contains("Nothing was started"), "{sentence}");
    assert!(refused.header("retry-after").is_some());
    assert!(asked.elapsed() < DECIDED, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn while_redis_is_frozen_nothing_new_starts_and_what_runs_may_finish() {
    let (stage, another) = (Stage::with_pupils([]).await, Stage::with_pupils([]).await);
    let redis = redis().await;
    let program = Misbehaving::like("waits");
    let one = together(launcher(&stage, &program), &redis, LONG_LEASE);
    let other = together(launcher(&stage, &program), &redis, LONG_LEASE);
    let (one, other) = (one.start().await, other.start().await);
    let run = one.start_refresh(&stage.knack_id).await;
    other.run_in_state(&run, &["running"]).await;
    program.pid().await;
    redis.pause().unwrap();

    assert_nothing_starts(&one, &another.knack_id).await;
    assert_nothing_starts(&other, &stage.knack_id).await;
    until_asked("it is not ready", async || {
        one.get("/readyz").await.status == 503
    })
    .await;
    // Its own run is known without Redis.
    assert_eq!(one.start_refresh(&stage.knack_id).await, run);
    program.may_finish();
    one.run_in_state(&run, &["succeeded"]).await;
    redis.resume().unwrap();

    other.run_in_state(&run, &["succeeded"]).await;
    until_free(&redis, &stage.id.to_string()).await;
    until_asked("it is ready", async || {
        one.get("/readyz").await.status == 200
    })
    .await;
    let next = other.refresh(&stage.knack_id).await;
    assert_eq!(next.expect_status(200)["joined"], false);
}

#[tokio::test]
async fn a_refresh_whose_lease_cannot_be_renewed_is_gone_before_another_can_begin() {
    let stage = Stage::with_pupils([]).await;
    let redis = redis().await;
    let program = Misbehaving::like("ignores TERM");
    let one = together(launcher(&stage, &program), &redis, LEASE)
        .env("LAUNCHER_STOP_GRACE_SECONDS", "600")
        .start()
        .await;
    let request = one.refresh_request(&stage.knack_id);
    let asked = tokio::spawn(request.send());
    let pid = program.pid().await;
    redis.pause().unwrap();
    let frozen = Instant::now();

    until("it is asked to end", || program.was_asked_to_end()).await;
    until("it is killed", || alive_in_group(pid).is_empty()).await;

    assert!(
        frozen.elapsed() < Duration::from_secs(5),
        "{:?}",
        frozen.elapsed()
    );
    let answer = asked.await.unwrap().expect("the connection is kept");
    assert_eq!(answer.status(), 503);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("coordinator_unavailable") && text.contains("Rows already saved are kept"),
        "{text}"
    );
    redis.resume().unwrap();
    program.now("behaves");
    until_free(&redis, &stage.id.to_string()).await;
    until_asked("the school is refreshed", async || {
        one.refresh(&stage.knack_id).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_became_anothers_costs_the_refresh_its_life() {
    let stage = Stage::with_pupils([]).await;
    let redis = redis().await;
    let program = Misbehaving::like("ignores TERM");
    let one = together(launcher(&stage, &program), &redis, LONG_LEASE)
        .env("LAUNCHER_STOP_GRACE_SECONDS", "600")
        .start()
        .await;
    let run = one.start_refresh(&stage.knack_id).await;
    let pid = program.pid().await;
    let lease = format!("vsync:lease:{}", stage.id);

    ask(
        &redis,
        &[
            "HSET",
            &lease,
            "run",
            "another",
            "fence",
            "9999999999999999",
        ],
    )
    .await;

    until("it is killed", || !is_alive(pid)).await;
    let ended = one.run_in_state(&run, &["failed"]).await;
    assert_eq!(ended["problem"]["code"], "coordinator_unavailable");
    let left = ask(&redis, &["HGET", &lease, "run"]).await;
    assert_eq!(left, redis::Value::BulkString(b"another".to_vec()));
}

#[tokio::test]
async fn a_redis_that_was_restarted_empty_is_told_what_runs_before_anyone_is_admitted() {
    let stage = Stage::with_class(2).await;
    let another = Stage::with_pupils([]).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let redis = redis().await;
    let [one, other] = launchers(&stage, &redis, LEASE).await;
    let run = one.start_refresh(&stage.knack_id).await;
    let mut events = other.events(&run).await;
    while events.next().await.expect("it goes on").data["state"] != "running" {}

    let redis = redis.restart_empty().await.unwrap();

    until_refused_as_settling(&other, &another.knack_id).await;
    until_asked("another school is admitted", async || {
        let request = other.refresh_request(&another.knack_id);
        let answer = other.send(request.header("Prefer", "respond-async")).await;
        answer.status == 202
    })
    .await;
    // The first one was never given to anybody else, and is followed on.
    assert_eq!(other.start_refresh(&stage.knack_id).await, run);
    stage.knack.clear_faults();
    other.delete(&run).await.expect_status(202);
    let end = events.rest().await.pop().expect("an end");
    assert_eq!(end.data["problem"]["code"], "cancelled");
    until_free(&redis, &stage.id.to_string()).await;
}

async fn until_refused_as_settling(launcher: &Launcher, school: &str) {
    until_asked("it says that it waits", async || {
        let refused = launcher.refresh(school).await;
        refused.expect_problem(503, "coordinator_unavailable");
        refused.body["detail"]
            .as_str()
            .expect("a sentence")
            .contains("first waits for refreshes that began before")
    })
    .await;
}

#[tokio::test]
async fn a_launcher_does_not_start_on_a_redis_that_may_remove_its_keys() {
    let stage = Stage::with_pupils([]).await;
    let redis = redis().await;
    ask(
        &redis,
        &["CONFIG", "SET", "maxmemory-policy", "volatile-lru"],
    )
    .await;
    let (code, log) = together(stage.launcher(), &redis, LEASE).refusal().await;
    assert_eq!(code, Some(78));
    assert!(
        log.contains("its maxmemory-policy is volatile-lru"),
        "{log}"
    );
    assert!(
        log.contains("Set its maxmemory-policy to noeviction"),
        "{log}"
    );
}

#[tokio::test]
async fn a_redis_that_does_not_say_its_policy_is_used_with_a_warning() {
    let stage = Stage::with_class(1).await;
    let redis = redis().await;
    ask(&redis, &["ACL", "SETUSER", "default", "-info", "-config"]).await;
    let one = together(stage.launcher(), &redis, LEASE).start().await;
    until("it warns", || {
        let log = one.log();
        log.iter()
            .any(|line| line.contains("does not say its maxmemory-policy"))
    })
    .await;
    one.refresh(&stage.knack_id).await.expect_status(200);
}

#[tokio::test]
async fn a_launcher_starts_without_its_redis_and_works_once_that_is_there() {
    let stage = Stage::with_class(1).await;
    let redis: Redis = redis().await;
    redis.pause().unwrap();
    let one = together(stage.launcher(), &redis, LEASE).start().await;
    assert_nothing_starts(&one, &stage.knack_id).await;
    redis.resume().unwrap();
    until_asked("it is ready", async || {
        one.get("/readyz").await.status == 200
    })
    .await;
    one.refresh(&stage.knack_id).await.expect_status(200);
}
