//! Methods that an address does not take.

use e2e::Stage;
use reqwest::Method;

use super::Untouched;

#[tokio::test]
async fn an_address_takes_its_own_methods_and_no_other() {
    const RUN: &str = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab";
    let world = Untouched::new().await;
    let events = format!("{RUN}/events");
    let invented = Method::from_bytes(b"CANARY").unwrap();
    let read = || vec![Method::GET, Method::HEAD];
    for (path, taken) in [
        ("/api/sync/refresh-establishment", vec![Method::POST]),
        (RUN, vec![Method::GET, Method::HEAD, Method::DELETE]),
        (&events, read()),
        ("/api/sync/status", read()),
        ("/api/establishments", read()),
        (
            "/api/establishments/61680fc13a0bfd001e8ca3ca/overview",
            read(),
        ),
        ("/healthz", read()),
        ("/readyz", read()),
        ("/metrics", read()),
        ("/openapi.json", read()),
        ("/", read()),
        ("/page.js", read()),
    ] {
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
            Method::OPTIONS,
            Method::TRACE,
            invented.clone(),
        ] {
            if taken.contains(&method) {
                continue;
            }
            let request = world.launcher.request(method.clone(), path);
            let request = request
                .header("Content-Type", "application/json")
                .header("X-Http-Method-Override", "POST")
                .body(r#"{"establishmentId":"61680fc13a0bfd001e8ca3ca","canary":1}"#);
            let answer = world.launcher.send(request).await;
            if method == Method::HEAD {
                assert_eq!((answer.status, answer.text.as_str()), (405, ""), "{path}");
            } else {
                answer.expect_problem(405, "method_not_allowed");
            }
            let allowed = answer.header("allow").unwrap_or_default();
            let taken: Vec<&str> = taken.iter().map(Method::as_str).collect();
            assert_eq!(allowed, taken.join(", "), "{path}");
            assert!(!answer.text.to_lowercase().contains("canary"), "{path}");
        }
    }
    world.check(&["canary\""]).await;
}

#[tokio::test]
async fn head_is_answered_as_get_is_but_for_the_body() {
    const UNKNOWN: &str = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab";
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["succeeded"]).await;
    let school = &stage.knack_id;
    for (path, status) in [
        (run.clone(), 200),
        (format!("{run}/events"), 200),
        (format!("/api/sync/status?establishmentId={school}"), 200),
        ("/api/sync/status".to_owned(), 400),
        ("/api/establishments".to_owned(), 200),
        (format!("/api/establishments/{school}/overview"), 200),
        ("/healthz".to_owned(), 200),
        ("/readyz".to_owned(), 200),
        ("/metrics".to_owned(), 200),
        ("/openapi.json".to_owned(), 200),
        ("/".to_owned(), 200),
        ("/page.css".to_owned(), 200),
        (UNKNOWN.to_owned(), 404),
        (format!("{UNKNOWN}/events"), 404),
        ("/nowhere".to_owned(), 404),
    ] {
        let get = launcher.get(&path).await;
        let head = launcher.send(launcher.request(Method::HEAD, &path)).await;
        assert_eq!((get.status, head.status), (status, status), "{path}");
        assert_eq!(head.text, "", "{path}");
        for header in [
            "content-type",
            "cache-control",
            "retry-after",
            "vary",
            "etag",
        ] {
            assert_eq!(head.header(header), get.header(header), "{path}: {header}");
        }
        // Figures, seconds of cooldown and streams are of another length each time, and so is the list of schools while other
        // tests add theirs.
        if ["/metrics", "/events", "/status", "/establishments"]
            .iter()
            .all(|it| !path.ends_with(it) && !path.contains(&format!("{it}?")))
        {
            let length = "content-length";
            assert_eq!(head.header(length), get.header(length), "{path}");
        }
    }
    // No stream is left open by it.
    let metrics = launcher.get("/metrics").await;
    assert!(
        metrics.text.contains("sync_event_streams 0"),
        "{}",
        metrics.text
    );
}
