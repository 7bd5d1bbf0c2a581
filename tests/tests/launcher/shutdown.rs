//! The launcher's own end: on TERM in order, on KILL without a word. Either way no refresh outlives it for long, and the
//! next launcher finds every school free.

use std::time::{Duration, Instant};

use e2e::{Events, Launcher, LauncherBuilder, Stage, until, until_asked};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::Value;

use crate::misbehaving::{Scene, launcher};
use crate::processes::{self, Process, alive_in_group, children_of, is_alive};

/// What the platforms leave between TERM and KILL, less a little.
const IN_TIME: Duration = Duration::from_secs(25);

/// Patient with what runs, until the test says otherwise.
fn patient(launcher: LauncherBuilder) -> LauncherBuilder {
    launcher.env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "600")
}

fn impatient(launcher: LauncherBuilder) -> LauncherBuilder {
    launcher
        .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "0.3")
        .env("LAUNCHER_STOP_GRACE_SECONDS", "0.3")
}

/// The state with which a stream ends.
async fn end_of(events: Events) -> Value {
    let events = events.rest().await;
    let last = events.last().expect("there was an event");
    assert_eq!(last.name, "end", "{events:?}");
    last.data.clone()
}

/// Sends TERM and waits until the launcher says that it takes no more.
async fn terminate(launcher: &Launcher) {
    launcher.signal(Signal::SIGTERM);
    until_asked("it is not ready any more", async || {
        launcher.get("/readyz").await.status == 503
    })
    .await;
}

async fn assert_group_is_gone(group: i32) {
    until("the process group is gone", || {
        alive_in_group(group).is_empty()
    })
    .await;
}

#[tokio::test]
async fn on_term_what_runs_may_end_and_nothing_new_begins() {
    let mut scene = Scene::with("waits", patient).await;
    let other = Stage::with_pupils([]).await;
    let run = scene.start_refresh().await;
    let events = scene.launcher.events(&run).await;
    let pid = scene.program.pid().await;

    terminate(&scene.launcher).await;

    let refused = scene.launcher.refresh(&other.knack_id).await;
    refused.expect_problem(503, "shutting_down");
    // A request for the school that is being refreshed still gets that refresh.
    assert_eq!(scene.start_refresh().await, run);
    assert_eq!(children_of(scene.launcher.pid()).len(), 1);
    scene.program.may_finish();
    assert_eq!(end_of(events).await["state"], "succeeded");
    assert_eq!(scene.launcher.end().await.code(), Some(0));
    assert_group_is_gone(pid).await;
}

#[tokio::test]
async fn on_term_a_caller_waiting_for_a_run_that_ends_in_time_gets_its_answer() {
    let mut scene = Scene::with("waits", patient).await;
    let request = scene.launcher.refresh_request(&scene.stage.knack_id);
    let asked = tokio::spawn(request.send());
    scene.program.pid().await;

    terminate(&scene.launcher).await;
    scene.program.may_finish();

    let answer = asked.await.unwrap().expect("the connection is kept");
    assert_eq!(answer.status(), 200);
    assert_eq!(scene.launcher.end().await.code(), Some(0));
}

#[tokio::test]
async fn on_term_a_run_that_ignores_it_is_killed_and_every_caller_is_told() {
    let mut scene = Scene::with("ignores TERM", impatient).await;
    let run = scene.start_refresh().await;
    let request = scene.launcher.refresh_request(&scene.stage.knack_id);
    let asked = tokio::spawn(request.send());
    until_asked("it has joined", async || {
        scene.metric("sync_joined_total").await == "1"
    })
    .await;
    let events = scene.launcher.events(&run).await;
    let pid = scene.program.pid().await;
    let begun = Instant::now();

    scene.launcher.signal(Signal::SIGTERM);

    let end = end_of(events).await;
    assert_eq!(end["state"], "cancelled");
    assert_eq!(end["problem"]["code"], "shutting_down");
    let answer = asked.await.unwrap().expect("the connection is kept");
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("shutting_down"));
    assert_eq!(scene.launcher.end().await.code(), Some(0));
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    assert!(!is_alive(pid));
    assert_group_is_gone(pid).await;
    assert_next_launcher_refreshes(&scene).await;
}

