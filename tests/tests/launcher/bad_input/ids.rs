//! What may be sent instead of an id: in a body, a query, a path.

use std::fmt::Write;

use e2e::Stage;

use super::Untouched;

const BAD: [&str; 35] = [
    "",
    " ",
    "canary",
    // One digit less, one more, one that is none.
    "61680fc13a0bfd001e8ca3c",
    "61680fc13a0bfd001e8ca3caa",
    "61680fc13a0bfd001e8ca3cg",
    " 61680fc13a0bfd001e8ca3ca",
    "61680fc13a0bfd001e8ca3ca ",
    "61680fc13a0bfd001e8ca3ca\n",
    "61680fc13a0bfd001e8ca3c\n",
    "61680fc13a0bfd001e8ca3ca\0",
    "61680fc13a0bfd001e8ca3c\0",
    "61680fc13a0bfd001e8ca3ca%00",
    "６１６８０ｆｃ１３ａ０ｂｆｄ００１ｅ８ｃａ３ｃａ",
    "--help",
    "-rf",
    "--establishment-id=61680fc13a0bfd001e8ca3ca",
    "61680fc13a0bfd001e8ca3ca --dry-run",
    "; canary",
    "$(canary)",
    "`canary`",
    "|canary",
    "*",
    "?",
    "61680fc13a0bfd001e8ca3c*",
    "../../etc/passwd",
    "%2e%2e%2fetc%2fpasswd",
    "canary\r\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
    "' or 1=1 --",
    "eq.canary,or(id.gt.0)",
    "61680fc13a0bfd001e8ca3ca,id.gt.0",
    "{0d9f1b5e-0000-4000-8000-0000000000ab}",
    "urn:uuid:0d9f1b5e-0000-4000-8000-0000000000ab",
    "0d9f1b5e00004000800000000000000ab",
    "<script>canary</script>",
];

#[tokio::test]
async fn text_that_is_not_an_id_is_refused_as_such_and_not_repeated() {
    let world = Untouched::new().await;
    let long = "canary".repeat(600);
    for id in BAD.into_iter().chain([long.as_str()]) {
        let refreshed = world.launcher.refresh(id).await;
        let status = percent_encoded(id);
        let status = format!("/api/sync/status?establishmentId={status}");
        for answer in [refreshed, world.launcher.get(&status).await] {
            answer.expect_problem(400, "invalid_establishment_id");
            assert!(id.len() < 4 || !answer.text.contains(id.trim()), "{id:?}");
            assert!(!answer.text.contains("canary"), "{id:?}");
        }
    }
    world
        .check(&[
            "canary", "forged", "passwd", "script", "or 1=1", "--help", "６",
        ])
        .await;
}

#[tokio::test]
async fn text_that_is_not_an_id_in_a_path_finds_nothing() {
    let world = Untouched::new().await;
    let long = "canary".repeat(600);
    for id in BAD.into_iter().chain([long.as_str(), ".", ".."]) {
        // Byte by byte: a URL library would leave out line breaks.
        let id = percent_encoded(id);
        let overview = format!("/api/establishments/{id}/overview");
        let answer = world.launcher.get(&overview).await;
        // A path in which the id is none, such as an empty one, is another path.
        match answer.status {
            404 => answer.expect_problem(404, "not_found"),
            _ => answer.expect_problem(400, "invalid_establishment_id"),
        };
        assert!(!answer.text.contains("canary"), "{id:?}");

        let run = format!("/api/sync/runs/{id}");
        let events = format!("{run}/events");
        for answer in [
            world.launcher.get(&run).await,
            world.launcher.delete(&run).await,
            world.launcher.get(&events).await,
        ] {
            let code = answer.body["code"].as_str().unwrap_or_default();
            assert!(
                matches!(code, "unknown_run" | "not_found"),
                "{id:?}: {code}"
            );
            answer.expect_problem(404, code);
            assert!(!answer.text.contains("canary"), "{id:?}");
        }
    }
    // As no URL library writes it.
    for path in [
        "/api/establishments/%00/overview",
        "/api/establishments/%ff%fe/overview",
        "/api/establishments/61680fc13a0bfd001e8ca3ca%00/overview",
        "/api/establishments/%2e%2e%2f%2e%2e/overview",
        "/api/establishments/%zz/overview",
        "/api/sync/status?establishmentId=%00",
        "/api/sync/status?establishmentId=%ff",
        "/api/sync/status?establishmentId=%zz",
        "/api/sync/status",
        "/api/sync/status?",
        "/api/sync/status?establishmentid=61680fc13a0bfd001e8ca3ca",
        "/api/sync/status?establishmentId=61680fc13a0bfd001e8ca3ca&establishmentId=ffffffffffffffffffffffff",
        "/api/sync/status?establishmentId[]=61680fc13a0bfd001e8ca3ca",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let answer = world.launcher.send_bytes(request.as_bytes()).await;
        let answer = answer.expect("an answer");
        answer.expect_problem(400, "invalid_establishment_id");
    }
    let as_sent = percent_encoded("canary");
    world
        .check(&[
            "canary", "forged", "passwd", "script", "or 1=1", "--help", &as_sent,
        ])
        .await;
}

#[tokio::test]
async fn an_id_in_upper_case_is_the_same_id() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id.to_uppercase()).await;
    let id = run.rsplit('/').next().unwrap().to_uppercase();
    let shown = launcher.get(&format!("/api/sync/runs/{id}")).await;
    assert_eq!(shown.expect_status(200)["establishmentId"], stage.knack_id);
    launcher.run_in_state(&run, &["succeeded"]).await;
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02x}").expect("a String takes everything");
        encoded
    })
}
