//! A caller that requested a refresh may leave: it runs once, and to its end.

use std::time::Duration;

use e2e::{Launcher, Stage, until, until_asked};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::misbehaving::Scene;
use crate::processes;

/// Time to leave in while Knack is asked.
const A_WHILE: Duration = Duration::from_secs(1);

/// Waits until the school's run is over, and asserts that it was the only one and all that it should be.
async fn assert_refreshed_once(stage: &Stage, launcher: &Launcher) {
    let over = "sync_runs_total{state=\"succeeded\"} 1";
    until_asked("the run is over", async || {
        launcher.get("/metrics").await.text.contains(over)
    })
    .await;
    let logs = stage.logs().await;
    assert_eq!(logs.len(), 1, "{logs:?}");
    assert_eq!(logs[0]["status"], "completed");
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
    let children = processes::children_of(launcher.pid());
    assert!(children.is_empty(), "{children:?}");
    let zombies = processes::zombies_of(launcher.pid());
    assert!(zombies.is_empty(), "{zombies:?}");
    // The school is free: no run is joined, and only what was done counts against it.
    let next = launcher.refresh(&stage.knack_id).await;
    next.expect_problem(429, "cooling_down");
}

#[tokio::test]
async fn a_client_that_leaves_as_soon_as_it_has_asked_gets_its_refresh() {
    let stage = Stage::with_class(2).await;
    let launcher = stage.launcher().start().await;
    let body = json!({ "establishmentId": stage.knack_id }).to_string();
    let address = launcher.url().trim_start_matches("http://");
    let request = format!(
        "POST /api/sync/refresh-establishment HTTP/1.1\r\nHost: {address}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );

    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    drop(connection);

    assert_refreshed_once(&stage, &launcher).await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_changes_nothing() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Delay(A_WHILE)).on(Kind::Page).once());
    let launcher = stage.launcher().start().await;

    let asked = launcher.refresh(&stage.knack_id);
    tokio::select! {
        biased;
        () = until("Knack is asked", || !stage.knack.seen().is_empty()) => {}
        answer = asked => panic!("Knack has not answered yet: {}", answer.text),
    }

    assert_refreshed_once(&stage, &launcher).await;
}

#[tokio::test]
async fn one_of_several_clients_that_leaves_takes_nothing_from_the_others() {
    let scene = Scene::of("waits").await;
    let run = scene.start_refresh().await;
    let who_stays = scene.launcher.refresh_request(&scene.stage.knack_id).send();
    let who_stays = tokio::spawn(who_stays);
    joined(&scene, "1").await;

    {
        let who_leaves = scene.refresh();
        tokio::select! {
            answer = who_leaves => panic!("the run has not ended yet: {}", answer.text),
            () = joined(&scene, "2") => {}
        }
    }
    scene.program.may_finish();

    let answer = who_stays.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["joined"], true);
    assert!(run.ends_with(answer["run_id"].as_str().unwrap()));
    scene.assert_nothing_is_left().await;
}

/// Waits until so many requests have joined a run.
async fn joined(scene: &Scene, requests: &str) {
    until_asked("they have joined", async || {
        scene.metric("sync_joined_total").await == requests
    })
    .await;
}

#[tokio::test]
async fn a_run_that_nobody_follows_any_more_continues_and_its_streams_are_freed() {
    let scene = Scene::of("keeps telling").await;
    let run = scene.start_refresh().await;
    let mut following = JoinSet::new();
    for _ in 0..10 {
        let mut events = scene.launcher.events(&run).await;
        following.spawn(async move {
            events.next().await.expect("the run goes on");
            events
        });
    }
    let streams = following.join_all().await;
    assert_eq!(scene.metric("sync_event_streams").await, "10");

    drop(streams);

    until_asked("the streams are freed", async || {
        scene.metric("sync_event_streams").await == "0"
    })
    .await;
    let now = scene.launcher.get(&run).await;
    assert_eq!(now.expect_status(200)["state"], "running");
    scene.program.may_finish();
    scene.launcher.run_in_state(&run, &["succeeded"]).await;
    scene.assert_nothing_is_left().await;
}
