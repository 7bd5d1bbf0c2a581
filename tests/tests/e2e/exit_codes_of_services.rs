//! How a refresh ends when Knack or Supabase fails for good.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::Duration;

use e2e::{Run, Stage, pages_asked};
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Gateway, PostgrestCode, ProxyRule};
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

/// How often page 1 was asked for.
fn first_pages(stage: &Stage) -> usize {
    let pages = pages_asked(&stage.knack, "object_10");
    pages.iter().filter(|page| page.number == 1).count()
}

async fn with_knack_always(fault: Fault) -> (Stage, Run) {
    let stage = Stage::with_class(12).await;
    // One page of each object at first.
    let mut refresh = stage.refresh().args(["--rows-per-page", "100"]);
    if fault == Fault::Hang {
        refresh = refresh.env("KNACK_TIMEOUT_SECONDS", "0.5");
    }
    stage
        .knack
        .inject(KnackRule::new(fault.clone()).on(Kind::Page));
    stage.knack.inject(KnackRule::new(fault).on(Kind::Count));
    let run = refresh.run().await;
    (stage, run)
}

#[tokio::test]
async fn a_wrong_knack_key_is_5_and_not_tried_again() {
    let stage = Stage::with_class(1).await;

    let run = stage.refresh().env("KNACK_API_KEY", "wrong").run().await;

    failed_untouched(&stage, &run, 5, ErrorCode::KnackRefused).await;
    assert_eq!(first_pages(&stage), 1);
}

#[tokio::test]
async fn a_used_up_day_is_5_is_not_tried_again_and_tells_when_it_ends() {
    let (stage, run) = with_knack_always(Fault::DailyCapReached).await;

    let failure = failed_untouched(&stage, &run, 5, ErrorCode::KnackRefused).await;
    let wait = failure.retry_after_seconds.expect("Knack says when");
    assert!((1..=24 * 60 * 60 + 1).contains(&wait), "{wait}");
    assert_eq!(first_pages(&stage), 1);
}

#[tokio::test]
async fn a_knack_that_does_not_listen_is_6() {
    let stage = Stage::with_class(1).await;
    let url = format!("{}/v1", nobody());

    let run = stage.refresh().env("KNACK_API_URL", url).run().await;

    failed_untouched(&stage, &run, 6, ErrorCode::KnackUnavailable).await;
}

#[tokio::test]
async fn a_knack_that_keeps_failing_is_6_once_it_was_waited_for() {
    for fault in [
        Fault::Status {
            code: 503,
            body: "terrible habit".to_owned(),
        },
        Fault::Hang,
        Fault::CutBody,
        Fault::Truncated200,
        Fault::Html,
    ] {
        let (stage, run) = with_knack_always(fault).await;

        let failure = failed_untouched(&stage, &run, 6, ErrorCode::KnackUnavailable).await;
        assert!(failure.retryable);
        assert_eq!(failure.retry_after_seconds, None, "nobody said when");
        let asked = first_pages(&stage);
        assert!((3..9).contains(&asked), "{asked}");
    }
}

#[tokio::test]
async fn a_knack_that_always_limits_is_6_and_tells_when_to_come_back() {
    let stage = Stage::with_class(12).await;
    let always = KnackRule::new(Fault::TooManyRequests);
    stage.knack.inject(always.on(Kind::Page));

    // Answers would share the requests that are allowed.
    let options = ["--timeout", "12", "--rows-per-page", "100"];
    let refresh = stage.refresh().args(options).args(["--without-answers"]);
    let run = refresh.run().await;

    let failure = failed_untouched(&stage, &run, 6, ErrorCode::KnackUnavailable).await;
    let wait = failure.retry_after_seconds.expect("Knack says when");
    assert!((60..=62).contains(&wait), "{wait}");
    let asked = first_pages(&stage);
    assert!(asked > 3, "as often as the time allowed, not {asked} times");
}

#[tokio::test]
async fn a_403_is_asked_about_once_more_and_a_second_one_is_5() {
    let challenge = || Fault::Status {
        code: 403,
        body: "<html>Are you human?</html>".to_owned(),
    };
    let stage = Stage::with_class(12).await;
    let once = KnackRule::new(challenge()).on(Kind::Page).once();
    stage.knack.inject(once);
    stage.run().await.expect_code(0);

    let (stage, run) = with_knack_always(challenge()).await;
    let failure = failed_untouched(&stage, &run, 5, ErrorCode::KnackRefused).await;
    for setting in ["KNACK_API_KEY", "KNACK_API_URL"] {
        assert!(failure.message.contains(setting), "{failure:?}");
    }
    assert_eq!(first_pages(&stage), 2);
}

