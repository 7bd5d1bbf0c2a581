//! Behind Debian's nginx, as the document configures it, and as people configure it who have not read that.

use e2e::documents::blocks;
use e2e::{Launcher, LauncherBuilder, Nginx, Stage, Surroundings, token_line};
use reqwest::Method;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;

const TOKEN: &str = "vsr_behind-nginx";
/// What the document's configuration names.
const NAME: &str = "refresh.school.example";
const LAUNCHER: &str = "http://127.0.0.1:8080";
const CERTIFICATE: &str = "/etc/ssl/certs/refresh.school.example.pem";
const KEY: &str = "/etc/ssl/private/refresh.school.example.key";

/// Configured as the document says, but for addresses and files.
async fn as_documented(launcher: &Launcher) -> Nginx {
    let server = blocks("nginx").join("\n");
    let replaced = |text: &str, by: &str| {
        let count = server.matches(text).count();
        assert_eq!(count, 1, "{text} in {server}");
        (text.to_owned(), by.to_owned())
    };
    Nginx::start("https", NAME, |here: &Surroundings<'_>| {
        let replacements = [
            replaced(LAUNCHER, launcher.url()),
            replaced(CERTIFICATE, &here.certificate.display().to_string()),
            replaced(KEY, &here.key.display().to_string()),
            replaced("listen 443 ssl;", &format!("listen {} ssl;", here.address)),
            // Not every machine has it.
            replaced("listen [::]:443 ssl;", ""),
        ];
        replacements
            .iter()
            .fold(server.clone(), |server, (text, by)| {
                server.replace(text, by)
            })
    })
    .await
}

/// With nothing but these lines.
async fn with_lines(lines: &str, launcher: &Launcher) -> Nginx {
    Nginx::start("http", NAME, |here| {
        let (address, url) = (here.address, launcher.url());
        format!("server {{ listen {address}; location / {{ proxy_pass {url}; {lines} }} }}")
    })
    .await
}

#[tokio::test]
async fn as_documented_the_page_can_do_all_that_it_does_without() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let launcher = stage
        .launcher()
        .tokens(&token_line(TOKEN, "all", "the page"))
        .env("LAUNCHER_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let nginx = as_documented(&launcher).await;
    // As a browser sends it.
    let ask = |method, path: &str| {
        let request = nginx.request(method, path).bearer_auth(TOKEN);
        request.header("Sec-Fetch-Site", "same-origin")
    };
    let page = launcher.send(nginx.request(Method::GET, "/")).await;
    assert!(page.text.contains("<!doctype html>"), "{}", page.text);
    for method in [Method::GET, Method::HEAD] {
        let schools = launcher.send(ask(method, "/api/establishments")).await;
        schools.expect_status(200);
    }

    let post = ask(Method::POST, "/api/sync/refresh-establishment")
        .header("Origin", nginx.origin())
        .header("Prefer", "respond-async")
        .json(&json!({ "establishmentId": stage.knack_id }));
    let started = launcher.send(post).await;
    started.expect_status(202);
    let run = started.header("location").expect("a place");

    // The run does not end, so what comes of its events is not kept back until it does.
    let events = ask(Method::GET, &format!("{run}/events")).send().await;
    let mut events = events.expect("they are answered");
    let first = events.chunk().await.expect("they go on");
    let first = String::from_utf8_lossy(&first.expect("they have begun")).into_owned();
    assert!(first.contains("retry:"), "{first}");
    let stopped = ask(Method::DELETE, run).header("Origin", nginx.origin());
    launcher.send(stopped).await.expect_status(202);
    let rest = events.text().await.expect("they end");
    assert!(rest.contains("event: end"), "{rest}");

    let other = ask(Method::POST, "/api/sync/refresh-establishment")
        .header("Origin", "https://evil.example")
        .json(&json!({ "establishmentId": stage.knack_id }));
    assert_eq!(launcher.send(other).await.status, 400);
    assert_eq!(launcher.started().await, 1);
}

#[tokio::test]
async fn however_it_is_configured_it_opens_nothing_that_is_for_this_machine() {
    let stage = Stage::with_class(1).await;
    let open = stage.launcher().start().await;
    let demo = stage.launcher().without_env("LAUNCHER_AUTH");
    let demo = demo.arg("--demo-token").start().await;
    let bare = [
        "",
        "proxy_set_header Host $host;",
        "proxy_set_header Host localhost;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;",
        "proxy_http_version 1.1; proxy_set_header Host $http_host;",
        "proxy_http_version 1.1; proxy_set_header X-Forwarded-Proto $scheme;",
    ];
    let mut nginxes = vec![(as_documented(&open).await, as_documented(&demo).await)];
    for lines in bare {
        nginxes.push((
            with_lines(lines, &open).await,
            with_lines(lines, &demo).await,
        ));
    }
    are_closed(&stage, &open, &demo, &nginxes).await;
}

#[tokio::test]
async fn where_a_proxy_is_declared_even_one_that_hides_itself_opens_nothing() {
    const HIDDEN: &str = "proxy_http_version 1.1; proxy_set_header Host localhost; \
        proxy_set_header Connection ''; proxy_set_header Referer ''; proxy_set_header Origin '';";
    let stage = Stage::with_class(1).await;
    let declared = |it: LauncherBuilder| it.env("LAUNCHER_TRUSTED_PROXIES", "127.0.0.1");
    let open = declared(stage.launcher()).start().await;
    let demo = declared(stage.launcher()).without_env("LAUNCHER_AUTH");
    let demo = demo.arg("--demo-token").start().await;
    let nginxes = [(
        with_lines(HIDDEN, &open).await,
        with_lines(HIDDEN, &demo).await,
    )];
    are_closed(&stage, &open, &demo, &nginxes).await;
}

/// Asserts that nothing for this machine alone is answered through any of these.
async fn are_closed(stage: &Stage, open: &Launcher, demo: &Launcher, nginxes: &[(Nginx, Nginx)]) {
    for (to_open, to_demo) in nginxes {
        for path in ["/api/establishments", "/metrics"] {
            let refused = open.send(to_open.request(Method::GET, path)).await;
            refused.expect_problem(401, "unauthenticated");
        }
        let post = to_open.request(Method::POST, "/api/sync/refresh-establishment");
        let post = post.json(&json!({ "establishmentId": stage.knack_id }));
        let refused = open.send(post).await;
        refused.expect_problem(401, "unauthenticated");
        let config = demo
            .send(to_demo.request(Method::GET, "/config.json"))
            .await;
        assert_eq!(config.expect_status(200).get("demoToken"), None);
        let alive = open.send(to_open.request(Method::GET, "/healthz")).await;
        alive.expect_status(200);
    }
    assert_eq!(open.started().await, 0);
}
