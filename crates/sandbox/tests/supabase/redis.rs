//! A Redis of a test's own: it answers, freezes on command, and ends.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::redis::Redis;

use crate::processes::{announced, descendants, until_gone};

const HOLD: &str = "hold-a-redis";
const WITHOUT: &str = "without-redis-server";

#[tokio::test]
async fn each_server_answers_on_its_own_address() {
    let (one, other) = (Redis::start().await.unwrap(), Redis::start().await.unwrap());
    assert_ne!(one.url(), other.url());
    assert!(one.url().starts_with("redis://127.0.0.1:"));
    assert!(one.url().ends_with("/0"));
    assert_eq!(ask(&one.url(), "SET school 465"), "+OK");
    assert_eq!(ask(&one.url(), "EXISTS school"), ":1");
    assert_eq!(ask(&other.url(), "EXISTS school"), ":0");
}

#[tokio::test]
async fn a_frozen_server_answers_nothing_until_it_continues() {
    let redis = Redis::start().await.unwrap();
    let mut open = connect(&redis.url());
    redis.pause().unwrap();
    let mut late = connect(&redis.url());
    for stream in [&mut open, &mut late] {
        stream.write_all(b"PING\r\n").unwrap();
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        let error = stream.read(&mut [0; 16]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    redis.resume().unwrap();
    redis.resume().unwrap(); // once more does no harm
    for stream in [open, late] {
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        assert_eq!(first_line(stream), "+PONG");
    }
}

#[tokio::test]
async fn dropping_a_server_ends_it_frozen_or_not() {
    for frozen in [false, true] {
        let redis = Redis::start().await.unwrap();
        let (url, folder) = (redis.url(), folder(&redis.url()));
        let _open = connect(&url); // an open connection does not hold it up
        assert!(folder.exists());
        if frozen {
            redis.pause().unwrap();
        }
        let begin = Instant::now();
        drop(redis);
        assert!(begin.elapsed() < Duration::from_secs(5), "frozen: {frozen}");
        assert!(!folder.exists());
        let error = TcpStream::connect(address(&url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}

#[tokio::test]
async fn a_server_ends_when_its_parent_is_killed() {
    if std::env::args().any(|argument| argument == HOLD) {
        let redis = Redis::start().await.unwrap();
        println!("\nredis: {}", redis.url());
        return std::future::pending().await;
    }
    let test = "redis::a_server_ends_when_its_parent_is_killed";
    let mut holder = this_program(test, HOLD).spawn().unwrap();
    let url = announced(&mut holder, "redis: ");
    let folder = folder(&url);
    let started = descendants(holder.id());
    assert!(started.len() >= 2, "a guard and a server: {started:?}");

    holder.kill().unwrap(); // SIGKILL: no destructor runs
    holder.wait().unwrap();
    until_gone(&started, &folder).await;
}

#[tokio::test]
async fn without_redis_server_the_error_says_what_installs_it() {
    if std::env::args().any(|argument| argument == WITHOUT) {
        println!("\nerror: {:#}", Redis::start().await.unwrap_err());
        return;
    }
    let test = "redis::without_redis_server_the_error_says_what_installs_it";
    let bare = this_program(test, WITHOUT)
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let said = String::from_utf8(bare.stdout).unwrap();
    let error = said.lines().find(|line| line.starts_with("error: "));
    assert_eq!(
        error,
        Some("error: redis-server is not installed: run scripts/setup")
    );
}

/// One test of this program once more, which gets its part by an argument.
fn this_program(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--nocapture", test, part])
        .stdout(Stdio::piped());
    command
}

fn address(url: &str) -> &str {
    let address = url.strip_prefix("redis://").unwrap();
    address.strip_suffix("/0").unwrap()
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(address(url)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

/// The first line of what is answered to a command.
fn ask(url: &str, command: &str) -> String {
    let mut stream = connect(url);
    stream
        .write_all(format!("{command}\r\n").as_bytes())
        .unwrap();
    first_line(stream)
}

fn first_line(stream: TcpStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Where a server works: the last line of its answer, a list of the setting's name and its value.
fn folder(url: &str) -> PathBuf {
    let mut stream = connect(url);
    stream.write_all(b"CONFIG GET dir\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let path = lines.nth(4).unwrap();
    Path::new(&path).to_owned()
}
