//! Methods that an address does not take.

use reqwest::Method;

use super::Untouched;

#[tokio::test]
async fn an_address_takes_its_own_methods_and_no_other() {
    const RUN: &str = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab";
    let world = Untouched::new().await;
    let events = format!("{RUN}/events");
    let invented = Method::from_bytes(b"CANARY").unwrap();
    for (path, taken) in [
        ("/api/sync/refresh-establishment", vec![Method::POST]),
        (RUN, vec![Method::GET, Method::DELETE]),
        (&events, vec![Method::GET]),
        ("/api/sync/status", vec![Method::GET]),
        ("/api/establishments", vec![Method::GET]),
        (
            "/api/establishments/61680fc13a0bfd001e8ca3ca/overview",
            vec![Method::GET],
        ),
        ("/healthz", vec![Method::GET, Method::HEAD]),
        ("/readyz", vec![Method::GET, Method::HEAD]),
        ("/metrics", vec![Method::GET]),
        ("/openapi.json", vec![Method::GET, Method::HEAD]),
        ("/", vec![Method::GET, Method::HEAD]),
        ("/page.js", vec![Method::GET, Method::HEAD]),
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
            assert!(!answer.text.to_lowercase().contains("canary"), "{path}");
        }
    }
    world.check(&["canary\""]).await;
}
