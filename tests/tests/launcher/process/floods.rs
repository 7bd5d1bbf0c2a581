//! However much a refresh says, the launcher keeps little of it and lets nobody wait.

use crate::misbehaving::Scene;
use crate::processes::peak_memory;

/// What a run may add to the launcher's memory.
const LITTLE: u64 = 10_000_000;

/// A launcher that has had a run already, and the most memory that it needed for it.
async fn warm() -> (Scene, u64) {
    let scene = Scene::of("behaves").await;
    scene.refresh().await.expect_status(200);
    let memory = peak_memory(scene.launcher.pid());
    (scene, memory)
}

fn assert_grew_little(scene: &Scene, before: u64) {
    let grown = peak_memory(scene.launcher.pid()) - before;
    assert!(grown <= LITTLE, "{} kB more", grown / 1_024);
}

#[tokio::test]
async fn half_a_gigabyte_on_stdout_is_not_a_summary() {
    let (scene, before) = warm().await;
    scene.program.now("floods stdout");

    scene.refresh().await.expect_problem(502, "bad_cli_output");

    assert_grew_little(&scene, before);
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn half_a_gigabyte_on_stderr_does_not_keep_a_refresh_from_its_end() {
    let (scene, before) = warm().await;
    let lines = scene.launcher.log().len();
    scene.program.now("floods stderr");

    scene.refresh().await.expect_status(200);

    assert_grew_little(&scene, before);
    scene.runs_are_logged(2).await;
    let logged = scene.launcher.log().len() - lines;
    assert!(logged <= 250, "{logged} lines logged");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn a_line_of_200_megabytes_does_not_keep_a_refresh_from_its_end() {
    let (scene, before) = warm().await;
    scene.program.now("says one long line");

    scene.refresh().await.expect_status(200);

    assert_grew_little(&scene, before);
    scene.runs_are_logged(2).await;
    let log = scene.launcher.log();
    let longest = log.iter().map(String::len).max().unwrap();
    assert!(longest < 2_000, "a line of {longest} bytes logged");
    scene.assert_nothing_is_left().await;
}

#[tokio::test]
async fn events_without_number_are_forgotten_again_and_a_follower_still_sees_the_end() {
    let (scene, before) = warm().await;
    scene.program.now("floods with events");
    let run = scene.start_refresh().await;

    let events = scene.launcher.events(&run).await.rest().await;

    let end = events.last().unwrap();
    assert_eq!(end.name, "end");
    assert_eq!(end.data["state"], "succeeded");
    assert_eq!(end.data["progress"]["done"], 19_999);
    assert_grew_little(&scene, before);
    scene.assert_nothing_is_left().await;
}