#[tokio::test]
async fn an_address_or_object_that_knack_does_not_know_is_5_and_named() {
    for code in [400, 404] {
        let body = String::new();
        let (stage, run) = with_knack_always(Fault::Status { code, body }).await;

        let failure = failed_untouched(&stage, &run, 5, ErrorCode::KnackRefused).await;
        for name in ["KNACK_API_URL", "object_10"] {
            assert!(failure.message.contains(name), "{failure:?}");
        }
        assert_eq!(first_pages(&stage), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_10_and_nothing_at_all_goes_to_the_other_host() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    elsewhere.set_nonblocking(true).expect("sockets can do so");
    let address = elsewhere.local_addr().expect("it has an address");

    let (stage, run) = with_knack_always(Fault::Redirect(format!("http://{address}/v1/"))).await;

    failed_untouched(&stage, &run, 10, ErrorCode::BadData).await;
    assert_eq!(first_pages(&stage), 1);
    let nobody_came = elsewhere.accept().expect_err("nobody came");
    assert_eq!(nobody_came.kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_redirect_of_supabase_is_7_and_nothing_at_all_goes_to_the_other_host() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    elsewhere.set_nonblocking(true).expect("sockets can do so");
    let address = elsewhere.local_addr().expect("it has an address");
    let stage = Stage::with_class(1).await;
    stage.proxy.inject(ProxyRule::new(Gateway::Status {
        code: 307,
        body: json!(null),
        headers: [("location".to_owned(), format!("http://{address}/"))].into(),
    }));

    let run = stage.run().await;

    run.expect_failure(7, ErrorCode::SupabaseRefused);
    let nobody_came = elsewhere.accept().expect_err("nobody came");
    assert_eq!(nobody_came.kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn an_ignored_filter_is_10_before_the_other_pages_are_asked_for() {
    let stage = Stage::with_class(3).await;
    let foreign = Stage::with_pupils([]).await;
    for n in 101..=160 {
        let record = foreign.record(foreign.pupil(n).email(&format!("a{n}")));
        stage.knack.put("object_10", record);
    }
    stage
        .knack
        .inject(KnackRule::new(Fault::IgnoreFilter).on(Kind::Page));

    let run = stage.refresh().args(["--rows-per-page", "10"]).run().await;

    failed_untouched(&stage, &run, 10, ErrorCode::BadData).await;
    let later_pages = stage.knack.seen();
    let later_pages = later_pages
        .iter()
        .filter(|seen| seen.param("page") != Some("1"));
    assert_eq!(later_pages.count(), 0);
}

#[tokio::test]
async fn more_pages_than_records_is_10_and_they_are_not_asked_for() {
    let page =
        json!({"records": [], "current_page": 1, "total_pages": 2_000_000_000, "total_records": 5});
    let fault = Fault::Status {
        code: 200,
        body: page.to_string(),
    };
    let (stage, run) = with_knack_always(fault).await;

    failed_untouched(&stage, &run, 10, ErrorCode::BadData).await;
    assert_eq!(first_pages(&stage), 2);
    // One page of each object and the count, twice, unless the run has ended by then.
    let asked = stage.knack.seen().len();
    assert!(asked <= 6, "{asked}");
}

#[tokio::test]
async fn answers_that_do_not_end_are_10_after_a_few_smaller_pages() {
    let stage = Stage::with_class(12).await;
    let bytes = 300_000_000;
    stage
        .knack
        .inject(KnackRule::new(Fault::HugeBody { bytes }));

    let run = stage.run().await;

    let failure = failed_untouched(&stage, &run, 10, ErrorCode::BadData).await;
    assert!(failure.message.contains("64 MB"), "{}", failure.message);
    let requests = stage.knack.seen().len();
    assert!(requests <= 20, "{requests} requests");
}

#[tokio::test]
async fn what_supabase_refuses_is_7() {
    for (code, times) in [
        // A policy may refuse one row only, so each is tried.
        (PostgrestCode::InsufficientPrivilege, 3),
        // A schema may have changed a moment ago.
        (PostgrestCode::TableNotInSchemaCache, 2),
        (PostgrestCode::InvalidToken, 1),
    ] {
        let stage = Stage::with_class(2).await;
        let refusal = ProxyRule::new(Gateway::Postgrest { code });
        stage.proxy.inject(refusal.on("POST", "students"));

        let run = stage.run().await;

        let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
        assert!(
            failure.message.contains("Nothing was changed."),
            "{}",
            failure.message
        );
        assert_eq!(stage.row_counts().await, [0, 0, 0]);
        stage.assert_logged("failed", &failure).await;
        let writes = stage.proxy.writes();
        let students = writes.iter().filter(|write| write.table() == "students");
        assert_eq!(students.count(), times, "{code:?}");
    }
}

#[tokio::test]
async fn a_supabase_that_does_not_listen_is_8() {
    let stage = Stage::with_class(1).await;

    let run = stage.refresh().env("SUPABASE_URL", nobody()).run().await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(stage.knack.seen().is_empty());
}

#[tokio::test]
async fn a_supabase_that_keeps_failing_is_8_once_it_was_waited_for() {
    for fault in [
        Gateway::Postgrest {
            code: PostgrestCode::SchemaCacheUnavailable,
        },
        Gateway::GatewayHtml { code: 522 },
        // A maintenance page.
        Gateway::GatewayHtml { code: 200 },
        Gateway::Hang,
        Gateway::Reset,
    ] {
        let stage = Stage::with_class(1).await;
        stage.proxy.inject(ProxyRule::new(fault));

        let run = stage
            .refresh()
            .env("SUPABASE_TIMEOUT_SECONDS", "0.3")
            .run()
            .await;

        run.expect_failure(8, ErrorCode::SupabaseUnavailable);
        let asked = stage.proxy.seen().len();
        assert!((3..12).contains(&asked), "{asked}");
        assert!(stage.knack.seen().is_empty());
    }
}

#[tokio::test]
async fn a_supabase_that_fails_while_rows_are_saved_is_8_and_the_saved_ones_are_told() {
    let stage = Stage::with_class(4).await;
    let fault = Gateway::Postgrest {
        code: PostgrestCode::PoolTimeout,
    };
    stage
        .proxy
        .inject(ProxyRule::new(fault).on("POST", "vespa_scores"));

    let run = stage.run().await;

    let failure = run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    let summary = run.summary();
    assert_eq!(
        (summary.students_synced, summary.vespa_scores_synced),
        (4, 0)
    );
    assert_eq!(stage.row_counts().await, [4, 0, 0]);
    stage.assert_logged("failed", &failure).await;

    // And the next refresh completes them.
    stage.proxy.clear();
    stage.run().await.expect_code(0);
    assert_eq!(stage.row_counts().await, [4, 4, 0]);
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
