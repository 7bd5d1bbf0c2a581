//! Browsers, and pages that are not ours: which sites may call, and what a page cannot do that makes its own name lead to
//! this machine.

use e2e::{Answer, Asker, Launcher, Stage};
use reqwest::Method;

use super::world::{OF_ALL, THROUGH_A_PROXY, World, status_of};

const NAMED: &str = "https://vespaacademy.knack.com";
const OTHERS: [&str; 9] = [
    "https://evil.example",
    "null",
    "https://vespaacademy.knack.com.evil.example",
    "https://evil-vespaacademy.knack.com",
    "https://knack.com",
    "http://vespaacademy.knack.com",
    "https://vespaacademy.knack.com:8443",
    "https://vespaacademy.knack.com/",
    "file://",
];

#[tokio::test]
async fn without_access_control_only_pages_and_tools_of_this_machine_are_answered() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let port = launcher.url().rsplit(':').next().unwrap().to_owned();
    for host in [
        "rebound.example".to_owned(),
        format!("rebound.example:{port}"),
        format!("localhost.rebound.example:{port}"),
        format!("127.0.0.1.rebound.example:{port}"),
        "203.0.113.9".to_owned(),
        "0.0.0.0".to_owned(),
    ] {
        // As the rebound page sends it: its origin is the host that it asks.
        for origin in [None, Some(format!("http://{host}"))] {
            let mut asker = launcher.nobody().header("Host", &host);
            if let Some(origin) = &origin {
                asker = asker.header("Origin", origin);
            }
            let refused = asker.start_refresh(&stage.knack_id).await;
            refused.expect_problem(401, "unauthenticated");
            let refused = asker.get("/api/establishments").await;
            refused.expect_problem(401, "unauthenticated");
        }
    }
    for origin in OTHERS {
        let asker = launcher.nobody().header("Origin", origin);
        assert_blocked(&asker.start_refresh(&stage.knack_id).await, origin);
    }
    assert_eq!(launcher.started().await, 0);
    assert!(stage.knack.seen().is_empty());

    let own = launcher.url().to_owned();
    let asker = launcher.nobody().header("Origin", own);
    asker.refresh(&stage.knack_id).await.expect_status(200);
}

#[tokio::test]
async fn without_access_control_a_browser_is_not_answered_on_behalf_of_another_site() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    // As a link, an image or a form of another site sends it: without an origin.
    for site in ["cross-site", "same-site", "", "canary"] {
        let browser = launcher.nobody().header("Sec-Fetch-Site", site);
        let refused = browser.get("/api/establishments").await;
        refused.expect_problem(401, "unauthenticated");
        let refused = browser.get(&status_of(&stage.knack_id)).await;
        refused.expect_problem(401, "unauthenticated");
        let refused = browser.start_refresh(&stage.knack_id).await;
        refused.expect_problem(401, "unauthenticated");
        let refused = browser.get("/metrics").await;
        refused.expect_problem(401, "unauthenticated");
        // What is open to everybody is not a secret.
        browser.get("/healthz").await.expect_status(200);
    }
    let linked = launcher.nobody().header("Referer", "https://evil.example/");
    let refused = linked.get("/api/establishments").await;
    refused.expect_problem(401, "unauthenticated");
    assert_eq!(launcher.started().await, 0);
    for site in ["same-origin", "none"] {
        let browser = launcher.nobody().header("Sec-Fetch-Site", site);
        browser.get("/api/establishments").await.expect_status(200);
    }
    let own = launcher.url().to_owned();
    let page = launcher.nobody().header("Origin", own);
    let page = page.header("Sec-Fetch-Site", "same-origin");
    page.refresh(&stage.knack_id).await.expect_status(200);
}

#[tokio::test]
async fn without_access_control_a_named_page_of_this_machine_may_call() {
    const PAGE: &str = "http://localhost:5173";
    let stage = Stage::with_class(1).await;
    let builder = stage.launcher().env("LAUNCHER_CORS_ORIGINS", PAGE);
    let launcher = builder.start().await;
    for site in ["same-site", "cross-site"] {
        let page = launcher.nobody().header("Origin", PAGE);
        let page = page.header("Sec-Fetch-Site", site);
        page.get("/api/establishments").await.expect_status(200);
    }
}

