//! How a refresh ends when Knack or Supabase fails for good.

mod knack;
mod supabase;

use std::net::TcpListener;
use std::time::Duration;

use e2e::{Run, Stage};
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Gateway, ProxyRule};
use serde_json::json;
use sync_protocol::{ErrorCode, Failure};

/// An address of this machine where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    format!("http://{address}")
}

/// Asserts that the run failed in this way and left nothing but its log row.
async fn failed_untouched(stage: &Stage, run: &Run, exit: i32, code: ErrorCode) -> Failure {
    let failure = run.expect_failure(exit, code);
    stage.assert_untouched().await;
    stage.assert_logged("failed", &failure).await;
    failure
}

#[tokio::test]
async fn an_own_time_limit_reached_is_124_and_says_who_had_not_answered() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    stage
        .knack
        .inject(KnackRule::new(Fault::Delay(Duration::from_mins(10))).on(Kind::Count));

    let run = stage.refresh().args(["--timeout", "5"]).run().await;

    let failure = failed_untouched(&stage, &run, 124, ErrorCode::Deadline).await;
    assert!(run.summary().duration_seconds < 12.0);
    let told = "The refresh reached its time limit of 5 seconds and was stopped while it waited for Knack to answer. ";
    assert!(failure.message.starts_with(told), "{failure:?}");

    let stage = Stage::with_class(1).await;
    let hangs = ProxyRule::new(Gateway::Hang);
    stage.proxy.inject(hangs.on("GET", "establishments"));

    let run = stage.refresh().args(["--timeout", "5"]).run().await;

    let failure = run.expect_failure(124, ErrorCode::Deadline);
    let told = "stopped while it waited for Supabase to answer. ";
    assert!(failure.message.contains(told), "{failure:?}");
}

#[tokio::test]
async fn when_to_come_back_may_be_said_as_a_date_and_is_said_to_people_too() {
    let in_two_hours = [
        ("date", "Thu, 26 Nov 2026 12:00:00 GMT"),
        ("retry-after", "Thu, 26 Nov 2026 14:00:01 GMT"),
    ];
    let stage = Stage::with_class(1).await;
    stage.proxy.inject(
        ProxyRule::new(Gateway::Status {
            code: 503,
            body: json!("maintenance"),
            headers: in_two_hours
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        })
        .on("GET", "students"),
    );

    let failure = stage
        .run()
        .await
        .expect_failure(8, ErrorCode::SupabaseUnavailable);

    assert_eq!(failure.retry_after_seconds, Some(7_201), "{failure:?}");
    let told = "Try again in 2 hours and 1 minute.";
    assert!(failure.message.ends_with(told), "{failure:?}");
}
