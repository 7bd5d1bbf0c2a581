//! What cron sends: nothing after a success, and after each kind of failure exactly one sentence that says how many schools it
//! is about and where to look.

use std::collections::BTreeMap;

use e2e::{Run, postgrest_error, to_bad_pupils};
use sandbox::knack::{Fault, KnackRule};
use sandbox::proxy::{Fault as ProxyFault, ProxyRule};
use serde_json::Value;

use super::world::{Fleet, assert_one_sentence, command, ended, run};
use crate::misbehaving::{Misbehaving, launcher};

const QUIET: &str = "refresh --all --quiet --retries 0 --patience 1";

#[tokio::test]
async fn a_success_sends_nothing() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    for _ in 0..2 {
        let refreshed = run(&launcher, QUIET).await;
        assert_eq!(refreshed.code, Some(0), "{refreshed:?}");
        assert_eq!((&*refreshed.stdout, &*refreshed.stderr), ("", ""));
    }
}

#[tokio::test]
async fn a_school_that_knack_fails_sends_one_sentence_and_the_others_are_refreshed() {
    for (fault, code, named) in [
        (Fault::DailyCapReached, 5, "knack_refused"),
        (Fault::Reset, 6, "knack_unavailable"),
    ] {
        let fleet = Fleet::of(3).await;
        let rule = KnackRule::new(fault).query(&fleet.ids[1]);
        fleet.stage.knack.inject(rule);
        let launcher = fleet.launcher().start().await;

        let refreshed = run(&launcher, QUIET).await;

        let says = ["1 of 3 schools", "Branch 1", named, "runs --failed"];
        assert_one_sentence(&refreshed, code, &says);
        let metrics = launcher.get("/metrics").await.text;
        let succeeded = "sync_runs_total{state=\"succeeded\"} 2";
        assert!(metrics.contains(succeeded), "{metrics}");
    }
}

#[tokio::test]
async fn each_way_in_which_a_refresh_can_end_badly_sends_one_sentence() {
    for (behaviour, code, named) in [
        ("fails and says so", 6, "knack_unavailable"),
        ("crashes", 70, "sync_crashed"),
        ("says nothing", 70, "bad_cli_output"),
    ] {
        let fleet = Fleet::of(2).await;
        let program = Misbehaving::like(behaviour);
        let launcher = fleet.with_token(launcher(&fleet.stage, &program));
        let launcher = launcher.start().await;

        let refreshed = run(&launcher, QUIET).await;

        assert_one_sentence(&refreshed, code, &["2 of 2 schools not refreshed", named]);
    }
}

#[tokio::test]
async fn rows_that_were_refused_send_one_sentence() {
    let fleet = Fleet::of(2).await;
    let stage = &fleet.stage;
    let bad = stage.record(stage.bad_pupil(3));
    stage.knack.put("object_10", bad);
    let refused = postgrest_error(400, "23514", "new row violates a check");
    stage.proxy.inject(to_bad_pupils(refused));
    let launcher = fleet.launcher().start().await;

    let refreshed = run(&launcher, QUIET).await;

    let says = ["1 of 2 schools refreshed only in part", "runs --failed"];
    assert_one_sentence(&refreshed, 9, &says);
}

#[tokio::test]
async fn a_launcher_that_is_away_or_unwilling_sends_one_sentence() {
    let fleet = Fleet::of(1).await;
    let launcher = fleet
        .launcher()
        .env("SUPABASE_TIMEOUT_SECONDS", "0.5")
        .start()
        .await;
    let url = launcher.url().to_owned();
    let refresh = async |url: &str, name: &str, value: &str| -> Run {
        let mut command = command(url, QUIET);
        command.env(name, value);
        ended(command.spawn().unwrap()).await
    };

    let refused = refresh(&url, "LAUNCHER_TOKEN", "vsr_of_nobody").await;
    assert_one_sentence(&refused, 77, &["no school was refreshed", "token"]);
    let elsewhere = refresh(&fleet.stage.knack.origin(), "TZ", "UTC").await;
    assert_one_sentence(&elsewhere, 76, &["no launcher", "LAUNCHER_URL"]);
    let plain = refresh("http://refresh.school.example", "TZ", "UTC").await;
    assert_one_sentence(&plain, 78, &["LAUNCHER_URL must begin with https://"]);
    fleet.stage.proxy.inject(ProxyRule::new(ProxyFault::Status {
        code: 503,
        body: Value::Null,
        headers: BTreeMap::new(),
    }));
    let without_database = refresh(&url, "TZ", "UTC").await;
    assert_one_sentence(&without_database, 75, &["database is not responding"]);
    drop(launcher);
    let away = refresh(&url, "TZ", "UTC").await;
    assert_one_sentence(&away, 75, &["does not respond", "LAUNCHER_URL"]);
}

#[tokio::test]
async fn an_id_of_no_school_sends_one_sentence() {
    let fleet = Fleet::of(1).await;
    let launcher = fleet.launcher().start().await;
    let unknown = "0123456789abcdef01234567";
    let line = format!("refresh --quiet --school {} {unknown}", fleet.ids[0]);

    let refreshed = run(&launcher, &line).await;

    let says = ["1 of 2 schools", unknown, "establishment_not_found"];
    assert_one_sentence(&refreshed, 4, &says);
    assert_eq!(fleet.stage.logs().await.len(), 1);
}
