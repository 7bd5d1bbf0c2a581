//! Messages at `NOTIFY_URL`: of what failed, once a school and day, signed, tried again, and never in a run's way.

use e2e::{Receiver, Stage, until, until_asked};
use jiff::SignedDuration;
use sandbox::knack::{Fault, KnackRule};
use serde_json::json;

use crate::misbehaving::{Misbehaving, Scene, launcher};

/// A path as secret as a webhook's.
const PATH: &str = "/services/T0/B0/canary?token=canary";

async fn delivered(receiver: &Receiver, messages: usize) {
    until("the message is delivered", || {
        receiver.seen().len() >= messages
    })
    .await;
}

#[tokio::test]
async fn a_refresh_that_failed_is_told_once_a_day_with_its_school_and_reason_and_signed() {
    let receiver = Receiver::start(&[]).await;
    let program = Misbehaving::like("fails and says so");
    let stage = Stage::with_pupils([]).await;
    let launcher = launcher(&stage, &program)
        .env("NOTIFY_URL", receiver.url(PATH))
        .env("NOTIFY_SECRET", "a-secret-canary")
        .start()
        .await;

    for _ in 0..3 {
        launcher
            .refresh(&stage.knack_id)
            .await
            .expect_problem(502, "knack_unavailable");
    }
    delivered(&receiver, 1).await;

    let message = receiver.seen().remove(0);
    assert_eq!(message.path, PATH);
    assert_eq!(message.headers["content-type"], "application/json");
    let signature = &message.headers["x-signature-256"];
    assert_eq!(*signature, e2e::signature("a-secret-canary", &message.body));
    let text = receiver.texts().remove(0);
    for part in ["was not refreshed (knack_unavailable)", "School", "Run "] {
        assert!(text.contains(part), "{text}");
    }
    // Another day's message would be the fourth failure's, but it is still today.
    launcher.refresh(&stage.knack_id).await;
    let sent = "notifications_total{outcome=\"sent\"} 1";
    until_asked("it is counted", async || {
        launcher.get("/metrics").await.text.contains(sent)
    })
    .await;
    assert_eq!(receiver.seen().len(), 1);
    let log = launcher.log().concat();
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn what_was_told_today_is_not_told_again_after_a_restart() {
    let receiver = Receiver::start(&[]).await;
    let program = Misbehaving::like("fails and says so");
    let stage = Stage::with_pupils([]).await;
    let other = Stage::with_pupils([]).await;
    let folder = tempfile::TempDir::new().unwrap();
    let start = async || {
        launcher(&stage, &program)
            .env("NOTIFY_URL", receiver.url("/"))
            .env("NOTIFY_STATE_FILE", folder.path().join("notified.json"))
            .start()
            .await
    };
    let first = start().await;
    first.refresh(&stage.knack_id).await;
    delivered(&receiver, 1).await;
    until("it is noted", || {
        folder.path().join("notified.json").exists()
    })
    .await;
    drop(first);

    let second = start().await;
    second.refresh(&stage.knack_id).await;
    // Of another school, for which there is a message.
    second.refresh(&other.knack_id).await;

    delivered(&receiver, 2).await;
    let texts = receiver.texts();
    assert!(texts[1].lines().count() == 1, "{texts:?}");
    assert_ne!(texts[0].split(" was").next(), texts[1].split(" was").next());
}

#[tokio::test]
async fn a_partial_refresh_is_told_and_a_success_or_a_cancelled_one_is_not() {
    let receiver = Receiver::start(&[]).await;
    let stage = Stage::with_class(1).await;
    let launcher = stage
        .launcher()
        .env("NOTIFY_URL", receiver.url("/"))
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;
    launcher.refresh(&stage.knack_id).await.expect_status(200);
    let hang = KnackRule::new(Fault::Hang).once();
    stage.knack.inject(hang);
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["running"]).await;
    launcher.delete(&run).await;
    launcher.run_in_state(&run, &["cancelled"]).await;
    let refused = e2e::postgrest_error(400, "23514", "new row violates a check");
    stage.proxy.inject(e2e::to_bad_pupils(refused));
    stage
        .knack
        .put("object_10", stage.record(stage.bad_pupil(2)));

    let partial = launcher.refresh(&stage.knack_id).await;

    assert_eq!(partial.expect_status(200)["partial"], true);
    delivered(&receiver, 1).await;
    let texts = receiver.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("refreshed only in part"), "{texts:?}");
    assert!(!texts[0].contains('@'), "{texts:?}");
}

#[tokio::test]
async fn a_receiver_that_is_away_is_tried_again_and_holds_up_no_run() {
    let away = "503 Service Unavailable\r\nRetry-After: 1";
    let receiver = Receiver::start(&[away, away]).await;
    let url = receiver.url("/");
    let scene = Scene::with("fails and says so", |launcher| {
        launcher.env("NOTIFY_URL", url)
    })
    .await;

    scene
        .refresh()
        .await
        .expect_problem(502, "knack_unavailable");
    scene.assert_nothing_is_left().await;

    delivered(&receiver, 3).await;
    let texts = receiver.texts();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(texts.len(), 3);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_message_that_nobody_takes_is_counted() {
    let elsewhere = Receiver::start(&[]).await;
    let redirect = format!("307 Temporary Redirect\r\nLocation: {}", elsewhere.url("/"));
    let receiver = Receiver::start(&[&redirect]).await;
    let url = receiver.url("/");
    let scene = Scene::with("fails and says so", |launcher| {
        launcher.env("NOTIFY_URL", url)
    })
    .await;

    scene.refresh().await;

    until_asked("it is given up", async || {
        scene
            .metric("notifications_total{outcome=\"given_up\"}")
            .await
            == "1"
    })
    .await;
    assert!(elsewhere.seen().is_empty());
    assert_eq!(receiver.seen().len(), 1);
}

#[tokio::test]
async fn schools_whose_data_has_grown_old_are_told_in_one_message_and_fresh_ones_are_not() {
    let stage = Stage::builder().own_database().start([]).await;
    let mut ids = Vec::new();
    for name in ["Old School", "Fresh School"] {
        let id = format!("{:024x}", 0xf00 + ids.len());
        let school = json!({ "knack_id": id, "name": name });
        ids.push(stage.db.insert("establishments", &school).await);
    }
    for (id, hours) in [(stage.id, 1), (ids[0], 74), (ids[1], 71)] {
        let ended = now() - SignedDuration::from_hours(hours);
        let row = json!({
            "sync_type": "establishment_refresh", "status": "completed", "started_at": ended, "completed_at": ended,
            "metadata": { "establishment_id": id, "academic_year": stage.year },
        });
        stage.db.insert("sync_logs", &row).await;
    }
    let receiver = Receiver::start(&[]).await;
    let launcher = stage
        .launcher()
        .env("NOTIFY_URL", receiver.url("/"))
        .start()
        .await;

    delivered(&receiver, 1).await;

    let texts = receiver.texts();
    assert!(texts[0].starts_with("One school has not been"), "{texts:?}");
    assert!(texts[0].contains("Old School (last on 2"), "{texts:?}");
    assert!(texts[0].contains("72 hours"), "{texts:?}");
    assert!(!texts[0].contains("Fresh School"), "{texts:?}");
    let metrics = launcher.get("/metrics").await.text;
    let known = metrics
        .matches("sync_last_success_timestamp_seconds{")
        .count();
    assert_eq!(known, 3, "{metrics}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the launcher reads the same clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
