//! A server error of an unknown kind is a row's only if writes before and after it pass; else it is an outage, and nobody
//! is called refused.

use std::time::{Duration, Instant};

use e2e::{Stage, postgrest_error, refused, to_bad_pupils};
use sandbox::data::Pupil;
use sandbox::proxy::{Fault, ProxyRule};
use sync_protocol::ErrorCode;

fn unknown() -> Fault {
    postgrest_error(500, "XX000", "internal")
}

#[tokio::test]
async fn the_last_row_with_an_unknown_fault_gets_the_same_verdict_on_every_run() {
    let stage = Stage::with_class(4).await;
    stage.put(&stage.bad_pupil(5));
    stage.proxy.inject(to_bad_pupils(unknown()));

    for unchanged in [0, 4, 4] {
        let summary = stage.run().await.expect_code(9);

        assert_eq!(refused(&summary), [stage.pupil(5).record_id]);
        assert_eq!(summary.changes.students.unchanged, unchanged);
    }
    assert_eq!(stage.row_counts().await, [4, 4, 0]);
}

#[tokio::test]
async fn an_unknown_fault_of_the_only_row_there_is_stays_an_outage() {
    let stage = Stage::with_pupils([]).await;
    stage.put(&stage.bad_pupil(1));
    stage.proxy.inject(to_bad_pupils(unknown()));

    for _ in 0..2 {
        let run = stage.run().await;

        run.expect_failure(8, ErrorCode::SupabaseUnavailable);
        assert_eq!(refused(&run.summary()), [""; 0]);
    }
}

#[tokio::test]
async fn an_outage_for_good_after_the_first_write_ends_soon_and_nobody_is_called_refused() {
    let stage = Stage::with_class(1_000).await;
    let gone = ProxyRule::new(Fault::GatewayHtml { code: 530 });
    stage.proxy.inject(gone.on("POST", "students").from_nth(2));

    let run = stage.run().await;

    let failure = run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(failure.message.contains("Rows already saved are kept"));
    assert_eq!(refused(&run.summary()), [""; 0]);
    assert_eq!(run.summary().changes.students.inserted, 500);
    assert_eq!(stage.row_counts().await[0], 500);
    let requests = stage.proxy.seen().len();
    assert!(requests <= 60, "{requests} requests");
    stage.assert_logged("failed", &failure).await;
}

#[tokio::test]
async fn an_outage_of_any_length_costs_no_healthy_row() {
    let stage = Stage::with_class(13).await;
    stage.run().await.expect_code(0);
    for requests in 1..=20 {
        for n in 1..=8 {
            stage.put(&Pupil {
                group: Some(format!("Group {requests}")),
                ..stage.pupil(n)
            });
        }
        let gone = ProxyRule::new(Fault::GatewayHtml { code: 530 });
        stage
            .proxy
            .inject(gone.on("POST", "students").times(requests));

        let run = stage.run().await;

        let summary = run.summary();
        assert_eq!(refused(&summary), [""; 0], "{requests}");
        let is_saved = run.code == Some(0) && summary.changes.students.updated == 8;
        assert!(is_saved || run.code == Some(8), "{requests}: {run:?}");
        stage.proxy.clear();
        stage.run().await.expect_code(0);
    }
}

fn late(fault: Fault, seconds: u64) -> Fault {
    Fault::Late {
        after: Duration::from_secs(seconds),
        fault: Box::new(fault),
    }
}

#[tokio::test]
async fn of_300_rows_with_one_at_which_a_gateway_always_times_out_only_that_one_is_named() {
    for (fault, most_seconds) in [
        (late(Fault::GatewayHtml { code: 504 }, 5), 30),
        (late(postgrest_error(500, "XX000", "internal"), 5), 40),
        // It never answers: the program's own time limit ends each attempt.
        (Fault::Hang, 40),
    ] {
        let stage = Stage::with_class(300).await;
        stage.put(&stage.bad_pupil(77));
        stage.proxy.inject(to_bad_pupils(fault.clone()));
        let begun = Instant::now();

        let refresh = stage.refresh().env("SUPABASE_TIMEOUT_SECONDS", "6");
        let summary = refresh.run().await.expect_code(9);

        let seconds = begun.elapsed().as_secs();
        assert!(seconds < most_seconds, "{fault:?}: {seconds} s");
        assert_eq!(refused(&summary), [stage.pupil(77).record_id], "{fault:?}");
        assert_eq!(stage.row_counts().await, [299, 299, 0], "{fault:?}");
        let requests = stage.proxy.seen().len();
        assert!(requests <= 150, "{fault:?}: {requests} requests");
    }
}

#[tokio::test]
async fn a_gateway_that_times_out_at_every_row_is_an_outage_and_nobody_is_called_refused() {
    let stage = Stage::with_class(1_000).await;
    let gone = ProxyRule::new(late(Fault::GatewayHtml { code: 504 }, 4));
    stage.proxy.inject(gone.on("POST", "students").from_nth(2));
    let begun = Instant::now();

    let run = stage.run().await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert_eq!(refused(&run.summary()), [""; 0]);
    assert_eq!(stage.row_counts().await[0], 500);
    let seconds = begun.elapsed().as_secs();
    assert!(seconds < 40, "{seconds} s");
}
