//! Headers that are wrong, too many, or too long.

use std::collections::BTreeSet;

use e2e::{Stage, token_line};
use reqwest::Method;
use sandbox::knack::{Fault, Kind, KnackRule};

use super::{Untouched, assert_refused_below};

const TOKEN: &str = "vsr_right-canary";

#[tokio::test]
async fn only_one_bearer_that_is_known_says_who_is_calling() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage
        .launcher()
        .tokens(&token_line(TOKEN, "all", "somebody"))
        .start()
        .await;
    let bearer = format!("Bearer {TOKEN}");
    let oversized = format!("Bearer {}", "x".repeat(8_000));
    let long_right = format!("Bearer {TOKEN}{}", " ".repeat(8_000));
    let unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJuYW1lIjoiY2FuYXJ5In0.";
    // RFC 6750: the answer says whether a token was brought, and no more.
    let none_brought: [&[&[u8]]; 8] = [
        &[],
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Basic dnNyOmNhbmFyeQ=="],
        &[TOKEN.as_bytes()],
        &[b"Token vsr_right-canary"],
        &[b"Bearervsr_right-canary"],
    ];
    let wrong: [&[&[u8]]; 7] = [
        &[b"Bearer vsr_right-canary2"],
        &[b"Bearer VSR_RIGHT-CANARY"],
        &[b"Bearer vsr_right-canary, Bearer vsr_right-canary"],
        &[b"Bearer \xffvsr_right-canary"],
        &[bearer.as_bytes(), b"Bearer vsr_other"],
        &[oversized.as_bytes()],
        &[unsigned.as_bytes()],
    ];
    let none_brought = none_brought.map(|headers| (headers, "Bearer"));
    let wrong = wrong.map(|headers| (headers, "Bearer error=\"invalid_token\""));
    let mut texts = BTreeSet::new();
    for (headers, challenge) in none_brought.into_iter().chain(wrong) {
        let mut asker = launcher.nobody();
        for header in headers {
            asker = asker.header("Authorization", header);
        }
        let answer = asker.start_refresh(&stage.knack_id).await;
        answer.expect_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
        assert!(!answer.text.to_lowercase().contains("canary"));
        texts.insert(answer.text);
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    // Twice the same are still two.
    let twice = launcher.with_token(TOKEN).header("Authorization", &bearer);
    let answer = twice.start_refresh(&stage.knack_id).await;
    answer.expect_problem(401, "unauthenticated");
    // Nor does a token count anywhere else.
    for path in ["?token=", "?access_token=", "?authorization="] {
        let path = format!("/api/establishments{path}{TOKEN}");
        let answer = launcher.get(&path).await;
        answer.expect_problem(401, "unauthenticated");
    }
    for right in [
        bearer.clone(),
        bearer.replace("Bearer", "bearer"),
        long_right,
    ] {
        let asker = launcher.nobody().header("Authorization", right);
        asker.get("/api/establishments").await.expect_status(200);
    }
    let log = launcher.whole_log().await.to_lowercase();
    assert!(!log.contains("canary"), "{log}");
    assert!(!log.contains("a run starts"), "{log}");
}

#[tokio::test]
async fn a_last_event_id_that_is_none_of_this_run_is_answered_with_a_snapshot() {
    const OTHER_RUN: &str = "0d9f1b5e-0000-4000-8000-0000000000ab-1";
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["succeeded"]).await;
    let id = run.rsplit('/').next().unwrap();
    let long = "canary".repeat(1_700);
    let bad = |text: &str| format!("{id}-{text}").into_bytes();
    for last in [
        b"".to_vec(),
        b"canary".to_vec(),
        b"-1".to_vec(),
        b"1".to_vec(),
        b"\xff\xfe".to_vec(),
        OTHER_RUN.as_bytes().to_vec(),
        long.into_bytes(),
        bad(""),
        bad("-1"),
        bad("+-1"),
        bad("1.5"),
        bad("999999"),
        bad("18446744073709551615"),
        bad("99999999999999999999999999"),
    ] {
        let asker = launcher.nobody().header("Last-Event-ID", &last);
        let Ok(events) = asker.follow(&run).await else {
            panic!("{last:?} is refused");
        };
        let events = events.rest().await;
        let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names, ["snapshot", "end"], "{last:?}");
    }
    assert!(!launcher.whole_log().await.contains("canary"));
}

#[tokio::test]
async fn a_head_that_is_too_long_or_no_head_is_refused_at_once() {
    let world = Untouched::new().await;
    let long = format!(
        "GET /api/establishments HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n",
        "canary ".repeat(30_000)
    );
    let many = format!(
        "GET /api/establishments HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
        "X-Many: canary\r\n".repeat(1_000)
    );
    let long_path = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "canary".repeat(30_000)
    );
    for (what, head) in [
        ("a header of 200 kB", long.as_str()),
        ("1,000 headers", &many),
        ("a path of 180 kB", &long_path),
        ("no request", "canary\r\n\r\n"),
        ("no version", "GET /api/establishments\r\n\r\n"),
        ("TLS", "\u{16}\u{3}\u{1}\0\u{5}canary\r\n\r\n"),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        (
            "a header with a line break",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Bad: a\rcanary\r\n\r\n",
        ),
        (
            "a header with a NUL",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Bad: canary\0\r\n\r\n",
        ),
        (
            "a space before the colon",
            "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n",
        ),
    ] {
        let answer = world.launcher.send_bytes(head.as_bytes()).await;
        assert_refused_below(answer.as_ref(), what);
    }
    world.check(&["canary"]).await;
}

#[tokio::test]
async fn an_unknown_preference_is_ignored() {
    let world = Untouched::new().await;
    for prefer in ["canary", "respond-async2", "", "wait=-1", ";;,,"] {
        let request = world
            .launcher
            .refresh_request("ffffffffffffffffffffffff")
            .header("Prefer", prefer);
        let answer = world.launcher.send(request).await;
        answer.expect_problem(404, "establishment_not_found");
    }
    let request = world.launcher.request(Method::GET, "/canary/at/no/address");
    let answer = world.launcher.send(request).await;
    answer.expect_problem(404, "not_found");
    world.check(&["canary"]).await;
}

#[tokio::test]
async fn an_answer_at_once_is_given_to_those_who_prefer_it_and_says_so() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let builder = stage.launcher().env("LAUNCHER_MAX_WAIT", "0.2");
    let launcher = builder.start().await;
    for (lines, applied) in [
        (&["respond-async"][..], Some("respond-async")),
        (&["RESPOND-ASYNC=\"\""], Some("respond-async")),
        (
            &["wait=10", "respond-async; foo=bar"],
            Some("respond-async"),
        ),
        (&[], None),
        (&["foo; respond-async"], None),
        (&["foo=\"a, respond-async\""], None),
    ] {
        let mut request = launcher.refresh_request(&stage.knack_id);
        for line in lines {
            request = request.header("Prefer", *line);
        }
        let answer = launcher.send(request).await;
        answer.expect_status(202);
        assert!(answer.header("location").is_some());
        assert_eq!(answer.header("preference-applied"), applied, "{lines:?}");
        let vary = answer.header("vary").unwrap_or_default().to_lowercase();
        assert!(vary.contains("prefer"), "{vary}");
    }
}
