//! Who is let in where many are there already: sixteen in all here, and four of one address.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use e2e::{Bare, Launcher, LauncherBuilder, Stage, until_asked};

use super::{metric, until_evicted};
use crate::misbehaving::Scene;

const ALL: usize = 16;
const OF_ONE: usize = 4;

fn small(launcher: LauncherBuilder) -> LauncherBuilder {
    launcher.env("LAUNCHER_MAX_CONNECTIONS", ALL.to_string())
}

async fn launcher(change: impl FnOnce(LauncherBuilder) -> LauncherBuilder) -> Launcher {
    let stage = Stage::with_pupils([]).await;
    change(small(stage.launcher())).start().await
}

fn neighbour(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, number)
}

/// Connections that send nothing.
async fn idle(launcher: &Launcher, source: Ipv4Addr, count: usize) -> Vec<Bare> {
    let mut idle = Vec::new();
    for _ in 0..count {
        idle.push(launcher.connect_from(source).await);
    }
    idle
}

/// How many of them still are answered.
async fn answered(connections: &mut [Bare]) -> usize {
    let mut count = 0;
    for connection in connections {
        let answer = connection.ask("/healthz").await;
        count += usize::from(answer.is_some_and(|it| it.starts_with("HTTP/1.1 200")));
    }
    count
}

#[tokio::test]
async fn whoever_holds_many_connections_is_still_let_in_and_loses_others_of_their_own() {
    let launcher = launcher(|it| it).await;
    let mut other = idle(&launcher, neighbour(1), 1).await;
    let mut many = idle(&launcher, Ipv4Addr::LOCALHOST, 40).await;
    until_evicted(&launcher, 40 - OF_ONE).await;

    launcher.get("/healthz").await.expect_status(200);

    assert!(answered(&mut many).await < OF_ONE);
    assert_eq!(answered(&mut other).await, 1);
    assert!(metric(&launcher, "http_connections").await <= OF_ONE + 2);
    assert_eq!(metric(&launcher, "http_connections_refused_total").await, 0);
}

#[tokio::test]
async fn connections_of_many_addresses_keep_nobody_out() {
    let launcher = launcher(|it| it).await;
    let mut crowd = Vec::new();
    for number in 1..=10 {
        crowd.extend(idle(&launcher, neighbour(number), OF_ONE).await);
    }

    launcher.get("/healthz").await.expect_status(200);

    assert!(metric(&launcher, "http_connections").await <= ALL);
    assert!(answered(&mut crowd).await < ALL);
}

#[tokio::test]
async fn where_the_system_allows_few_open_files_there_are_fewer_connections_and_refreshes_start() {
    let stage = Stage::with_class(1).await;
    // Half of the files are for connections, an eighth of those for connections that close, and a quarter of the rest for one
    // address.
    let launcher = stage.launcher().start_after("ulimit -n 256").await;
    let _many = idle(&launcher, neighbour(1), 300).await;
    until_evicted(&launcher, 300 - (128 - 16) / 4).await;

    let answer = launcher.refresh(&stage.knack_id).await;

    answer.expect_status(200);
}

#[tokio::test]
async fn a_burst_of_connections_delays_nobody_where_the_system_allows_few_open_files() {
    // A server that has run out of files accepts nothing for half a second, again and again.
    const PAUSE: Duration = Duration::from_millis(500);
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start_after("ulimit -n 64").await;
    let burst = async {
        let all = (0..1_200).map(|_| launcher.connect_from(neighbour(1)));
        futures_util::future::join_all(all).await
    };
    let others = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..100 {
            let asked = Instant::now();
            let mut connection = launcher.connect_from(neighbour(2)).await;
            assert!(connection.ask("/healthz").await.is_some());
            slowest = slowest.max(asked.elapsed());
        }
        slowest
    };

    let (_burst, slowest) = tokio::join!(burst, others);

    assert!(slowest < PAUSE, "{slowest:?}");
}

#[tokio::test]
async fn a_limit_on_open_files_that_may_be_raised_is_raised() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage
        .launcher()
        .start_after("ulimit -S -n 256 && ulimit -H -n 2000")
        .await;

    let limits = std::fs::read_to_string(format!("/proc/{}/limits", launcher.pid())).unwrap();

    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let words: Vec<_> = files.unwrap().split_whitespace().skip(3).take(2).collect();
    assert_eq!(words, ["2000", "2000"]);
}

#[tokio::test]
async fn a_request_that_waits_is_never_closed_for_others() {
    let scene = Scene::with("waits", small).await;
    let request = scene.launcher.refresh_request(&scene.stage.knack_id);
    let asked = tokio::spawn(request.send());
    scene.program.pid().await;

    let _idle = idle(&scene.launcher, Ipv4Addr::LOCALHOST, 40).await;
    until_evicted(&scene.launcher, 41 - OF_ONE).await;
    scene.launcher.get("/healthz").await.expect_status(200);

    scene.program.may_finish();
    let answer = asked.await.unwrap().expect("the connection is kept");
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn where_all_requests_of_an_address_wait_its_next_connection_is_refused_and_others_are_not() {
    let scene = Scene::with("waits", small).await;
    let body = format!(r#"{{"establishmentId":"{}"}}"#, scene.stage.knack_id);
    let request = format!(
        "POST /api/sync/refresh-establishment HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut waiting = idle(&scene.launcher, neighbour(1), OF_ONE).await;
    for connection in &mut waiting {
        assert!(connection.send(request.as_bytes()).await);
    }
    until_asked("all but the first have joined", async || {
        metric(&scene.launcher, "sync_joined_total").await == OF_ONE - 1
    })
    .await;

    let mut refused = idle(&scene.launcher, neighbour(1), 1).await;
    let mut other = idle(&scene.launcher, neighbour(2), 1).await;

    assert_eq!(answered(&mut refused).await, 0);
    assert_eq!(
        metric(&scene.launcher, "http_connections_refused_total").await,
        1
    );
    assert_eq!(answered(&mut other).await, 1);
    scene.program.may_finish();
    for connection in &mut waiting {
        let answer = connection.read(1_024).await.expect("it is answered");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_reader_who_does_not_read_makes_room() {
    let launcher = launcher(|it| it.env("LAUNCHER_WRITE_TIMEOUT_SECONDS", "600")).await;
    let mut stalled = idle(&launcher, neighbour(1), OF_ONE).await;
    for connection in &mut stalled {
        let request = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert!(connection.send(request).await);
    }

    until_asked("one of them has gone", async || {
        let mut new = idle(&launcher, neighbour(1), 1).await;
        answered(&mut new).await == 1
    })
    .await;
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_there_are() {
    let trusting = |it: LauncherBuilder| it.env("LAUNCHER_TRUSTED_PROXIES", "10.0.0.0/8,127.0.1.1");
    let launcher = launcher(trusting).await;
    let many = 3 * OF_ONE;
    let mut of_proxy = idle(&launcher, neighbour(1), many).await;
    let mut of_another = idle(&launcher, neighbour(2), OF_ONE + 1).await;

    assert_eq!(answered(&mut of_proxy).await, many);
    assert!(answered(&mut of_another).await <= OF_ONE);
}

#[tokio::test]
async fn text_that_is_not_a_list_of_proxies_is_refused_at_start() {
    let stage = Stage::with_pupils([]).await;
    let builder = stage
        .launcher()
        .env("LAUNCHER_TRUSTED_PROXIES", "canary.example");
    let (code, said) = builder.refusal().await;
    assert_eq!(code, Some(78), "{said}");
    assert!(
        said.contains("LAUNCHER_TRUSTED_PROXIES must be addresses"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
}
