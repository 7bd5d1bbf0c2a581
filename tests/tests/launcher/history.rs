//! `GET /api/sync/runs`: the last runs of a school, from wherever they were started.

use e2e::{Launcher, Stage};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "the launcher reads the same clock"
)]
fn from_now(seconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(seconds)
}

fn list_of(school: &str) -> String {
    format!("/api/sync/runs?establishmentId={school}")
}

async fn runs(launcher: &Launcher, stage: &Stage) -> Vec<Value> {
    let answer = launcher.get(&list_of(&stage.knack_id)).await;
    let runs = answer.expect_status(200)["runs"].as_array();
    runs.expect("a list").clone()
}

fn members(runs: &[Value], names: [&str; 3]) -> Vec<[Value; 3]> {
    let of = |run: &Value| names.map(|name| run[name].clone());
    runs.iter().map(of).collect()
}

/// A row that someone has written.
async fn store(stage: &Stage, columns: Value) {
    let mut row = json!({"sync_type": "establishment_refresh", "status": "completed",
                         "started_at": from_now(-60), "completed_at": from_now(-50),
                         "metadata": {"establishment_id": stage.id}});
    let changes = columns.as_object().expect("columns").clone();
    row.as_object_mut().expect("a row").extend(changes);
    stage.db.insert("sync_logs", &row).await;
}

#[tokio::test]
async fn a_schools_list_holds_its_refreshes_from_everywhere_and_the_jobs_of_all_schools() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=2);
    let nightly = json!({"sync_type": "scheduled_sync", "started_at": from_now(-9_000), "completed_at": from_now(-8_000),
                         "metadata": {"summary": {"students": {"inserted": 9, "updated": 0, "unchanged": 0}}}});
    store(&stage, nightly).await;
    store(&stage, json!({"sync_type": "national_stats_calculation"})).await;
    store(
        &stage,
        json!({"metadata": {"establishment_id": uuid::Uuid::nil()}}),
    )
    .await;
    stage.run().await.expect_code(0);
    let odd = stage.record(stage.pupil(3).email("no address"));
    stage.knack.put("object_10", odd);
    let launcher = stage
        .launcher()
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;
    let refreshed = launcher.refresh(&stage.knack_id).await;
    let run_id = refreshed.expect_status(200)["run_id"].clone();
    let begun = json!({"status": "started", "started_at": from_now(-3_600), "completed_at": null});
    store(&stage, begun).await;

    stage.proxy.forget();
    let runs = runs(&launcher, &stage).await;

    assert_eq!(stage.proxy.seen().len(), 1, "one request to Supabase");
    let null = Value::Null;
    assert_eq!(
        members(&runs, ["source", "outcome", "startedBy"]),
        [
            [json!("button"), json!("succeeded"), json!("anybody")],
            [json!("cron"), json!("succeeded"), null.clone()],
            [json!("cron"), json!("unfinished"), null.clone()],
            [json!("nightly"), json!("succeeded"), null],
        ]
    );
    let [button, cron, begun, nightly] = runs.as_slice() else {
        panic!("{runs:?}");
    };
    assert_eq!(button["runId"], run_id);
    assert_eq!(button["changes"]["students"]["unchanged"], 2);
    assert_eq!(
        button["skipped"],
        json!([{"reason": "missing_email", "count": 1}])
    );
    assert_eq!(cron["changes"]["students"]["inserted"], 2);
    assert_eq!(cron["academicYear"], json!(stage.year));
    assert!(cron["durationSeconds"].as_f64() > Some(0.0), "{cron}");
    for without in [begun, nightly] {
        assert_eq!(without["changes"], Value::Null, "{without}");
    }
    let took = nightly["durationSeconds"].as_f64().map(f64::round);
    assert_eq!(took, Some(1_000.0));
}

