//! What `/readyz` says is true, and costs those whom it asks little, however many want to know.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use e2e::{Launcher, LauncherBuilder, Stage, program, until, until_asked};
use nix::sys::signal::Signal;
use redis::Client;
use reqwest::Method;
use sandbox::proxy::{Fault, ProxyRule};
use sandbox::redis::Redis;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::misbehaving::{Misbehaving, launcher};
use crate::processes::{alive_in_group, zombies_of};

/// sysexits.h: a wrong set-up.
const EX_CONFIG: i32 = 78;
/// How long an answer of the database or of Redis is believed (readiness.rs).
const KEPT_SECONDS: u64 = 3;

const DATABASE: &str = "The dashboard's database does not answer as it should.";
const CACHE: &str = "Redis does not answer or refuses the launcher, so caches are not cleared.";
const PROGRAM: &str = "The refresh program is missing or cannot be run.";

async fn assert_not_ready(launcher: &Launcher, problems: &[&str]) {
    let answer = launcher.get("/readyz").await;
    let body = answer.expect_status(503);
    assert_eq!(answer.header("retry-after"), Some("3"), "{answer:?}");
    assert_eq!(
        *body,
        json!({ "ready": false, "degraded": false, "problems": problems })
    );
}

/// What was found before is believed for some seconds.
async fn until_ready(launcher: &Launcher) {
    until_asked("it is ready", async || {
        launcher.get("/readyz").await.status == 200
    })
    .await;
}

fn reads(stage: &Stage) -> usize {
    let seen = stage.proxy.seen();
    seen.iter()
        .filter(|it| it.table() == "establishments")
        .count()
}

#[tokio::test]
async fn without_its_database_it_is_not_ready_until_that_answers_again() {
    let refused = Fault::Status {
        code: 503,
        body: Value::Null,
        headers: [].into(),
    };
    for fault in [Fault::Hang, Fault::Reset, Fault::Unauthorized, refused] {
        let stage = Stage::with_pupils([]).await;
        stage.proxy.inject(ProxyRule::new(fault.clone()));
        let launcher = stage.launcher().start().await;

        let asked = Instant::now();
        assert_not_ready(&launcher, &[DATABASE]).await;
        let took = asked.elapsed();

        // Asked again and again, Supabase would have had more time than this.
        assert!(took < Duration::from_secs(4), "{fault:?}: {took:?}");
        assert_eq!(reads(&stage), 1, "{fault:?}: it is asked a single time");
        stage.proxy.clear();
        until_ready(&launcher).await;
    }
}

#[tokio::test]
async fn sixty_requests_cost_each_part_one_question() {
    let stage = Stage::with_pupils([]).await;
    let redis = Redis::start().await.unwrap();
    let program = Misbehaving::like("behaves");
    let launcher = launcher(&stage, &program)
        .env("REDIS_URL", redis.url())
        .start()
        .await;
    let client = Client::open(redis.url()).unwrap();
    let mut own = client.get_multiplexed_async_connection().await.unwrap();
    let before = connections_taken(&mut own).await;

    let started = Instant::now();
    let mut pollers = JoinSet::new();
    for _ in 0..60 {
        let requests: Vec<_> = (0..5)
            .map(|_| launcher.request(Method::GET, "/readyz"))
            .collect();
        pollers.spawn(async move {
            for request in requests {
                let answer = request.send().await.expect("the launcher answers");
                assert_eq!(answer.status(), 200);
            }
        });
    }
    pollers.join_all().await;
    let windows = 1 + started.elapsed().as_secs() / KEPT_SECONDS;

    let taken = connections_taken(&mut own).await - before;
    assert!((1..=windows).contains(&taken), "{taken} in {windows}");
    let reads = reads(&stage) as u64;
    assert!((1..=windows).contains(&reads), "{reads} in {windows}");
    // At the start; that is believed for longer.
    assert_eq!(program.asked(), 1);
}

