//! Wherever the log goes and does not arrive, a refresh does its work, keeps its deadline, and says how it ended.

use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use e2e::{LostLog, Refresh, Run, Stage, refused, until};
use nix::sys::signal::Signal;
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Refusal, ProxyRule};
use sync_protocol::ErrorCode;
use tokio::process::Child;

/// Far more than the deadlines of these tests and a loaded machine need, far less than for ever.
const IN_TIME: Duration = Duration::from_secs(30);

/// The command line that says most on stderr.
fn talkative(refresh: Refresh) -> Refresh {
    refresh.args(["--progress", "json", "-vv"])
}

#[tokio::test]
async fn every_outcome_has_its_document_and_its_exit_code() {
    for log in LostLog::all() {
        let stage = Stage::with_class(20).await;

        let run = talkative(stage.refresh()).stderr(log.stdio()).run().await;
        assert_eq!(run.expect_code(0).students_synced, 20, "{}", log.how);

        let unknown = stage.refresh_of(&"f".repeat(24));
        let run = talkative(unknown).stderr(log.stdio()).run().await;
        run.expect_failure(4, ErrorCode::EstablishmentNotFound);

        let unset = stage.refresh().without_env("KNACK_API_KEY");
        let run = talkative(unset).stderr(log.stdio()).run().await;
        run.expect_failure(3, ErrorCode::Configuration);

        let run = Refresh::bare().arg("--nonsense").stderr(log.stdio()).run();
        run.await.expect_failure(2, ErrorCode::Usage);
    }
}

#[tokio::test]
async fn a_refused_row_is_named_and_the_others_are_saved() {
    for log in LostLog::all() {
        let stage = Stage::with_class(20).await;
        let row_contains = stage.email("p007");
        let refusal = ProxyRule::new(Refusal::CheckViolation { row_contains });
        stage.proxy.inject(refusal.on("POST", "students"));

        let run = talkative(stage.refresh()).stderr(log.stdio()).run().await;

        let summary = run.expect_code(9);
        assert_eq!(refused(&summary), [stage.pupil(7).record_id], "{}", log.how);
        assert_eq!(stage.row_counts().await, [19, 19, 0], "{}", log.how);
        assert_eq!(stage.logs().await[0]["status"], "completed");
    }
}

#[tokio::test]
async fn the_deadline_and_term_are_kept() {
    for log in LostLog::all() {
        let stage = Stage::with_class(2).await;
        stage
            .knack
            .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
        let begun = Instant::now();

        let hasty = talkative(stage.refresh()).args(["--timeout", "1"]);
        let run = hasty.stderr(log.stdio()).run().await;
        run.expect_failure(124, ErrorCode::Deadline);

        let running = talkative(stage.refresh()).stderr(log.stdio()).start();
        let asked = stage.knack.seen().len();
        until("Knack is asked", || stage.knack.seen().len() > asked).await;
        running.signal(Signal::SIGTERM);
        let run = running.end().await;
        run.expect_failure(143, ErrorCode::Cancelled);

        assert!(begun.elapsed() < IN_TIME, "{}", log.how);
        assert_eq!(stage.logs().await[1]["status"], "cancelled");
    }
}

#[tokio::test]
async fn a_terminal_that_was_stopped_holds_neither_the_work_nor_the_deadline() {
    let stage = Stage::with_class(3).await;
    let screen = LostLog::stopped_terminal();

    let run = stage.refresh().stderr(screen.stdio()).run().await;
    assert_eq!(run.expect_code(0).students_synced, 3);

    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let hasty = stage.refresh().args(["--timeout", "1"]);
    let run = hasty.stderr(screen.stdio()).run().await;
    run.expect_failure(124, ErrorCode::Deadline);
}

#[tokio::test]
async fn a_limit_on_the_size_of_files_costs_the_log_and_nothing_else() {
    let stage = Stage::with_class(3).await;
    let refresh = Refresh::bare_after("ulimit -f 0").args(["--establishment-id", &stage.knack_id]);
    let limited = stage
        .environment()
        .into_iter()
        .fold(refresh, |refresh, (name, value)| refresh.env(name, value));
    let log = tempfile::tempfile().unwrap();

    let run = talkative(limited).stderr(log).run().await;

    assert_eq!(run.expect_code(0).students_synced, 3);
}

/// A refresh whose stdout nobody reads, and too small to hold the document.
fn unheard(stage: &Stage, timeout: &str) -> (Child, LostLog) {
    let pipe = LostLog::unread_pipe();
    let refresh = stage.refresh().args(["--timeout", timeout]);
    let mut command = refresh.stderr(Stdio::null()).into_command();
    let child = command
        .stdout(pipe.stdio())
        .spawn()
        .expect("the binary starts");
    (child, pipe)
}

async fn end_of(mut child: Child) -> ExitStatus {
    let ended = tokio::time::timeout(IN_TIME, child.wait()).await;
    ended
        .expect("it ends in time")
        .expect("it can be waited for")
}

#[tokio::test]
async fn a_document_that_nobody_reads_holds_neither_the_deadline_nor_term() {
    let stage = Stage::with_class(2).await;
    let (child, _pipe) = unheard(&stage, "2");
    assert_eq!(end_of(child).await.code(), Some(70));

    let (child, _pipe) = unheard(&stage, "600");
    until_completed(&stage).await;
    let id = child.id().unwrap().try_into().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), Signal::SIGTERM).unwrap();
    assert_eq!(end_of(child).await.code(), Some(70));
    assert_eq!(stage.row_counts().await[0], 2);
}

/// The second run. The first may not have come that far before its deadline: a loaded machine needs more than two seconds.
async fn until_completed(stage: &Stage) {
    e2e::until_asked("the second run is logged as completed", async || {
        let logs = stage.logs().await;
        logs.get(1).is_some_and(|log| log["status"] == "completed")
    })
    .await;
}

#[tokio::test]
async fn what_a_program_reads_on_stderr_is_json_line_by_line() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::TooManyRequests).on(Kind::Page).once());

    let run: Run = talkative(stage.refresh()).run().await;

    run.expect_code(0);
    let lines: Vec<serde_json::Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let again = lines
        .iter()
        .find(|line| line["message"] == "asking Knack again");
    let again = again.unwrap_or_else(|| panic!("{}", run.stderr));
    assert_eq!(again["level"], "INFO");
    assert_eq!(again["failures"], 1);
    assert!(lines.iter().any(|line| line["event"] == "phase"));
}
