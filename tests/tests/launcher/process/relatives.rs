//! A refresh that ends and leaves somebody behind who holds its pipes.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::misbehaving::Scene;
use crate::processes::{Process, alive_in_group, is_alive};
use e2e::until;

#[tokio::test]
async fn a_process_left_in_its_group_is_killed_and_delays_nothing() {
    let scene = Scene::of("leaves a child").await;

    // Who is left would hold the pipes for minutes.
    let answer = scene.refresh().await;

    let body = answer.expect_status(200);
    assert_eq!(body["summary"]["duration_seconds"], 0.5);
    let left = scene.program.relative().await;
    until("who is left is killed", || !is_alive(left)).await;
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn a_process_that_escaped_into_its_own_session_delays_nothing_and_the_summary_counts() {
    let scene = Scene::of("leaves a child in a session of its own").await;

    let answer = scene.refresh().await;

    let body = answer.expect_status(200);
    assert_eq!(body["summary"]["duration_seconds"], 0.5);
    let fugitive = scene.program.relative().await;
    let process = Process::find(fugitive).expect("no signal reached it");
    assert_eq!(process.group, fugitive);
    assert_eq!(alive_in_group(fugitive).len(), 1);
    until("the log tells", || {
        let log = scene.launcher.log();
        log.iter()
            .any(|line| line.contains("holds the refresh's pipes"))
    })
    .await;
    scene.assert_nothing_is_left().await;
    kill(Pid::from_raw(fugitive), Signal::SIGKILL).unwrap();
}