/// How many connections Redis has taken since it started.
async fn connections_taken(connection: &mut redis::aio::MultiplexedConnection) -> u64 {
    let told: String = redis::cmd("INFO")
        .arg("stats")
        .query_async(connection)
        .await
        .expect("Redis answers");
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"));
    line.and_then(|number| number.trim().parse().ok())
        .expect("Redis counts them")
}

/// Asks, and does not wait for the answer. Who drops the connection has left.
async fn ask(launcher: &Launcher) -> TcpStream {
    let address = launcher.url().trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let asked = connection.write_all(request).await;
    asked.expect("it reads");
    connection
}

#[tokio::test]
async fn a_caller_that_asks_and_leaves_does_not_restart_a_question() {
    let stage = Stage::with_pupils([]).await;
    // Never answered, so that whoever leaves has had no answer, however slow this machine is.
    stage.proxy.inject(ProxyRule::new(Fault::Hang));
    let launcher = stage.launcher().start().await;

    let first = ask(&launcher).await;
    until("the database is asked", || reads(&stage) == 1).await;
    drop(first);
    for _ in 0..10 {
        drop(ask(&launcher).await);
    }

    // The answer to the question that the first of them began.
    assert_not_ready(&launcher, &[DATABASE]).await;
    assert_eq!(reads(&stage), 1);
}

#[tokio::test]
async fn redis_is_missed_and_not_needed() {
    let frozen = Redis::start().await.unwrap();
    frozen.pause().unwrap();
    let stage = Stage::with_pupils([]).await;
    let launcher = stage
        .launcher()
        .env("REDIS_URL", frozen.url())
        .start()
        .await;

    let answer = launcher.get("/readyz").await;
    assert_eq!(
        *answer.expect_status(200),
        json!({ "ready": true, "degraded": true, "problems": [CACHE] })
    );

    frozen.resume().unwrap();
    until_asked("Redis is missed no more", async || {
        launcher.get("/readyz").await.body["degraded"] == false
    })
    .await;
}

#[tokio::test]
async fn a_head_request_is_answered_as_get_is_but_for_the_body() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/readyz", 503)] {
        if status == 503 {
            stage.proxy.inject(ProxyRule::new(Fault::Reset));
            until_asked("it is not ready", async || {
                launcher.get("/readyz").await.status == 503
            })
            .await;
        }
        let get = launcher.get(path).await;
        get.expect_status(status);
        let head = launcher.send(launcher.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (status, ""), "{path}");
        for header in ["content-type", "content-length"] {
            assert_eq!(head.header(header), get.header(header), "{path}");
        }
    }
}

/// A program that is good at first, and then as the launcher may find it.
struct Odd(Misbehaving);

impl Odd {
    fn good() -> Self {
        let odd = Self(Misbehaving::like("behaves"));
        odd.replace_by(&program("sync-single-establishment"));
        odd
    }

    fn path(&self) -> PathBuf {
        self.0.path()
    }

    fn remove(&self) {
        fs::remove_file(self.path()).expect("it is ours");
    }

    fn replace_by(&self, program: &Path) {
        self.remove();
        symlink(program, self.path()).expect("the folder is ours");
    }

    fn replace_by_text(&self, text: &str, mode: u32) {
        self.remove();
        fs::write(self.path(), text).expect("the folder is ours");
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.path(), permissions).expect("it is ours");
    }

    fn be(&self, kind: &str) {
        match kind {
            "is missing" => self.remove(),
            "cannot be executed" => {
                self.replace_by_text("#!/bin/sh\necho sync-single-establishment 1\n", 0o644);
            }
            "is a text" => self.replace_by_text("refresh, please\n", 0o755),
            "needs an interpreter that is missing" => {
                self.replace_by_text("#!/nonexistent/sh\n", 0o755);
            }
            "is a folder" => {
                self.remove();
                fs::create_dir(self.path()).expect("the folder is ours");
            }
            "says nothing" => self.replace_by(Path::new("/bin/true")),
            version => {
                self.0.version(version);
                self.replace_by(&program("misbehave"));
            }
        }
    }
}