#[tokio::test]
async fn on_term_a_refresh_is_asked_to_end_before_it_is_killed() {
    let scene = Scene::with("ignores TERM", |launcher| {
        launcher
            .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "0.3")
            .env("LAUNCHER_STOP_GRACE_SECONDS", "600")
    })
    .await;
    scene.start_refresh().await;
    let pid = scene.program.pid().await;

    scene.launcher.signal(Signal::SIGTERM);

    until("it is asked to end", || scene.program.was_asked_to_end()).await;
    assert!(is_alive(pid));
}

#[tokio::test]
async fn on_term_a_real_refresh_ends_in_order_and_its_log_row_says_cancelled() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let mut launcher = stage
        .launcher()
        .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "0.3")
        .env("LAUNCHER_STOP_GRACE_SECONDS", "600")
        .start()
        .await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    let events = launcher.events(&run).await;
    until_in_the_middle(&stage).await;

    launcher.signal(Signal::SIGTERM);

    assert_eq!(end_of(events).await["problem"]["code"], "shutting_down");
    assert_eq!(launcher.end().await.code(), Some(0));
    let logs = stage.logs().await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["status"], "cancelled");
}

#[tokio::test]
async fn on_term_a_queued_caller_is_told_at_once_and_its_run_never_starts() {
    let one_at_a_time = |it: LauncherBuilder| patient(it).env("LAUNCHER_MAX_RUNS", "1");
    let mut scene = Scene::with("waits", one_at_a_time).await;
    let other = Stage::with_pupils([]).await;
    scene.start_refresh().await;
    let pid = scene.program.pid().await;
    let queued = scene.launcher.start_refresh(&other.knack_id).await;
    scene.launcher.run_in_state(&queued, &["queued"]).await;
    let events = scene.launcher.events(&queued).await;

    scene.launcher.signal(Signal::SIGTERM);

    // The other one still runs, since nobody has let it finish.
    let end = end_of(events).await;
    assert_eq!(end["state"], "cancelled");
    assert_eq!(end["problem"]["code"], "shutting_down");
    assert!(end["startedAt"].is_null());
    assert!(is_alive(pid));
    scene.program.may_finish();
    assert_eq!(scene.launcher.end().await.code(), Some(0));
    assert_eq!(scene.program.pid().await, pid, "nobody else was started");
}

#[tokio::test]
async fn a_launcher_without_runs_ends_at_once_on_term_and_on_int() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let stage = Stage::with_pupils([]).await;
        let mut launcher = patient(stage.launcher()).start().await;

        launcher.signal(signal);

        assert_eq!(launcher.end().await.code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn when_the_launcher_is_killed_a_refresh_that_reads_its_stdin_is_gone() {
    let mut scene = Scene::of("waits").await;
    let run = scene.start_refresh().await;
    let pid = scene.program.pid().await;
    until_told(&scene, &run).await;

    scene.launcher.signal(Signal::SIGKILL);
    scene.launcher.end().await;

    assert_group_is_gone(pid).await;
    assert_next_launcher_refreshes(&scene).await;
}

#[tokio::test]
async fn when_the_launcher_is_killed_a_real_refresh_ends_in_order_and_the_next_one_is_at_once() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let mut launcher = stage.launcher().start().await;
    launcher.start_refresh(&stage.knack_id).await;
    until_in_the_middle(&stage).await;
    let refresh = only_child_of(&launcher);

    launcher.signal(Signal::SIGKILL);
    launcher.end().await;

    assert_group_is_gone(refresh).await;
    let logs = stage.logs().await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["status"], "cancelled");
    stage.knack.clear_faults();
    let next = stage.launcher().start().await;
    let answer = next.refresh(&stage.knack_id).await;
    assert_eq!(answer.expect_status(200)["joined"], false);
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

/// A real refresh that Knack keeps waiting for a moment, and the only process of the launcher's.
async fn slow_refresh(stage: &Stage, launcher: &Launcher) -> (String, i32) {
    let slow = Fault::Delay(Duration::from_secs(2));
    stage.knack.inject(KnackRule::new(slow).on(Kind::Page));
    let run = launcher.start_refresh(&stage.knack_id).await;
    until_in_the_middle(stage).await;
    (run, only_child_of(launcher))
}

fn only_child_of(launcher: &Launcher) -> i32 {
    let children = children_of(launcher.pid());
    let [child] = children.as_slice() else {
        panic!("one refresh, one process: {children:?}");
    };
    child.id
}

fn send(signal: Signal, pid: i32) {
    kill(Pid::from_raw(pid), signal).expect("it is there");
}