#[tokio::test]
async fn a_list_holds_the_twenty_newest_runs_and_none_of_the_future() {
    let stage = Stage::builder().own_database().start([]).await;
    for n in 1..=25_i64 {
        let at = from_now(-100 * n);
        let by = json!({"establishment_id": stage.id, "started_by": format!("number {n}")});
        store(
            &stage,
            json!({"started_at": at, "completed_at": at, "metadata": by}),
        )
        .await;
        let ahead = from_now(1_000 * n);
        store(&stage, json!({"started_at": ahead, "completed_at": ahead})).await;
    }
    let launcher = stage.launcher().start().await;

    let runs = runs(&launcher, &stage).await;

    let names: Vec<&Value> = runs.iter().map(|run| &run["startedBy"]).collect();
    let expected: Vec<Value> = (1..=20).map(|n| json!(format!("number {n}"))).collect();
    assert_eq!(names, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_others_wrote_into_a_row_is_cut_short_and_costs_no_other_row() {
    let stage = Stage::builder().own_database().start([]).await;
    let long = "x".repeat(10_000);
    for (n, columns) in [
        json!({"metadata": {"establishment_id": stage.id, "started_by": "ann@example.test"}}),
        json!({"metadata": {"establishment_id": stage.id, "summary": "none"}, "error_message": long}),
        json!({"metadata": {"establishment_id": stage.id, "summary": {"skipped": {"canary": 1}}}}),
        json!({"status": "canary"}),
        json!({"completed_at": "infinity"}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut columns = columns;
        columns["started_at"] = json!(from_now(-60 - i64::try_from(n).unwrap()));
        store(&stage, columns).await;
    }
    let launcher = stage.launcher().start().await;

    let answer = launcher.get(&list_of(&stage.knack_id)).await;

    let runs = answer.expect_status(200)["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4, "{}", answer.text);
    assert_eq!(runs[0]["startedBy"], "[masked]");
    assert_eq!(runs[1]["message"].as_str().map(str::len), Some(500));
    for foreign in ["canary", "example.test"] {
        assert!(!answer.text.contains(foreign), "{}", answer.text);
    }
}

/// Whoever may write to the table may write anything that it takes.
#[tokio::test]
async fn hostile_rows_are_shown_short_and_plain_and_cost_no_other_row() {
    let stage = Stage::builder().own_database().start([]).await;
    let hostile = "<script>alert(1)</script> \u{202e}deliaf\u{1b}[31m";
    let by = |n: usize| format!("{hostile} {n}");
    let counts = json!({"students": {"inserted": -5, "updated": -1, "unchanged": -2}, "duration_seconds": -3,
                        "skipped": {"missing_email": -7, "<b>": 1}, "partial": "yes"});
    let of = |changes: Value| {
        let mut metadata = json!({"establishment_id": stage.id, "started_by": by(1)});
        let members = changes.as_object().expect("members").clone();
        metadata.as_object_mut().expect("an object").extend(members);
        metadata
    };
    for (n, columns) in [
        json!({"status": "failed", "error_message": hostile, "metadata": of(json!({}))}),
        json!({"metadata": of(json!({"summary": counts}))}),
        json!({"completed_at": from_now(9_000_000), "metadata": of(json!({}))}),
        json!({"status": "<b>", "metadata": of(json!({}))}),
        json!({"started_at": from_now(9_000_000), "metadata": of(json!({}))}),
        json!({"error_message": "y".repeat(1_000_000), "metadata": of(json!({"pad": "x".repeat(1_000_000)}))}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut columns = columns;
        if columns.get("started_at").is_none() {
            columns["started_at"] = json!(from_now(-60 - i64::try_from(n).unwrap()));
        }
        store(&stage, columns).await;
    }
    let launcher = stage.launcher().start().await;

    let answer = launcher.get(&list_of(&stage.knack_id)).await;

    let runs = answer.expect_status(200)["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4, "{}", answer.text);
    assert_eq!(runs[0]["message"], "<script>alert(1)</script> deliaf[31m");
    assert_eq!(runs[1]["skipped"], json!([]));
    assert_eq!(runs[1]["changes"]["students"]["inserted"], 0);
    assert_eq!(runs[1]["outcome"], "succeeded");
    assert_eq!(runs[2]["finishedAt"], Value::Null);
    assert_eq!(runs[3]["message"].as_str().map(str::len), Some(500));
    assert!(answer.text.len() < 5_000, "{}", answer.text.len());
}

#[tokio::test]
async fn rows_too_large_to_be_read_together_are_read_alone_and_one_too_large_for_that_is_left_out()
{
    let stage = Stage::builder().own_database().start([]).await;
    for (n, megabytes) in [(1, 1), (2, 66), (3, 1)] {
        let by = json!({"establishment_id": stage.id, "started_by": format!("number {n}"),
                        "pad": "x".repeat(megabytes * 1_000_000)});
        let at = from_now(-100 * n);
        store(
            &stage,
            json!({"started_at": at, "completed_at": at, "metadata": by}),
        )
        .await;
    }
    let launcher = stage.launcher().start().await;

    let runs = runs(&launcher, &stage).await;

    let names: Vec<&Value> = runs.iter().map(|run| &run["startedBy"]).collect();
    assert_eq!(names, ["number 1", "number 3"]);
}

#[tokio::test]
async fn while_supabase_is_down_the_list_is_a_problem_that_passes() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    launcher
        .get(&list_of(&stage.knack_id))
        .await
        .expect_status(200);
    let down = sandbox::proxy::Fault::Status {
        code: 503,
        body: json!({}),
        headers: [].into(),
    };
    stage
        .proxy
        .inject(sandbox::proxy::ProxyRule::new(down).on("GET", "sync_logs"));

    let answer = launcher.get(&list_of(&stage.knack_id)).await;

    answer.expect_problem(503, "dashboard_unavailable");
}
