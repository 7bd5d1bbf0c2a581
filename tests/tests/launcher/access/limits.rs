//! How often one caller may ask, and who sees the figures.

use std::time::Instant;

use e2e::{Launcher, Stage, token_line};
use serde_json::Value;
use tokio::task::JoinSet;

use super::world::{OF_A, OF_B, THROUGH_A_PROXY, World, status_of};

#[tokio::test]
async fn a_caller_who_asks_too_often_waits_and_others_do_not() {
    const PER_MINUTE: u64 = 3;
    const REFILL_SECONDS: u64 = 60 / PER_MINUTE;
    let world = World::new().await;
    let launcher = world
        .builder()
        .env("LAUNCHER_REQUESTS_PER_MINUTE", PER_MINUTE.to_string())
        .start()
        .await;
    let asker = launcher.with_token(OF_A);
    let path = status_of(&world.a.knack_id);

    let started = Instant::now();
    let mut requests = JoinSet::new();
    for _ in 0..12 {
        let request = asker.request(reqwest::Method::GET, &path);
        requests.spawn(async move { request.send().await.map(|it| it.status().as_u16()) });
    }
    let statuses = requests.join_all().await;
    let took = started.elapsed().as_secs();

    let count = |status| {
        let same = statuses
            .iter()
            .filter(|it| it.as_ref().is_ok_and(|it| *it == status));
        same.count() as u64
    };
    assert_eq!(count(200) + count(429), 12);
    assert!(count(200) >= PER_MINUTE);
    assert!(count(200) <= PER_MINUTE + took / REFILL_SECONDS + 1);

    // On a slow machine, one more may be allowed by now.
    let refused = loop {
        let answer = asker.start_refresh(&world.other.knack_id).await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect_problem(404, "establishment_not_found");
    };
    let problem = refused.expect_problem(429, "too_many_requests");
    let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
    assert!((1..=REFILL_SECONDS + 1).contains(&seconds), "{seconds}");

    let other = launcher.with_token(OF_B);
    let status = other.get(&status_of(&world.b.knack_id)).await;
    status.expect_status(200);
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn figures_are_for_this_machine_itself() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let seen = launcher.get("/metrics").await;
    seen.expect_status(200);
    assert!(seen.text.contains("sync_runs_active 0"), "{}", seen.text);

    // What comes through a proxy of this machine, or from a page of another site, comes from elsewhere.
    let elsewhere = [
        ("Host", "rebound.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    for (name, value) in THROUGH_A_PROXY.into_iter().chain(elsewhere) {
        let asker = launcher.nobody().header(name, value);
        let refused = asker.get("/metrics").await;
        refused.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn where_both_kinds_of_addresses_are_served_this_machine_is_known_by_either() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage
        .launcher()
        .tokens(&token_line("vsr_x", "all", "somebody"))
        .env("LAUNCHER_BIND", "[::]:0")
        .start()
        .await;
    let (_, port) = launcher.url().rsplit_once(':').unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let url = format!("http://{host}:{port}/metrics");
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{host}");
    }
}

#[tokio::test]
async fn metrics_with_a_token_are_only_for_callers_with_that_token() {
    let world = World::new().await;
    let launcher = world
        .builder()
        .env("LAUNCHER_METRICS_TOKEN", "metrics-canary")
        .start()
        .await;
    let invalid = "Bearer error=\"invalid_token\"";
    for (asker, challenge) in [
        (launcher.nobody(), "Bearer"),
        (launcher.with_token(""), "Bearer"),
        (launcher.with_token("metrics-canar"), invalid),
        (launcher.with_token("metrics-canary2"), invalid),
        (launcher.with_token(OF_A), invalid),
    ] {
        let refused = asker.get("/metrics").await;
        refused.expect_problem(401, "unauthenticated");
        assert_eq!(refused.header("www-authenticate"), Some(challenge));
    }
    let scraper = launcher
        .with_token("metrics-canary")
        .header("X-Forwarded-For", "203.0.113.9");
    scraper.get("/metrics").await.expect_status(200);
    // The scheme is read as it is everywhere else, and its name has no case.
    let other_case = launcher
        .nobody()
        .header("Authorization", "bearer  metrics-canary");
    other_case.get("/metrics").await.expect_status(200);
    let status = scraper.get(&status_of(&world.a.knack_id)).await;
    status.expect_problem(401, "unauthenticated");
    assert!(!launcher.whole_log().await.contains("canary"));
}

#[tokio::test]
async fn figures_with_an_address_of_their_own_are_there_and_nowhere_else() {
    let stage = Stage::with_pupils([]).await;
    let builder = || {
        let builder = stage.launcher();
        builder
            .env("LAUNCHER_METRICS_BIND", "127.0.0.1:0")
            .env("LAUNCHER_TRUSTED_PROXIES", "127.0.0.1")
    };
    let launcher = builder().start().await;
    let address = metrics_address(&launcher);
    let seen = ask(&address, "/metrics", None).await;
    assert!(seen.1.contains("sync_runs_active 0"), "{}", seen.1);
    for (path, status) in [("/healthz", 404), ("/", 404), ("/api/establishments", 404)] {
        assert_eq!(ask(&address, path, None).await.0, status, "{path}");
    }
    let elsewhere = launcher.get("/metrics").await;
    elsewhere.expect_problem(404, "not_found");

    // The token counts there as well.
    let launcher = builder().env("LAUNCHER_METRICS_TOKEN", "metrics-canary");
    let launcher = launcher.start().await;
    let address = metrics_address(&launcher);
    for (token, status) in [
        (None, 401),
        (Some("another"), 401),
        (Some("metrics-canary"), 200),
    ] {
        assert_eq!(
            ask(&address, "/metrics", token).await.0,
            status,
            "{token:?}"
        );
    }
}

#[tokio::test]
async fn figures_without_a_token_have_no_address_that_others_reach() {
    const TAKEN: &str = "127.0.0.1:9464";
    let stage = Stage::with_pupils([]).await;
    let builder = |bind: &str| stage.launcher().env("LAUNCHER_METRICS_BIND", bind);
    for (builder, said) in [
        (
            builder("0.0.0.0:0"),
            "LAUNCHER_METRICS_BIND must be an address of this machine alone",
        ),
        (
            builder("[::]:9464"),
            "LAUNCHER_METRICS_BIND must be an address of this machine alone",
        ),
        (
            builder("9464"),
            "LAUNCHER_METRICS_BIND must be an address and a port",
        ),
        (
            builder(TAKEN).env("LAUNCHER_BIND", TAKEN),
            "LAUNCHER_METRICS_BIND must differ from LAUNCHER_BIND",
        ),
    ] {
        let (code, message) = builder.refusal().await;
        assert_eq!(code, Some(78), "{message}");
        assert!(message.contains(said), "{message}");
    }
    let with_token = builder("0.0.0.0:0").env("LAUNCHER_METRICS_TOKEN", "metrics-canary");
    with_token.start().await;
}

/// Where a launcher serves its figures, by its log.
fn metrics_address(launcher: &Launcher) -> String {
    let lines = launcher.log();
    let said = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| line["message"] == "listening for the metrics alone");
    let said = said.expect("it says where");
    said["addresses"].as_str().expect("a text").to_owned()
}

/// Status and text of an answer.
async fn ask(address: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("a client can be made");
    let mut request = client.get(format!("http://{address}{path}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.expect("it is answered");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("it is text"))
}
