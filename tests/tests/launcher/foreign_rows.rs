//! Rows of `sync_logs` that a wrong clock, another program or a killed refresh has written: they hold nobody up, and hide
//! nothing.

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

async fn store(stage: &Stage, sync_type: &str, status: &str, at: Value, completed: Value) {
    let row = json!({
        "sync_type": sync_type, "status": status, "started_at": at, "completed_at": completed,
        "metadata": { "establishment_id": stage.id, "academic_year": stage.year },
    });
    stage.db.insert("sync_logs", &row).await;
}

/// A refresh of the school that ended so many seconds from now, as its row has it.
async fn store_end(stage: &Stage, status: &str, seconds: i64) {
    let at = json!(from_now(seconds));
    store(stage, "establishment_refresh", status, at.clone(), at).await;
}

/// All that the launcher says of when the school was refreshed: its status, the overview, the list.
async fn told(launcher: &Launcher, stage: &Stage) -> [Value; 3] {
    let path = format!("/api/sync/status?establishmentId={}", stage.knack_id);
    let status = launcher.get(&path).await.expect_status(200).clone();
    let path = format!("/api/establishments/{}/overview", stage.id);
    let overview = launcher.get(&path).await.expect_status(200).clone();
    let list = launcher.get("/api/establishments").await;
    let schools = list.expect_status(200)["establishments"].clone();
    let mut schools = schools.as_array().into_iter().flatten();
    let entry = schools.find(|school| school["establishmentUuid"] == json!(stage.id));
    [status, overview, entry.cloned().unwrap_or_default()]
}

fn time(text: &Value) -> Timestamp {
    let time = text.as_str().and_then(|text| text.parse().ok());
    time.unwrap_or_else(|| panic!("no time: {text}"))
}

#[tokio::test]
async fn rows_of_the_future_count_for_nothing_and_hide_no_other() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=1);
    let two_days_ago = -48 * 3_600;
    store_end(&stage, "completed", two_days_ago).await;
    for n in 0..25 {
        for ahead in [90, 86_400, 30 * 86_400] {
            store_end(&stage, "completed", ahead + n).await;
            store_end(&stage, "failed", ahead + n).await;
        }
    }
    let infinity = json!("infinity");
    let refresh = "establishment_refresh";
    store(
        &stage,
        refresh,
        "completed",
        infinity.clone(),
        infinity.clone(),
    )
    .await;
    store(&stage, "full_sync", "completed", infinity.clone(), infinity).await;
    let next_week = json!(from_now(7 * 86_400));
    store(
        &stage,
        "full_sync",
        "completed",
        next_week.clone(),
        next_week,
    )
    .await;
    let launcher = stage.launcher().start().await;

    let [status, overview, entry] = told(&launcher, &stage).await;

    for of in [&status, &overview, &entry] {
        let age = time(&status["now"]).duration_since(time(&of["lastRefreshAt"]));
        assert_eq!(age.as_hours(), 48, "{of}");
    }
    assert_eq!(status["stale"], true);
    assert_eq!(status["lastFullSyncAt"], Value::Null);
    assert_eq!(status["cooldownSeconds"], 0);
    launcher.refresh(&stage.knack_id).await.expect_status(200);
}

#[tokio::test]
async fn a_row_of_a_clock_that_is_a_little_ahead_counts_from_now() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    store_end(&stage, "completed", 50).await;

    let [status, overview, entry] = told(&launcher, &stage).await;

    for of in [&status, &overview, &entry] {
        assert!(time(&of["lastRefreshAt"]) <= from_now(0), "{of}");
    }
    assert_eq!(status["stale"], false);
    let seconds = status["cooldownSeconds"].as_u64().unwrap();
    assert!((295..=301).contains(&seconds), "{seconds}");
    let again = launcher.refresh(&stage.knack_id).await;
    again.expect_problem(429, "cooling_down");
}

#[tokio::test]
async fn a_refresh_that_was_killed_is_taken_for_dead_and_holds_nobody_up() {
    let stage = Stage::with_class(1).await;
    for seconds in [-86_400, -10, 0, 30, 86_400] {
        let begun = json!(from_now(seconds));
        let refresh = "establishment_refresh";
        store(&stage, refresh, "started", begun, Value::Null).await;
    }
    let launcher = stage.launcher().start().await;

    let [status, overview, entry] = told(&launcher, &stage).await;

    for of in [&status, &overview, &entry] {
        assert_eq!(of["lastRefreshAt"], Value::Null, "{of}");
    }
    assert_eq!(status["stale"], true);
    assert_eq!(status["activeRun"], Value::Null);
    assert_eq!(status["cooldownSeconds"], 0);
    launcher.refresh(&stage.knack_id).await.expect_status(200);
}

#[tokio::test]
async fn what_others_wrote_into_a_row_is_never_shown_and_breaks_nothing() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let odd = [
        json!({"summary": {"not_completed": -1, "partial": "<script>canary</script>"}}),
        json!({"summary": {"skipped": {"canary": 1}, "warnings": ["canary"]}}),
        json!({"started_by": "<script>canary</script>"}),
    ];
    for (n, mut metadata) in odd.into_iter().enumerate() {
        metadata["establishment_id"] = json!(stage.id);
        metadata["academic_year"] = json!(stage.year);
        let ended = from_now(-3_600 - i64::try_from(n).unwrap());
        let row = json!({
            "sync_type": "establishment_refresh", "status": "completed",
            "started_at": ended + SignedDuration::from_secs(900), "completed_at": ended,
            "error_message": "<script>canary</script>", "metadata": metadata,
        });
        stage.db.insert("sync_logs", &row).await;
    }

    let all = told(&launcher, &stage).await;

    for said in &all {
        assert!(!said.to_string().contains("canary"), "{said}");
    }
    assert!(all[0]["lastRefreshAt"].is_string(), "{}", all[0]);
    // It would have ended before it began.
    assert_eq!(all[0]["usualDurationSeconds"], Value::Null);
}
