//! What the launcher reports about schools, against what the database holds.

use std::collections::BTreeMap;
use std::time::Instant;

use e2e::{Launcher, Stage};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

async fn status(launcher: &Launcher, stage: &Stage) -> Value {
    let path = format!("/api/sync/status?establishmentId={}", stage.knack_id);
    launcher.get(&path).await.expect_status(200).clone()
}

async fn overview(launcher: &Launcher, stage: &Stage) -> Value {
    let path = format!("/api/establishments/{}/overview", stage.id);
    launcher.get(&path).await.expect_status(200).clone()
}

#[tokio::test]
async fn a_school_that_was_never_refreshed_is_stale_and_has_no_usual_duration() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;

    let told = status(&launcher, &stage).await;

    assert_eq!(told["stale"], true);
    for nothing in ["lastRefreshAt", "usualDurationSeconds", "activeRun"] {
        assert_eq!(told[nothing], Value::Null, "{nothing}");
    }
    assert_eq!(told["cooldownSeconds"], 0);
    assert_eq!(told["establishmentUuid"], json!(stage.id));
    assert_eq!(told["academicYear"], json!(stage.year));
}

#[tokio::test]
async fn a_refresh_makes_it_fresh() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let body = launcher.refresh(&stage.knack_id).await.body;

    let told = status(&launcher, &stage).await;

    assert_eq!(told["stale"], false);
    let time = |member: &str| -> Timestamp {
        let text = told[member].as_str().expect("a time");
        text.parse().expect("a time")
    };
    let age = time("now").duration_since(time("lastRefreshAt"));
    assert!((0.0..60.0).contains(&age.as_secs_f64()), "{age}");
    let usual = told["usualDurationSeconds"].as_f64().unwrap();
    let took = body["summary"]["duration_seconds"].as_f64().unwrap();
    assert!((usual - took).abs() < 1.0, "{usual} {took}");
}

