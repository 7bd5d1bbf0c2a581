//! The dashboard's cache, in a real Redis that holds keys as the dashboard writes them (docs/knack-and-dashboard.md, "Cache
//! keys").

use e2e::{BadCertificate, Launcher, LauncherBuilder, Stage, TlsServer, until};
use md5::{Digest, Md5};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Client};
use sandbox::knack::{Fault as KnackFault, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use sandbox::redis::Redis;
use serde_json::Value;

use crate::processes::children_of;

/// What the dashboard stores is pickled and compressed; to us it is bytes.
const VALUE: &[u8] = b"\x1f\x8b\x08\x00\xff\xfe";
const OTHER: &str = "5f1a20c4e7b3d9001c0aaaaa";

struct Cached {
    redis: Redis,
    connection: MultiplexedConnection,
}

impl Cached {
    async fn start() -> Self {
        let redis = Redis::start().await.expect("Redis starts");
        let client = Client::open(redis.url()).expect("it is a Redis URL");
        let connection = client.get_multiplexed_async_connection().await;
        Self {
            redis,
            connection: connection.expect("Redis answers"),
        }
    }

    async fn hold(&mut self, keys: &[String]) {
        for key in keys {
            let () = self.connection.set(key, VALUE).await.expect("it is stored");
        }
    }

    async fn keys(&mut self) -> Vec<String> {
        let mut keys: Vec<String> = self.connection.keys("*").await.expect("Redis answers");
        keys.sort();
        keys
    }
}

/// The keys of docs/knack-and-dashboard.md, "Cache keys" that belong to a school.
fn keys_of(id: &str) -> Vec<String> {
    [
        format!("dashboard_data:none:{id}:1:1:1000"),
        format!("dashboard_data:5f0000000000000000000001:{id}:2:1:1000"),
        format!("dataset:{id}:1:chunk:0"),
        format!("metadata:{id}:1"),
        format!("data_health:{id}:none:none:1"),
        school_statistics(id),
    ]
    .into()
}

/// The dashboard names this key by the MD5 of the call's argument.
fn school_statistics(id: &str) -> String {
    let digest = Md5::digest(format!("school_id:{id}"));
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("get_school_statistics:{}", hex.concat())
}

fn keys_of_others() -> Vec<String> {
    let mut keys = keys_of(OTHER);
    keys.extend([
        "make_knack_request:0123456789abcdef".to_owned(),
        "dashboard_data:5f0000000000000000000001:none:1:1:1000".to_owned(),
    ]);
    keys.sort();
    keys
}

fn with_cache(stage: &Stage, redis: &str) -> LauncherBuilder {
    stage.launcher().env("REDIS_URL", redis)
}

#[tokio::test]
async fn a_refresh_clears_the_schools_keys_under_both_ids_and_no_others() {
    let stage = Stage::with_class(2).await;
    let mut cached = Cached::start().await;
    let by_uuid = keys_of(&stage.id.to_string());
    cached.hold(&keys_of(&stage.knack_id)).await;
    cached.hold(&by_uuid).await;
    cached.hold(&keys_of_others()).await;
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(body["cache_cleared"], true);
    assert_eq!(body["cache_keys_deleted"], 12);
    assert_eq!(body["warnings"], Value::Array(Vec::new()));
    assert_eq!(cached.keys().await, keys_of_others());
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

#[tokio::test]
async fn many_keys_are_cleared_in_one_pass() {
    let stage = Stage::with_class(1).await;
    let mut cached = Cached::start().await;
    let many: Vec<String> = (0..3_000)
        .map(|n| format!("dataset:{}:1:chunk:{n}", stage.knack_id))
        .collect();
    let mut pipe = redis::pipe();
    for key in &many {
        pipe.set(key, VALUE);
    }
    let () = pipe.query_async(&mut cached.connection).await.unwrap();
    cached.hold(&keys_of_others()).await;
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    assert_eq!(answer.expect_status(200)["cache_keys_deleted"], 3_000);
    assert_eq!(cached.keys().await, keys_of_others());
}

#[tokio::test]
async fn patterns_can_be_others() {
    let stage = Stage::with_class(1).await;
    let mut cached = Cached::start().await;
    let keys = [
        format!("v2/{}/a", stage.knack_id),
        format!("dataset:{}:1", stage.knack_id),
    ];
    cached.hold(&keys).await;
    let launcher = with_cache(&stage, &cached.redis.url())
        .env("LAUNCHER_CACHE_PATTERNS", "v2/{id}/*")
        .start()
        .await;

    launcher.refresh(&stage.knack_id).await.expect_status(200);

    assert_eq!(cached.keys().await, keys[1..]);
}

#[tokio::test]
async fn a_pattern_can_name_a_key_that_is_a_hash_of_the_school() {
    let stage = Stage::with_class(1).await;
    let mut cached = Cached::start().await;
    let keys = [
        school_statistics(OTHER),
        school_statistics(&stage.knack_id),
        school_statistics(&stage.id.to_string()),
    ];
    cached.hold(&keys).await;
    let launcher = with_cache(&stage, &cached.redis.url())
        .env(
            "LAUNCHER_CACHE_PATTERNS",
            "v2/{id}/*, get_*:{md5:school_id:{id}}",
        )
        .start()
        .await;

    launcher.refresh(&stage.knack_id).await.expect_status(200);

    assert_eq!(cached.keys().await, keys[..1]);
}

#[tokio::test]
async fn keys_that_are_not_text_are_cleared_too() {
    let stage = Stage::with_class(1).await;
    let mut cached = Cached::start().await;
    let bytes = |before: &str, after: &[u8]| [before.as_bytes(), after].concat();
    let own = [
        bytes(&format!("dataset:{}:", stage.knack_id), b"\xff\xfe"),
        bytes(&format!("metadata:{}:", stage.id), b"\x80"),
        [b"\xc3\x28:", format!("{}:x", stage.knack_id).as_bytes()].concat(),
    ];
    let others = bytes(&format!("dataset:{OTHER}:"), b"\xff");
    for key in own.iter().chain([&others]) {
        let () = cached.connection.set(key, VALUE).await.unwrap();
    }
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(body["cache_cleared"], true);
    assert_eq!(body["cache_keys_deleted"], 3);
    let left: Vec<Vec<u8>> = cached.connection.keys("*").await.unwrap();
    assert_eq!(left, [others]);
}

#[tokio::test]
async fn a_run_stopped_half_way_clears_the_cache_too() {
    let stage = Stage::with_class(2).await;
    stage
        .proxy
        .inject(ProxyRule::new(Fault::Hang).on("POST", "vespa_scores"));
    let mut cached = Cached::start().await;
    cached.hold(&keys_of(&stage.knack_id)).await;
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    until_scores_are_sent(&stage).await;

    launcher.delete(&run).await.expect_status(202);

    let ended = launcher.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(ended["cache"]["cleared"], true);
    assert_eq!(ended["cache"]["keysDeleted"], 6);
    assert_eq!(cached.keys().await, Vec::<String>::new());
    assert_eq!(stage.row_counts().await, [2, 0, 0]);
}

async fn until_scores_are_sent(stage: &Stage) {
    e2e::until("scores are sent", || {
        let seen = stage.proxy.writes();
        seen.iter().any(|write| write.table() == "vespa_scores")
    })
    .await;
}

#[tokio::test]
async fn a_run_killed_half_way_clears_the_cache_too() {
    let stage = Stage::with_class(2).await;
    stage
        .proxy
        .inject(ProxyRule::new(Fault::Hang).on("POST", "vespa_scores"));
    let mut cached = Cached::start().await;
    cached.hold(&keys_of(&stage.knack_id)).await;
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    until_scores_are_sent(&stage).await;

    for child in children_of(launcher.pid()) {
        kill(Pid::from_raw(child.id), Signal::SIGKILL).unwrap();
    }

    let ended = launcher.run_in_state(&run, &["failed"]).await;
    assert_eq!(ended["problem"]["code"], "sync_crashed");
    assert_eq!(ended["cache"]["cleared"], true);
    assert_eq!(cached.keys().await, Vec::<String>::new());
    assert_eq!(stage.row_counts().await, [2, 0, 0]);
}

/// What wrote the rows may have been a refresh from a shell, the nightly job, or one whose Redis was gone.
#[tokio::test]
async fn a_refresh_that_finds_nothing_to_write_clears_the_cache_of_what_others_wrote() {
    let stage = Stage::with_class(1).await;
    stage.run().await.expect_code(0);
    let mut cached = Cached::start().await;
    cached.hold(&keys_of(&stage.knack_id)).await;
    let launcher = with_cache(&stage, &cached.redis.url())
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(body["summary"]["changes"]["students"]["unchanged"], 1);
    assert_eq!(body["cache_cleared"], true);
    assert_eq!(cached.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_failed_before_it_wrote_leaves_the_cache() {
    let stage = Stage::with_class(1).await;
    let unauthorized = KnackFault::Status {
        code: 401,
        body: String::new(),
    };
    stage.knack.inject(KnackRule::new(unauthorized));
    let mut cached = Cached::start().await;
    cached.hold(&keys_of(&stage.knack_id)).await;
    let launcher = with_cache(&stage, &cached.redis.url()).start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    answer.expect_problem(502, "knack_refused");
    assert_eq!(cached.keys().await.len(), 6);
}

#[tokio::test]
async fn a_redis_that_is_gone_or_frozen_costs_a_warning_and_nothing_else() {
    let frozen = Redis::start().await.unwrap();
    frozen.pause().unwrap();
    for url in [frozen.url(), "redis://127.0.0.1:1/0".to_owned()] {
        let stage = Stage::with_class(1).await;
        let launcher = with_cache(&stage, &url).start().await;

        let answer = launcher.refresh(&stage.knack_id).await;

        let body = answer.expect_status(200);
        assert_eq!(body["cache_cleared"], false, "{url}");
        assert_eq!(body["warnings"].as_array().unwrap().len(), 1);
        assert_eq!(stage.row_counts().await, [1, 1, 0]);
        assert_degraded(&launcher).await;
    }
}

async fn assert_degraded(launcher: &Launcher) {
    let ready = launcher.get("/readyz").await;
    let body = ready.expect_status(200);
    assert_eq!(
        (&body["ready"], &body["degraded"]),
        (&true.into(), &true.into())
    );
}

#[tokio::test]
async fn a_redis_that_answers_and_clears_nothing_is_degraded_and_the_log_says_why() {
    for (change, reason) in [
        (
            &["CONFIG", "SET", "requirepass", "canary"][..],
            "Redis refuses it: NOAUTH",
        ),
        (
            &["REPLICAOF", "127.0.0.1", "1"],
            "Redis refuses it: READONLY",
        ),
        (
            &["ACL", "SETUSER", "default", "-unlink"],
            "Redis refuses it: NOPERM",
        ),
    ] {
        let stage = Stage::with_class(1).await;
        let mut cached = Cached::start().await;
        cached.hold(&keys_of(&stage.knack_id)).await;
        let mut command = redis::cmd(change[0]);
        command.arg(&change[1..]);
        let changed: redis::Value = command.query_async(&mut cached.connection).await.unwrap();
        assert_eq!(changed, redis::Value::Okay);
        let launcher = with_cache(&stage, &cached.redis.url()).start().await;

        assert_degraded(&launcher).await;
        let answer = launcher.refresh(&stage.knack_id).await;

        let body = answer.expect_status(200);
        assert_eq!(body["cache_cleared"], false, "{reason}");
        let told = format!(r#""reason":"{reason}""#);
        until("the log says why, of both", || {
            launcher.log().concat().matches(&told).count() == 2
        })
        .await;
    }
}

#[tokio::test]
async fn a_redis_that_takes_no_ping_and_clears_what_it_is_asked_to_is_all_that_is_needed() {
    let stage = Stage::with_class(1).await;
    let mut cached = Cached::start().await;
    cached.hold(&keys_of(&stage.knack_id)).await;
    let user = [
        "SETUSER", "launcher", "on", ">canary", "~*", "+scan", "+unlink",
    ];
    let mut command = redis::cmd("ACL");
    let changed: redis::Value = command
        .arg(&user)
        .query_async(&mut cached.connection)
        .await
        .unwrap();
    assert_eq!(changed, redis::Value::Okay);
    let url = cached.redis.url();
    let url = url.replace("redis://", "redis://launcher:canary@");
    let launcher = with_cache(&stage, &url).start().await;

    let ready = launcher.get("/readyz").await;

    assert_eq!(ready.expect_status(200)["degraded"], false);
    let answer = launcher.refresh(&stage.knack_id).await;
    assert_eq!(answer.expect_status(200)["cache_keys_deleted"], 6);
}

#[tokio::test]
async fn the_log_says_what_is_wrong_with_the_certificate_of_a_redis() {
    for (fault, said) in [
        (
            BadCertificate::SelfSigned,
            "no authority that this machine trusts",
        ),
        (BadCertificate::Expired, "it has expired"),
        (BadCertificate::OfAnotherHost, "it belongs to another host"),
    ] {
        let stage = Stage::with_pupils([]).await;
        let server = TlsServer::start(fault);
        let url = server.url.replace("https://", "rediss://");
        let launcher = with_cache(&stage, &url)
            .env("SSL_CERT_FILE", server.authority())
            .start()
            .await;

        assert_degraded(&launcher).await;

        until("the log says why", || {
            let log = launcher.log().concat();
            log.contains("Redis's certificate is not trusted") && log.contains(said)
        })
        .await;
    }
}
