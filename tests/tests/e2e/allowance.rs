//! `--min-daily-allowance`: Knack's last requests of the day are left alone, and whoever is refused learns when there are more.

use e2e::{Stage, records_asked};
use sync_protocol::ErrorCode;

async fn stage_with_left(left: u32) -> Stage {
    let stage = Stage::builder()
        .knack(move |options| options.daily_limit = left)
        .start([])
        .await;
    stage.admit(1..=3);
    stage.admit_answers(1..=3);
    stage
}

#[tokio::test]
async fn a_refresh_that_would_take_the_last_requests_is_refused_after_one_and_writes_nothing() {
    let stage = stage_with_left(500).await;
    for (argument, setting) in [
        (Some("1000"), None),
        (None, Some("500")),
        (Some("500"), Some("1")),
    ] {
        stage.knack.clear_seen();
        let mut refresh = stage.refresh();
        if let Some(floor) = argument {
            refresh = refresh.args(["--min-daily-allowance", floor]);
        }
        if let Some(floor) = setting {
            refresh = refresh.env("SYNC_MIN_DAILY_ALLOWANCE", floor);
        }
        let run = refresh.run().await;

        let failure = run.expect_failure(5, ErrorCode::KnackRefused);
        for word in [
            "left today",
            "Nothing was changed",
            "midnight UTC",
            "Try again in",
        ] {
            assert!(
                failure.message.contains(word),
                "{word}: {}",
                failure.message
            );
        }
        let wait = failure.retry_after_seconds.expect("it says when");
        assert!((1..=86_400).contains(&wait), "{wait}");
        assert_eq!(run.summary().knack.requests, 1);
        assert_eq!(stage.knack.seen().len(), 1);
    }
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_refresh_with_enough_left_costs_no_request_more() {
    let stage = stage_with_left(5_000).await;
    stage.run().await.expect_code(0);
    stage.knack.clear_seen();
    let usual = stage.run().await.expect_code(0);
    let usual_requests = records_asked(&stage.knack).len();
    stage.knack.clear_seen();
    let run = stage
        .refresh()
        .args(["--min-daily-allowance", "1000"])
        .run()
        .await;
    let summary = run.expect_code(0);
    assert_eq!(records_asked(&stage.knack).len(), usual_requests);
    assert_eq!(summary.not_completed, usual.not_completed);
    assert_eq!(summary.students_synced, 3);
    assert!(
        summary
            .knack
            .daily_remaining
            .is_some_and(|left| left > 4_900)
    );
}

#[tokio::test]
async fn a_floor_that_is_no_number_is_refused_by_name() {
    let stage = stage_with_left(500).await;
    let run = stage
        .refresh()
        .env("SYNC_MIN_DAILY_ALLOWANCE", "many")
        .run()
        .await;
    let failure = run.expect_failure(3, ErrorCode::Configuration);
    assert!(
        failure
            .message
            .contains("SYNC_MIN_DAILY_ALLOWANCE must be a whole number")
    );
    let run = stage
        .refresh()
        .args(["--min-daily-allowance", "-1"])
        .run()
        .await;
    run.expect_failure(2, ErrorCode::Usage);
}