/// What a program may be, and what is then said of it.
const ODD: [(&str, &str); 9] = [
    ("is missing", "is missing"),
    ("cannot be executed", "cannot be executed"),
    ("is a text", "cannot be executed"),
    ("is a folder", "cannot be executed"),
    (
        "needs an interpreter that is missing",
        "needs an interpreter that is missing",
    ),
    ("says nothing", "is not sync-single-establishment"),
    ("is another", "is not sync-single-establishment"),
    ("fails", "failed when asked for --version"),
    ("floods", "did not answer --version within 5 s"),
];

#[tokio::test]
async fn a_program_that_cannot_be_run_is_refused_at_the_start() {
    let stage = Stage::with_pupils([]).await;
    for (kind, said) in ODD {
        let odd = Odd::good();
        odd.be(kind);
        assert_refused(stage.launcher().cli(&odd.path()), said).await;
    }
    assert_refused(stage.launcher().cli(Path::new("/nope")), "is missing").await;
}

#[tokio::test]
async fn a_program_that_is_not_beside_the_launcher_is_refused_at_the_start() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let elsewhere = folder.path().join("sync-launcher");
    fs::copy(program("sync-launcher"), &elsewhere).unwrap();
    assert_refused(stage.launcher_at(&elsewhere), "is missing").await;

    symlink(
        program("sync-single-establishment"),
        folder.path().join("sync-single-establishment"),
    )
    .unwrap();
    stage.launcher_at(&elsewhere).start().await;
}

async fn assert_refused(builder: LauncherBuilder, said: &str) {
    let (code, log) = builder.refusal().await;
    assert_eq!(code, Some(EX_CONFIG), "{said}: {log}");
    let last: Value =
        serde_json::from_str(log.lines().last().expect("it says why")).expect("the log is JSON");
    let message = last["message"].as_str().expect("a message");
    assert!(
        message.starts_with(&format!("The refresh program {said}")),
        "{message}"
    );
    assert!(message.contains("LAUNCHER_CLI"), "{message}");
    assert!(!log.contains("listening"), "{log}");
}

#[tokio::test]
async fn a_program_that_can_be_run_no_more_is_found_out_at_once() {
    let stage = Stage::with_pupils([]).await;
    for (kind, _) in ODD {
        let odd = Odd::good();
        let launcher = stage.launcher().cli(&odd.path()).start().await;
        launcher.get("/readyz").await.expect_status(200);

        odd.be(kind);

        assert_not_ready(&launcher, &[PROGRAM]).await;
        assert!(zombies_of(launcher.pid()).is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_killed_with_all_that_it_started() {
    let stage = Stage::with_pupils([]).await;
    let odd = Odd::good();
    let launcher = stage.launcher().cli(&odd.path()).start().await;
    odd.be("hangs with a child that ignores TERM");

    assert_not_ready(&launcher, &[PROGRAM]).await;

    assert_group_is_gone(odd.0.pid().await).await;
    assert!(zombies_of(launcher.pid()).is_empty());
}

#[tokio::test]
async fn the_end_of_the_service_waits_for_no_question_and_leaves_nobody() {
    let stage = Stage::with_pupils([]).await;
    let odd = Odd::good();
    let mut launcher = stage
        .launcher()
        .cli(&odd.path())
        .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "600")
        .start()
        .await;
    odd.be("hangs with a child that ignores TERM");
    let asked = tokio::spawn(launcher.request(Method::GET, "/readyz").send());
    let child = odd.0.pid().await;

    launcher.signal(Signal::SIGTERM);

    let answer = asked.await.unwrap().expect("it is answered");
    assert_eq!(answer.status(), 503);
    let text = answer.text().await.unwrap();
    assert!(text.contains("The service is ending."), "{text}");
    assert!(!text.contains(PROGRAM), "{text}");
    assert_eq!(launcher.end().await.code(), Some(0));
    assert_group_is_gone(child).await;
}

async fn assert_group_is_gone(group: i32) {
    until("the process group is gone", || {
        alive_in_group(group).is_empty()
    })
    .await;
}
