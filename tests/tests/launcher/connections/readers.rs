//! Readers who do not read, and senders who do not come to an end.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use e2e::{Launcher, Stage, token_line, until_asked};

use super::metric;
use crate::misbehaving::Scene;
use crate::processes::peak_memory;

const TIMEOUT: Duration = Duration::from_millis(500);
const TIMEOUT_SECONDS: &str = "0.5";
/// More than the system keeps for a reader.
const LONG_ANSWER: &[u8] = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LITTLE: u64 = 10_000_000;

async fn launcher() -> Launcher {
    let stage = Stage::with_pupils([]).await;
    let builder = stage.launcher();
    builder
        .env("LAUNCHER_WRITE_TIMEOUT_SECONDS", TIMEOUT_SECONDS)
        .start()
        .await
}

#[tokio::test]
async fn a_reader_who_never_reads_is_closed() {
    let launcher = launcher().await;
    let mut connection = launcher.connect().await;
    let asked = Instant::now();
    assert!(connection.send(LONG_ANSWER).await);

    connection.closed_unread().await;

    assert!(asked.elapsed() >= TIMEOUT, "{:?}", asked.elapsed());
    until_asked("its place is free", async || {
        metric(&launcher, "http_connections").await == 1
    })
    .await;
}

#[tokio::test]
async fn a_reader_who_reads_slowly_gets_all_of_it() {
    let launcher = launcher().await;
    let length = launcher.get("/page.js").await.text.len();
    let mut connection = launcher.connect().await;
    let asked = Instant::now();
    assert!(connection.send(LONG_ANSWER).await);

    let mut pace = tokio::time::interval(TIMEOUT / 20);
    let mut got = 0;
    while got < length {
        pace.tick().await;
        let part = connection.read(8 * 1_024).await;
        got += part.expect("it is not closed").len();
    }

    assert!(asked.elapsed() > TIMEOUT, "{:?}", asked.elapsed());
    assert!(connection.ask("/healthz").await.is_some());
}

#[tokio::test]
async fn an_event_stream_that_nobody_reads_is_closed() {
    let scene = Scene::with("floods with events", |launcher| {
        launcher.env("LAUNCHER_WRITE_TIMEOUT_SECONDS", TIMEOUT_SECONDS)
    })
    .await;
    let run = scene.start_refresh().await;
    let mut connection = scene.launcher.connect().await;
    let request = format!("GET {run}/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(connection.send(request.as_bytes()).await);

    connection.closed_unread().await;

    until_asked("the stream is over", async || {
        metric(&scene.launcher, "sync_event_streams").await == 0
    })
    .await;
}

#[tokio::test]
async fn an_event_stream_that_is_read_too_slowly_to_end_is_closed_when_it_has_to_end() {
    const TOKEN: &str = "vsr_slow";
    let line = token_line(TOKEN, "all", "slow");
    let scene = Scene::with("keeps flooding with events", |launcher| {
        launcher.tokens(&line)
    })
    .await;
    let asker = scene.launcher.with_token(TOKEN);
    let started = asker.start_refresh(&scene.stage.knack_id).await;
    let run = started.header("location").unwrap();
    let launcher = &scene.launcher;
    let mut connection = launcher.connect_with(Ipv4Addr::LOCALHOST, 65_536).await;
    let request = format!(
        "GET {run}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    );
    assert!(connection.send(request.as_bytes()).await);
    // It always reads a little, and always leaves more than the system takes.
    let mut pace = tokio::time::interval(Duration::from_millis(5));
    for _ in 0..100 {
        pace.tick().await;
        let part = connection.read(1_024).await;
        assert!(part.is_some(), "nothing has ended it yet");
    }

    launcher.replace_tokens(&line);

    let mut rest = String::new();
    while let Some(part) = connection.read(1_024).await {
        rest.push_str(&part);
        assert!(rest.len() < 1_000_000, "it goes on");
        pace.tick().await;
    }
    assert!(!rest.ends_with("\r\n0\r\n\r\n"), "all of it was waited for");
}

#[tokio::test]
async fn many_short_questions_whose_answers_nobody_reads_cost_little() {
    // Their answers have no body, so nothing but the reader limits them.
    const QUESTION: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\n\r\n";
    let launcher = launcher().await;
    launcher.get("/page.js").await.expect_status(200);
    let before = peak_memory(launcher.pid());
    let mut connection = launcher.connect().await;

    let all_taken = connection.send(&QUESTION.repeat(400_000)).await;

    assert!(!all_taken, "more is read than is answered");
    let grown = peak_memory(launcher.pid()) - before;
    assert!(grown <= LITTLE, "{} kB more", grown / 1_024);
}

#[tokio::test]
async fn the_head_of_a_later_request_is_waited_for_as_long_as_that_of_the_first() {
    const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
    let launcher = launcher().await;
    let mut connection = launcher.connect().await;
    assert!(connection.ask("/healthz").await.is_some());
    let begun = Instant::now();
    assert!(connection.send(b"GET /healthz HTTP/1.1\r\nX-Long: ").await);

    assert!(connection.read(1_024).await.is_none());

    // Without that, it would be kept for a minute at least.
    assert!(begun.elapsed() < 3 * HEAD_TIMEOUT, "{:?}", begun.elapsed());
    assert!(begun.elapsed() >= HEAD_TIMEOUT, "{:?}", begun.elapsed());
}