#[tokio::test]
async fn a_refresh_of_two_days_ago_is_stale_until_a_full_sync_is_logged() {
    let stage = Stage::builder().own_database().start([]).await;
    store_log(&stage, "establishment_refresh", 48).await;
    let launcher = stage.launcher().start().await;
    let told = status(&launcher, &stage).await;
    assert_eq!(
        (&told["stale"], &told["lastFullSyncAt"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(told["cooldownSeconds"], 0);

    store_log(&stage, "scheduled_sync", 7).await;

    let told = status(&launcher, &stage).await;
    assert_eq!(told["stale"], false);
    assert!(told["lastFullSyncAt"].as_str() > told["lastRefreshAt"].as_str());
    // The list of schools knows as much as each school's status.
    let list = launcher.get("/api/establishments").await.body;
    let school = &list["establishments"][0];
    assert_eq!(list["lastFullSyncAt"], told["lastFullSyncAt"]);
    assert_eq!(school["lastRefreshAt"], told["lastRefreshAt"]);
    let at = |told: &Value| -> Timestamp {
        let now = told["now"].as_str().expect("a time");
        now.parse().expect("a time")
    };
    assert!(at(&list) <= at(&status(&launcher, &stage).await));
}

#[tokio::test]
async fn a_success_counts_however_many_failures_came_after_it() {
    let stage = Stage::with_class(1).await;
    store_run(&stage, "completed", SignedDuration::from_secs(120)).await;
    for n in 0..25 {
        store_run(&stage, "failed", SignedDuration::from_secs(110 - n)).await;
    }
    let launcher = stage.launcher().start().await;

    let told = status(&launcher, &stage).await;

    assert_eq!(told["stale"], false);
    let seconds = told["cooldownSeconds"].as_u64().unwrap();
    assert!((60..=181).contains(&seconds), "{seconds}");
    let again = launcher.refresh(&stage.knack_id).await;
    again.expect_problem(429, "cooling_down");
}

/// A refresh of the school that ended so long ago.
async fn store_run(stage: &Stage, status: &str, ago: SignedDuration) {
    store(stage, "establishment_refresh", status, ago).await;
}

/// A run that completed so many hours ago.
async fn store_log(stage: &Stage, sync_type: &str, hours_ago: i64) {
    let ago = SignedDuration::from_hours(hours_ago);
    store(stage, sync_type, "completed", ago).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the launcher reads the same clock"
)]
async fn store(stage: &Stage, sync_type: &str, status: &str, ago: SignedDuration) {
    let ended = Timestamp::now() - ago;
    let row = json!({
        "sync_type": sync_type, "status": status, "started_at": ended, "completed_at": ended,
        "metadata": { "establishment_id": stage.id, "academic_year": stage.year },
    });
    stage.db.insert("sync_logs", &row).await;
}

#[tokio::test]
async fn an_active_run_is_part_of_the_status() {
    let stage = Stage::with_class(1).await;
    let hang = sandbox::knack::KnackRule::new(sandbox::knack::Fault::Hang);
    stage.knack.inject(hang.on(sandbox::knack::Kind::Page));
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["running"]).await;

    let told = status(&launcher, &stage).await;

    let id = told["activeRun"]["runId"].as_str().unwrap();
    assert!(run.ends_with(id));
    assert_eq!(told["activeRun"]["state"], "running");
    launcher.delete(&run).await.expect_status(202);
}

#[tokio::test]
async fn second_keys_between_the_tables_and_a_column_that_is_missing_hide_no_school() {
    let stage = Stage::builder().own_database().start([]).await;
    let change = "alter table vespa_scores add column student2 uuid references students (id); \
                  alter table student_comments add column student2 uuid references students (id); \
                  alter table establishments drop column use_standard_year";
    stage.db.change(change).await;
    let ann = stage
        .store_student("ann@keys.example.test", json!({}))
        .await;
    stage.store_scores(ann, 1, [7, 6, 5, 4, 3, 5], None).await;
    stage.store_comment(ann, 1, "goal", "Aim").await;
    let launcher = stage.launcher().start().await;

    let told = overview(&launcher, &stage).await;

    assert_eq!(told["students"], 1, "{told}");
    assert_eq!(told["comments"]["goal"], 1, "{told}");
    let schools = launcher.get("/api/establishments").await;
    let listed = schools.expect_status(200)["establishments"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(
        status(&launcher, &stage).await["academicYear"],
        json!(stage.year)
    );
}

#[tokio::test]
async fn a_database_that_is_down_is_said_and_nothing_is_started() {
    let stage = Stage::with_class(1).await;
    let launcher = stage
        .launcher()
        .env("SUPABASE_TIMEOUT_SECONDS", "0.5")
        .start()
        .await;
    stage.proxy.inject(sandbox::proxy::ProxyRule::new(
        sandbox::proxy::Fault::Status {
            code: 503,
            body: Value::Null,
            headers: BTreeMap::new(),
        },
    ));

    let answer = launcher.refresh(&stage.knack_id).await;

    answer.expect_problem(503, "dashboard_unavailable");
    assert!(stage.knack.seen().is_empty());
}

#[tokio::test]
async fn an_odd_row_among_the_schools_hides_none_of_the_others() {
    let stage = Stage::builder().own_database().start([]).await;
    let odd = json!({ "knack_id": "legacy-import-7", "name": "Made by hand" });
    stage.db.insert("establishments", &odd).await;
    let launcher = stage.launcher().start().await;

    let list = launcher.get("/api/establishments").await;

    let schools = list.expect_status(200)["establishments"]
        .as_array()
        .unwrap();
    assert_eq!(schools.len(), 1, "{schools:?}");
    assert_eq!(schools[0]["establishmentId"], json!(stage.knack_id));
}

#[tokio::test]
async fn callers_of_one_school_do_not_wait_behind_one_another_for_a_database_that_hangs() {
    let stage = Stage::with_class(1).await;
    let launcher = stage
        .launcher()
        .env("SUPABASE_TIMEOUT_SECONDS", "2")
        .start()
        .await;
    status(&launcher, &stage).await;
    let hang = sandbox::proxy::ProxyRule::new(sandbox::proxy::Fault::Hang);
    stage.proxy.inject(hang.on("GET", "sync_logs"));

    let refused = (0..6).map(|_| launcher.refresh(&stage.knack_id));
    let started = Instant::now();
    let refused = futures_util::future::join_all(refused).await;

    for answer in &refused {
        answer.expect_problem(503, "dashboard_unavailable");
    }
    // One after the other, they would take a minute.
    assert!(started.elapsed().as_secs() < 40, "{:?}", started.elapsed());
}
