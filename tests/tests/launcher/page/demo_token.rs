//! The token that the page is given on one's own machine, and that nobody else is.

use e2e::{Launcher, LauncherBuilder, Stage, token_line, until_asked};

use crate::access::world::THROUGH_A_PROXY;

/// A launcher of which nothing is said but that it shows a demo.
fn demo(stage: &Stage) -> LauncherBuilder {
    stage
        .launcher()
        .without_env("LAUNCHER_AUTH")
        .arg("--demo-token")
}

/// What the page is given.
async fn token(launcher: &Launcher) -> String {
    let answer = launcher.get("/config.json").await;
    let config = answer.expect_status(200);
    assert_eq!(config["signIn"][0], "token", "{config:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    config["demoToken"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn it_may_do_everything_and_nobody_may_without_it() {
    let stage = Stage::with_class(1).await;
    let launcher = demo(&stage).start().await;
    let token = token(&launcher).await;
    // As `token new` makes them.
    assert!(token.starts_with("vsr_") && token.len() > 40, "{token}");

    let page = launcher.with_token(&token);
    let refreshed = page.refresh(&stage.knack_id).await;
    refreshed.expect_status(200);
    let schools = page.get("/api/establishments").await;
    schools.expect_status(200);
    // The log of runs says who asked.
    let log = stage.logs().await;
    assert!(log[0]["metadata"].to_string().contains("\"demo\""));

    for asker in [launcher.nobody(), launcher.with_token("vsr_another")] {
        let refused = asker.get("/api/establishments").await;
        refused.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_demo_token_is_new_each_time_and_never_logged() {
    let stage = Stage::with_class(1).await;
    let one = demo(&stage).start().await;
    let other = demo(&stage).start().await;
    let (of_one, of_other) = (token(&one).await, token(&other).await);
    assert_ne!(of_one, of_other);
    let elsewhere = other.with_token(&of_one).get("/api/establishments").await;
    elsewhere.expect_problem(401, "unauthenticated");

    let page = one.with_token(&of_one);
    page.refresh(&stage.knack_id).await.expect_status(200);
    let log = one.whole_log().await;
    assert!(log.contains(r#""caller":"demo""#), "{log}");
    assert!(!log.contains(&of_one["vsr_".len()..]), "{log}");
}

#[tokio::test]
async fn the_demo_token_is_given_to_this_machine_itself_and_to_nobody_else() {
    let stage = Stage::with_pupils([]).await;
    let launcher = demo(&stage).start().await;
    let port = launcher.url().rsplit(':').next().unwrap().to_owned();
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            let asker = launcher.nobody().header("Host", &host);
            asker.get("/config.json").await.expect_status(200);
        }
    }
    // As any address that is none.
    let elsewhere = [
        ("Host", "rebound.example"),
        ("Host", "127.0.0.1.rebound.example"),
        ("Host", "203.0.113.9"),
        ("Host", "0.0.0.0"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    for (name, value) in elsewhere.into_iter().chain(THROUGH_A_PROXY) {
        let asker = launcher.nobody().header(name, value);
        let answer = asker.get("/config.json").await;
        assert_eq!(answer.expect_status(200).get("demoToken"), None);
        assert!(!answer.text.contains("vsr_"));
    }
    let asker = launcher.nobody().header("Origin", "https://evil.example");
    let refused = asker.get("/config.json").await;
    assert_eq!(refused.status, 400);
    assert!(!refused.text.contains("vsr_"));
}

#[tokio::test]
async fn it_comes_beside_tokens_of_the_file_and_outlives_them() {
    let stage = Stage::with_pupils([]).await;
    let builder = stage.launcher().arg("serve").arg("--demo-token");
    let line = token_line("vsr_of_the_file", "all", "somebody");
    let launcher = builder.tokens(&line).start().await;
    let demo = token(&launcher).await;
    for token in [demo.as_str(), "vsr_of_the_file"] {
        let page = launcher.with_token(token);
        page.get("/api/establishments").await.expect_status(200);
    }

    launcher.replace_tokens(&token_line("vsr_another", "all", "another"));

    let others = launcher.with_token("vsr_of_the_file");
    until_asked("the file's token is forgotten", async || {
        others.get("/api/establishments").await.status == 401
    })
    .await;
    let page = launcher.with_token(&demo);
    page.get("/api/establishments").await.expect_status(200);
}

#[tokio::test]
async fn there_is_no_demo_token_unless_requested() {
    let stage = Stage::with_pupils([]).await;
    let line = token_line("vsr_of_the_file", "all", "somebody");
    for builder in [stage.launcher(), stage.launcher().tokens(&line)] {
        let launcher = builder.start().await;
        let answer = launcher.get("/config.json").await;
        assert_eq!(answer.expect_status(200).get("demoToken"), None);
    }
}

#[tokio::test]
async fn it_is_refused_where_others_could_reach_it_and_where_nobody_needs_it() {
    let stage = Stage::with_pupils([]).await;
    let elsewhere = "--demo-token must not be given unless LAUNCHER_BIND";
    for (builder, named) in [
        (demo(&stage).env("LAUNCHER_BIND", "0.0.0.0:0"), elsewhere),
        (demo(&stage).env("LAUNCHER_BIND", "[::]:0"), elsewhere),
        (
            demo(&stage).without_env("LAUNCHER_BIND").env("PORT", "0"),
            elsewhere,
        ),
        (
            demo(&stage).env("LAUNCHER_AUTH", "none"),
            "LAUNCHER_AUTH must not be `none` beside --demo-token",
        ),
        (
            demo(&stage).env("LAUNCHER_AUTH", "token"),
            "LAUNCHER_TOKENS_FILE is not set",
        ),
    ] {
        let (code, said) = builder.env("LAUNCHER_MAX_RUNS", "0").refusal().await;
        assert_eq!(code, Some(78), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(named), "{named}: {said}");
        assert!(said.contains("LAUNCHER_MAX_RUNS must"), "{said}");
    }
}

#[tokio::test]
async fn a_token_of_the_same_name_does_not_share_the_demos_limits() {
    let stage = Stage::with_class(1).await;
    let file = token_line("another", "all", "demo");
    let launcher = demo(&stage)
        .tokens(&file)
        .env("LAUNCHER_REQUESTS_PER_MINUTE", "2")
        .start()
        .await;
    let page = launcher.with_token(&token(&launcher).await);
    until_asked("the demo has used up its requests", async || {
        page.get("/api/establishments").await.status == 429
    })
    .await;

    let another = launcher.with_token("another");

    another.get("/api/establishments").await.expect_status(200);
}