#[tokio::test]
async fn without_access_control_what_came_through_a_proxy_is_not_answered() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    for (name, value) in THROUGH_A_PROXY {
        let proxied = launcher.nobody().header(name, value);
        let refused = proxied.start_refresh(&stage.knack_id).await;
        refused.expect_problem(401, "unauthenticated");
        let refused = proxied.get("/api/establishments").await;
        let problem = refused.expect_problem(401, "unauthenticated");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains("proxy"), "{message}");
    }
    let old = format!(
        "GET /api/establishments HTTP/1.0\r\nHost: {}\r\n\r\n",
        launcher.url().trim_start_matches("http://")
    );
    let refused = launcher.send_bytes(old.as_bytes()).await.unwrap();
    refused.expect_problem(401, "unauthenticated");
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn pages_of_other_sites_are_blocked_whatever_token_they_bring() {
    let world = World::new().await;
    let launcher = with_named_origin(&world).await;
    for origin in OTHERS {
        let page = launcher.with_token(OF_ALL).header("Origin", origin);
        assert_blocked(&page.start_refresh(&world.a.knack_id).await, origin);
        assert_blocked(&page.get(&status_of(&world.a.knack_id)).await, origin);
        assert_blocked(&preflight(&page, "authorization").await, origin);
    }
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_named_page_may_send_what_it_needs_and_read_what_it_is_told() {
    let world = World::new().await;
    let launcher = with_named_origin(&world).await;
    let page = launcher.with_token(OF_ALL).header("Origin", NAMED);

    let allowed = preflight(&page, "authorization, content-type, prefer, last-event-id").await;
    allowed.expect_status(200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(NAMED));
    let methods = listed(&allowed, "access-control-allow-methods");
    assert_eq!(methods, ["delete", "get", "head", "post"]);
    assert_eq!(
        listed(&allowed, "access-control-allow-headers"),
        ["authorization", "content-type", "last-event-id", "prefer"]
    );
    // No cookie is ever read, so none is asked for.
    assert_eq!(allowed.header("access-control-allow-credentials"), None);
    let refused = preflight(&page, "x-user-email").await;
    assert_eq!(refused.status, 400, "{}", refused.text);

    let started = page.start_refresh(&world.a.knack_id).await;
    started.expect_status(202);
    let run = started.header("location").unwrap();
    page.end_of(run).await;
    let forbidden = launcher
        .nobody()
        .header("Origin", NAMED)
        .get(&status_of(&world.a.knack_id))
        .await;
    forbidden.expect_problem(401, "unauthenticated");
    for answer in [&started, &forbidden] {
        assert_eq!(answer.header("access-control-allow-origin"), Some(NAMED));
        assert_eq!(
            listed(answer, "access-control-expose-headers"),
            [
                "location",
                "preference-applied",
                "retry-after",
                "www-authenticate",
                "x-request-id"
            ]
        );
        assert!(listed(answer, "vary").contains(&"origin".to_owned()));
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn no_page_is_named_unless_the_settings_name_it() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let page = launcher.with_token(OF_ALL).header("Origin", NAMED);
    assert_blocked(&page.start_refresh(&world.a.knack_id).await, NAMED);
    assert_eq!(launcher.started().await, 0);
}

async fn with_named_origin(world: &World) -> Launcher {
    let origins = format!("https://dashboard.example,{NAMED}");
    let builder = world.builder().env("LAUNCHER_CORS_ORIGINS", origins);
    builder.start().await
}

/// What a browser asks before it sends a request of another site's page.
async fn preflight(page: &Asker<'_>, headers: &str) -> Answer {
    let request = page
        .request(Method::OPTIONS, "/api/sync/refresh-establishment")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", headers);
    page.send(request).await
}

#[track_caller]
fn assert_blocked(answer: &Answer, origin: &str) {
    assert_eq!(answer.status, 400, "{origin}: {}", answer.text);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert!(!answer.text.contains(origin));
}

/// The words of a header, in order.
fn listed(answer: &Answer, name: &str) -> Vec<String> {
    let header = answer.header(name).unwrap_or_default().to_lowercase();
    let mut words: Vec<String> = header.split(',').map(|it| it.trim().to_owned()).collect();
    words.sort();
    words
}
