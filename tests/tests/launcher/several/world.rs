//! Launchers that agree through one Redis, and a proxy in front of them that asks them in turn.

use std::net::TcpListener;

use e2e::{Launcher, LauncherBuilder, Nginx, Stage, token_line, until_asked};
use redis::Client;
use reqwest::Method;
use sandbox::redis::Redis;
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "vsr_several";
/// The name under which the proxy is asked.
const NAME: &str = "refresh.school.example";

/// A Redis in which launchers have agreed for long.
pub(super) async fn redis() -> Redis {
    let redis = Redis::start().await.expect("Redis starts");
    ask(&redis, &["SET", "vsync:born", "1"]).await;
    redis
}

/// Sends Redis a command.
pub(super) async fn ask(redis: &Redis, command: &[&str]) -> redis::Value {
    let client = Client::open(redis.url()).expect("it is a Redis URL");
    let connection = client.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis answers");
    let mut asked = redis::cmd(command[0]);
    asked.arg(&command[1..]);
    asked.query_async(&mut connection).await.expect("it may")
}

/// How often a real launcher may lose its lease by being slow in these tests: never.
pub(super) const LONG_LEASE: &str = "300";

/// One of several.
pub(super) fn together(launcher: LauncherBuilder, redis: &Redis, lease: &str) -> LauncherBuilder {
    launcher
        .env("COORDINATOR", "redis")
        .env("COORDINATOR_LEASE_SECONDS", lease)
        .env("REDIS_URL", redis.url())
}

/// So many of them for this school.
pub(super) async fn launchers<const N: usize>(
    stage: &Stage,
    redis: &Redis,
    lease: &str,
) -> [Launcher; N] {
    let mut all = Vec::new();
    for _ in 0..N {
        all.push(together(stage.launcher(), redis, lease).start().await);
    }
    all.try_into().ok().expect("as many as were started")
}

/// A launcher behind the proxy, at an address that it keeps when it is restarted.
pub(super) fn behind_proxy(
    stage: &Stage,
    redis: &Redis,
    lease: &str,
    address: &str,
) -> LauncherBuilder {
    together(stage.launcher(), redis, lease)
        .tokens(&token_line(TOKEN, "all", "a crowd"))
        .env("LAUNCHER_TRUSTED_PROXIES", "127.0.0.1")
        .env("LAUNCHER_REQUESTS_PER_MINUTE", "100000")
        .env("LAUNCHER_BIND", address)
}

/// Addresses that nobody listens on.
pub(super) fn addresses<const N: usize>() -> [String; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("there are ports"));
    listeners.map(|it| it.local_addr().expect("it is bound").to_string())
}

/// What asks each launcher in turn, and the next one if one does not answer.
pub(super) async fn proxy(addresses: &[String]) -> Nginx {
    let servers = addresses.iter();
    let servers = servers.map(|it| format!("server {it} max_fails=0;"));
    let servers: String = servers.collect();
    Nginx::start("http", NAME, |here| {
        let address = here.address;
        // Whoever asks twice for a refresh joins it.
        format!(
            "upstream launchers {{ {servers} }}\n\
             server {{ listen {address}; location / {{ proxy_pass http://launchers; proxy_http_version 1.1; \
             proxy_set_header Connection \"\"; proxy_set_header Host $http_host; proxy_buffering off; \
             proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_read_timeout 330s; \
             proxy_next_upstream error timeout non_idempotent; }} }}"
        )
    })
    .await
}

/// Asks the proxy for a refresh, and waits for it. The status, `Retry-After`, and the body.
pub(super) async fn refresh_through(proxy: &Nginx, school: &str) -> (u16, Option<u64>, Value) {
    let request = proxy
        .request(Method::POST, "/api/sync/refresh-establishment")
        .bearer_auth(TOKEN)
        .json(&json!({ "establishmentId": school }));
    let response = request.send().await.expect("the proxy answers");
    let status = response.status().as_u16();
    let later = response.headers().get("retry-after");
    let later = later.and_then(|it| it.to_str().ok()?.parse().ok());
    let text = response.text().await.expect("it is whole");
    let body = serde_json::from_str(&text);
    (
        status,
        later,
        body.unwrap_or_else(|_| panic!("{status}: {text}")),
    )
}

/// Another school that Supabase knows and of which Knack holds nothing.
pub(super) async fn add_school(stage: &Stage, n: usize) -> String {
    let own = stage.id.simple().to_string();
    let knack_id = format!("{}{n:04x}", &own[..20]);
    let row = json!({ "knack_id": knack_id, "name": format!("School of several {n}") });
    stage.db.insert("establishments", &row).await;
    knack_id
}

/// How many refreshes a launcher has started.
pub(super) fn starts(launcher: &Launcher) -> usize {
    let log = launcher.log();
    log.iter()
        .filter(|line| line.contains(r#""message":"a run starts""#))
        .count()
}

/// Waits until Redis has been told that this school is nobody's.
pub(super) async fn until_free(redis: &Redis, school: &str) {
    let lease = format!("vsync:lease:{school}");
    until_asked("the school is free", async || {
        ask(redis, &["EXISTS", &lease]).await == redis::Value::Int(0)
    })
    .await;
}