/// Heroku, systemd's usual `KillMode` and others do so.
#[tokio::test]
async fn on_term_to_launcher_and_refresh_alike_what_runs_may_end() {
    for refresh_first in [true, false] {
        let stage = Stage::with_class(2).await;
        let mut launcher = patient(stage.launcher()).start().await;
        let (run, refresh) = slow_refresh(&stage, &launcher).await;
        let events = launcher.events(&run).await;

        if refresh_first {
            send(Signal::SIGTERM, refresh);
            launcher.signal(Signal::SIGTERM);
        } else {
            launcher.signal(Signal::SIGTERM);
            send(Signal::SIGTERM, refresh);
        }

        assert_eq!(end_of(events).await["state"], "succeeded");
        assert_eq!(launcher.end().await.code(), Some(0));
        assert_eq!(stage.row_counts().await, [2, 2, 0]);
        assert_eq!(stage.logs().await[0]["status"], "completed");
    }
}

#[tokio::test]
async fn on_term_to_both_a_refresh_that_takes_too_long_ends_in_order_and_says_shutting_down() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let mut launcher = stage
        .launcher()
        .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "1")
        .env("LAUNCHER_STOP_GRACE_SECONDS", "600")
        .start()
        .await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    let events = launcher.events(&run).await;
    until_in_the_middle(&stage).await;
    let begun = Instant::now();

    send(Signal::SIGTERM, only_child_of(&launcher));
    launcher.signal(Signal::SIGTERM);

    assert_eq!(end_of(events).await["problem"]["code"], "shutting_down");
    assert!(begun.elapsed() >= Duration::from_secs(1), "its patience");
    assert_eq!(launcher.end().await.code(), Some(0));
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    assert_eq!(stage.logs().await[0]["status"], "cancelled");
}

#[tokio::test]
async fn a_refresh_that_is_signalled_first_says_shutting_down() {
    // One that heeds TERM, as the real one does before it has begun to listen.
    let mut scene = Scene::with("hangs", patient).await;
    let run = scene.start_refresh().await;
    let events = scene.launcher.events(&run).await;
    let pid = scene.program.pid().await;

    send(Signal::SIGTERM, pid);
    until("it has ended", || !is_alive(pid)).await;
    scene.launcher.signal(Signal::SIGTERM);

    assert_eq!(end_of(events).await["problem"]["code"], "shutting_down");
    assert_eq!(scene.launcher.end().await.code(), Some(0));
}

#[tokio::test]
async fn a_refresh_that_somebody_else_ends_is_cancelled() {
    let scene = Scene::with("hangs", patient).await;
    let run = scene.start_refresh().await;
    let events = scene.launcher.events(&run).await;

    send(Signal::SIGTERM, scene.program.pid().await);

    assert_eq!(end_of(events).await["problem"]["code"], "cancelled");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn when_the_launcher_is_killed_a_refresh_that_is_stopped_by_a_signal_ends_in_order_too() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let mut launcher = stage.launcher().start().await;
    launcher.start_refresh(&stage.knack_id).await;
    until_in_the_middle(&stage).await;
    let refresh = only_child_of(&launcher);
    send(Signal::SIGSTOP, refresh);
    until("it is stopped", || {
        Process::find(refresh).is_some_and(|process| process.state == 'T')
    })
    .await;

    launcher.signal(Signal::SIGKILL);
    launcher.end().await;

    assert_group_is_gone(refresh).await;
    assert_eq!(stage.logs().await[0]["status"], "cancelled");
}

/// Waits until a refresh that waits has reported that it does.
async fn until_told(scene: &Scene, run: &str) {
    until_asked("the refresh waits", async || {
        let now = scene.launcher.get(run).await;
        now.body["state"] == "running" && now.body["progress"]["phase"] == "fetching"
    })
    .await;
}

/// Waits until a real refresh has begun its log row and asked Knack.
async fn until_in_the_middle(stage: &Stage) {
    until("Knack is asked and the log row begun", || {
        let written = stage.proxy.writes();
        !stage.knack.seen().is_empty() && written.iter().any(|write| write.status.is_some())
    })
    .await;
}

/// Asserts that a launcher started after this one's end refreshes the same school.
async fn assert_next_launcher_refreshes(scene: &Scene) {
    scene.program.now("behaves");
    let next = launcher(&scene.stage, &scene.program).start().await;
    let answer = next.refresh(&scene.stage.knack_id).await;
    assert_eq!(answer.expect_status(200)["joined"], false);
    assert!(processes::zombies_of(next.pid()).is_empty());
}
