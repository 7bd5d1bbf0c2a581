//! Wherever the launcher's log goes and does not arrive, it answers, refreshes, and ends when it is told to.

use std::time::{Duration, Instant};

use e2e::{Launcher, LostLog, Stage, until_asked};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::Value;

/// What the platforms leave between TERM and KILL, less a little.
const IN_TIME: Duration = Duration::from_secs(25);

async fn answers_and_refreshes(launcher: &Launcher, stage: &Stage) {
    for _ in 0..20 {
        let hundred = (0..100).map(|_| launcher.get("/healthz"));
        for answer in join_all(hundred).await {
            answer.expect_status(200);
        }
    }
    let answer = launcher.refresh(&stage.knack_id).await;
    assert_eq!(answer.expect_status(200)["summary"]["students_synced"], 3);
}

async fn ends_on_term(mut launcher: Launcher) {
    let told = Instant::now();
    launcher.signal(Signal::SIGTERM);
    assert_eq!(launcher.end().await.code(), Some(0));
    assert!(told.elapsed() < IN_TIME, "{:?}", told.elapsed());
}

async fn lines_lost(launcher: &Launcher) -> u64 {
    let metrics = launcher.get("/metrics").await;
    metrics.expect_status(200);
    let lost = metrics
        .text
        .lines()
        .find_map(|line| line.strip_prefix("log_lines_lost_total "));
    let lost = lost.expect("they are counted");
    lost.parse().expect("it is a number")
}

/// A line is lost when the log's own thread tries to write it, which may be after its request was answered.
async fn until_lost(lines: u64, launcher: &Launcher) {
    until_asked("all lines are lost", async || {
        lines_lost(launcher).await >= lines
    })
    .await;
}

#[tokio::test]
async fn two_thousand_requests_a_refresh_and_the_end_go_as_ever() {
    for log in LostLog::all() {
        let stage = Stage::with_class(3).await;
        let launcher = stage.launcher().start_unheard(log.stdio()).await;

        answers_and_refreshes(&launcher, &stage).await;

        if log.how == "a pipe that nobody reads" {
            // They wait for the reader, as many as there is room for.
            assert_eq!(lines_lost(&launcher).await, 0);
        } else {
            until_lost(2_000, &launcher).await;
        }
        ends_on_term(launcher).await;
    }
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_costs_lines_and_not_memory() {
    let stage = Stage::with_pupils([]).await;
    let log = LostLog::unread_pipe();
    let launcher = stage.launcher().start_unheard(log.stdio()).await;

    for _ in 0..60 {
        let hundred = (0..100).map(|_| launcher.get("/healthz"));
        join_all(hundred).await;
    }

    assert!(lines_lost(&launcher).await > 0);
    ends_on_term(launcher).await;
}

#[tokio::test]
async fn a_reader_that_goes_in_the_middle_takes_nothing_along() {
    let stage = Stage::with_class(3).await;
    let (log, gone) = std::io::pipe().unwrap();
    let launcher = stage.launcher().start_unheard(gone).await;
    launcher.get("/healthz").await.expect_status(200);

    drop(log);

    answers_and_refreshes(&launcher, &stage).await;
    until_lost(2_000, &launcher).await;
    ends_on_term(launcher).await;
}

#[tokio::test]
async fn a_log_that_has_no_room_left_while_a_refresh_runs_does_not_end_it() {
    let stage = Stage::with_class(3).await;
    let launcher = stage.launcher().start_after("ulimit -f 1").await;
    answers_and_refreshes(&launcher, &stage).await;
    ends_on_term(launcher).await;
}

#[tokio::test]
async fn what_a_stranger_chooses_is_bounded_in_the_log() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let method = reqwest::Method::from_bytes(&vec![b'X'; 50_000]).unwrap();
    let path = format!("/{}", "y".repeat(50_000));

    let request = launcher.request(method, &path);
    let request = request.header("User-Agent", "z".repeat(10_000));
    launcher
        .send(request.header("Prefer", "w".repeat(10_000)))
        .await;

    launcher.get("/healthz").await.expect_status(200);
    e2e::until("both requests are logged", || {
        let log = launcher.log();
        log.iter()
            .filter(|line| line.contains("\"request\""))
            .count()
            >= 2
    })
    .await;
    let log = launcher.log();
    assert!(log.iter().all(|line| line.len() < 1_000), "{log:?}");
    let odd: Vec<Value> = log
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| {
            line["method"]
                .as_str()
                .is_some_and(|method| method != "GET")
        })
        .collect();
    assert_eq!(odd.len(), 1, "{log:?}");
    assert_eq!(odd[0]["method"], "XXXXXXXXXXXXXXXXXXXX…");
}
