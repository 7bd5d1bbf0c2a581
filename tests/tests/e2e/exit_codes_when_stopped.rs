//! How a refresh ends when somebody ends it: soon, with its summary and its log row.

use std::time::{Duration, Instant};

use e2e::{Refresh, Run, Running, Stage, until};
use nix::sys::signal::Signal;
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Gateway, ProxyRule};
use sync_protocol::ErrorCode;

/// Less than a supervisor leaves between TERM and KILL.
const SOON: Duration = Duration::from_secs(5);

/// A refresh that waits for Knack, its log row begun.
async fn waiting_for_knack(stage: &Stage) -> Running {
    waiting_for_knack_with(stage, &["--exit-on-stdin-close"]).await
}

/// The same with these arguments.
async fn waiting_for_knack_with(stage: &Stage, arguments: &[&str]) -> Running {
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let running = stage.refresh().args(arguments).start();
    until("Knack is asked and the log row begun", || {
        let seen = stage.proxy.writes();
        !stage.knack.seen().is_empty() && seen.iter().any(|write| write.status.is_some())
    })
    .await;
    running
}

async fn assert_cancelled(stage: &Stage, run: &Run, exit: i32) {
    let failure = run.expect_failure(exit, ErrorCode::Cancelled);
    stage.assert_logged("cancelled", &failure).await;
}

#[tokio::test]
async fn a_signal_while_knack_is_asked_is_130_or_143() {
    for (signal, exit) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let stage = Stage::with_class(1).await;
        let running = waiting_for_knack(&stage).await;
        let stopped = Instant::now();

        running.signal(signal);
        let run = running.end().await;

        assert!(stopped.elapsed() < SOON);
        assert_cancelled(&stage, &run, exit).await;
        stage.assert_untouched().await;
    }
}

#[tokio::test]
async fn the_end_of_its_terminal_is_143_unless_it_was_started_to_outlive_that() {
    let stage = Stage::with_class(1).await;
    let running = waiting_for_knack_with(&stage, &[]).await;
    running.signal(Signal::SIGHUP);
    let run = running.end().await;
    assert_cancelled(&stage, &run, 143).await;
    stage.assert_untouched().await;

    // As `nohup` starts it.
    let refresh = Refresh::bare_after("trap '' HUP").args(["--establishment-id", &stage.knack_id]);
    let refresh = stage
        .environment()
        .into_iter()
        .fold(refresh, |refresh, (name, value)| refresh.env(name, value));
    stage.knack.clear_faults();
    stage.knack.clear_seen();
    let late = Fault::Delay(Duration::from_secs(2));
    stage.knack.inject(KnackRule::new(late).on(Kind::Page));
    let running = refresh.start();
    until("Knack is asked", || !stage.knack.seen().is_empty()).await;
    running.signal(Signal::SIGHUP);
    let summary = running.end().await.expect_code(0);
    assert_eq!(summary.students_synced, 1);
}

#[tokio::test]
async fn a_closed_stdin_is_143_where_that_was_asked_for() {
    let stage = Stage::with_class(1).await;
    let mut running = waiting_for_knack(&stage).await;
    let stopped = Instant::now();

    running.close_stdin();
    let run = running.end().await;

    assert!(stopped.elapsed() < SOON);
    assert_cancelled(&stage, &run, 143).await;
    stage.assert_untouched().await;
}

#[tokio::test]
async fn signals_are_left_to_the_starter_where_that_was_requested_and_a_closed_stdin_is_143() {
    let stage = Stage::with_class(1).await;
    let arguments = ["--exit-on-stdin-close", "--ignore-signals", "-v"];
    let mut running = waiting_for_knack_with(&stage, &arguments).await;

    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGTERM,
    ] {
        running.signal(signal);
    }
    assert!(running.is_there_after(Duration::from_millis(500)).await);
    let stopped = Instant::now();
    running.close_stdin();
    let run = running.end().await;

    assert!(stopped.elapsed() < SOON);
    assert_cancelled(&stage, &run, 143).await;
    assert!(
        run.stderr.contains("is left to the process"),
        "{}",
        run.stderr
    );
}

#[tokio::test]
async fn a_closed_stdin_means_nothing_where_that_was_not_asked_for() {
    let stage = Stage::with_class(2).await;
    let mut running = stage.refresh().start();

    running.close_stdin();

    running.end().await.expect_code(0);
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

#[tokio::test]
async fn a_signal_while_a_write_hangs_is_143_within_seconds() {
    let stage = Stage::with_class(2).await;
    stage
        .proxy
        .inject(ProxyRule::new(Gateway::Hang).on("POST", "vespa_scores"));
    let running = stage.refresh().start();
    until("scores are sent", || {
        let seen = stage.proxy.writes();
        seen.iter().any(|write| write.table() == "vespa_scores")
    })
    .await;
    let stopped = Instant::now();

    running.signal(Signal::SIGTERM);
    let run = running.end().await;

    assert!(stopped.elapsed() < SOON);
    assert_cancelled(&stage, &run, 143).await;
    assert_eq!(run.summary().students_synced, 2);
    assert_eq!(stage.row_counts().await, [2, 0, 0]);
}

#[tokio::test]
async fn a_write_in_flight_ends_before_the_run_does() {
    let stage = Stage::with_class(2).await;
    let slow = Gateway::Delay(Duration::from_millis(500));
    stage
        .proxy
        .inject(ProxyRule::new(slow).on("POST", "students"));
    let running = stage.refresh().start();
    until("students are sent", || {
        let seen = stage.proxy.writes();
        seen.iter().any(|write| write.table() == "students")
    })
    .await;

    running.signal(Signal::SIGTERM);
    let run = running.end().await;

    assert_cancelled(&stage, &run, 143).await;
    assert_eq!(run.summary().students_synced, 2);
    assert_eq!(stage.row_counts().await, [2, 0, 0]);
}

#[tokio::test]
async fn a_signal_while_even_the_log_hangs_still_ends_soon_with_a_summary() {
    let stage = Stage::with_class(1).await;
    let hang = ProxyRule::new(Gateway::Hang).on("POST", "sync_logs");
    stage.proxy.inject(hang.from_nth(2));
    let running = waiting_for_knack(&stage).await;
    let stopped = Instant::now();

    running.signal(Signal::SIGTERM);
    let run = running.end().await;

    assert!(stopped.elapsed() < SOON);
    run.expect_failure(143, ErrorCode::Cancelled);
    assert_eq!(stage.logs().await[0]["status"], "started");
}
