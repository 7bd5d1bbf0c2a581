//! What may be sent instead of `{"establishmentId":"…"}`, and the ways it may be sent.

use std::fmt::Write;

use super::{Untouched, assert_refused_below};

const PATH: &str = "/api/sync/refresh-establishment";
const ID: &str = "61680fc13a0bfd001e8ca3ca";

#[tokio::test]
async fn a_body_that_is_not_an_object_with_this_one_member_is_refused() {
    let world = Untouched::new().await;
    // `ID` stands for an id.
    let texts = [
        "",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "7",
        r#""canary""#,
        r#""ID""#,
        "ID",
        r#"["ID"]"#,
        r#"[{"establishmentId":"ID"}]"#,
        r#"{"establishmentId":"ID"}{"establishmentId":"ID"}"#,
        r#"{"establishmentId":"ID"},"#,
        r#"{"establishmentId":null}"#,
        r#"{"establishmentId":616}"#,
        r#"{"establishmentId":{"canary":1}}"#,
        r#"{"establishmentId":["ID"]}"#,
        r#"{"establishment_id":"ID"}"#,
        r#"{"establishmentId":"ID","canary":1}"#,
        r#"{"establishmentId":"ID","establishmentId":"ID"}"#,
        // A byte order mark.
        "\u{feff}{\"establishmentId\":\"ID\"}",
        r#"{"establishmentId":"\ud800"}"#,
    ];
    let texts = texts.map(|text| text.replace("ID", ID).into_bytes());
    let good = format!(r#"{{"establishmentId":"{ID}"}}"#);
    let utf_16 = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (open, close) = ("[".repeat(1_900), "]".repeat(1_900));
    let others = [
        utf_16,
        b"{\"establishmentId\":\"\xff\xfe\"}".to_vec(),
        // Compressed, whatever its headers say: a body is read as it comes.
        b"\x1f\x8b\x08\x00canary".to_vec(),
        format!(r#"{{"establishmentId":{open}{close}}}"#).into_bytes(),
        format!(r#"{{"canary":{open}{close},"establishmentId":"{ID}"}}"#).into_bytes(),
        format!(r#"{{"establishmentId":{open}{open}"#).into_bytes(),
    ];
    for body in texts.into_iter().chain(others) {
        let request = world.launcher.request(reqwest::Method::POST, PATH);
        let request = request
            .header("Content-Type", "application/json")
            .body(body.clone());
        let answer = world.launcher.send(request).await;
        answer.expect_problem(400, "invalid_request");
        assert!(!answer.text.contains("canary"), "{}", answer.text);
        // RFC 9110: whoever packs it learns that this is the trouble.
        let request = world.launcher.request(reqwest::Method::POST, PATH);
        let request = request
            .header("Content-Type", "application/json")
            .header("Content-Encoding", "gzip")
            .body(body);
        let answer = world.launcher.send(request).await;
        answer.expect_problem(415, "not_json");
        assert_eq!(answer.header("accept-encoding"), Some("identity"));
    }
    world.check(&["canary", ID]).await;
}

#[tokio::test]
async fn a_body_is_read_as_it_is_and_in_no_content_coding() {
    let world = Untouched::new().await;
    for (codings, status, code) in [
        (&["gzip"][..], 415, "not_json"),
        (&["br"], 415, "not_json"),
        (&["identity, gzip"], 415, "not_json"),
        (&["identity", "deflate"], 415, "not_json"),
        (&[""], 415, "not_json"),
        (&["identity"], 400, "invalid_establishment_id"),
        (&["Identity"], 400, "invalid_establishment_id"),
    ] {
        let request = world.launcher.refresh_request("canary");
        let request = codings.iter().fold(request, |request, coding| {
            request.header("Content-Encoding", *coding)
        });
        let answer = world.launcher.send(request).await;
        answer.expect_problem(status, code);
    }
    world.check(&["canary"]).await;
}

#[tokio::test]
async fn what_does_not_say_that_it_is_json_is_not_read() {
    let world = Untouched::new().await;
    let json = format!(r#"{{"establishmentId":"{ID}"}}"#);
    for (content_type, body) in [
        (None, json.as_str()),
        (Some(""), &json),
        (Some("text/plain"), &json),
        (Some("text/json"), &json),
        (Some("application/jsonp"), &json),
        (Some("application/json2; charset=utf-8"), &json),
        (Some("application/xml"), "<canary/>"),
        (
            Some("application/x-www-form-urlencoded"),
            "establishmentId=61680fc13a0bfd001e8ca3ca",
        ),
        (Some("multipart/form-data; boundary=canary"), "--canary--"),
    ] {
        let mut request = world
            .launcher
            .request(reqwest::Method::POST, PATH)
            .body(body.to_owned());
        if let Some(content_type) = content_type {
            request = request.header("Content-Type", content_type);
        }
        let answer = world.launcher.send(request).await;
        answer.expect_problem(415, "not_json");
        assert_eq!(answer.header("accept-encoding"), None);
    }
    world.check(&["canary", ID]).await;
}

#[tokio::test]
async fn a_body_of_more_than_4_kb_is_too_large_however_much_more() {
    let world = Untouched::new().await;
    let padding = |length: usize| " ".repeat(length);
    for body in [
        format!(r#"{{"establishmentId":"{ID}"{}}}"#, padding(5_000)),
        format!("{}canary", padding(5_000)),
        // 10,000 deep.
        "[".repeat(10_000),
    ] {
        let request = world.launcher.request(reqwest::Method::POST, PATH);
        let request = request
            .header("Content-Type", "application/json")
            .body(body);
        let answer = world.launcher.send(request).await;
        answer.expect_problem(413, "too_large");
    }

    // 50 MB: announced, and in chunks; of both only the beginning is read.
    let announced = request("Content-Length: 50000000", &padding(60_000));
    let answer = world.launcher.send_bytes(announced.as_bytes()).await;
    let answer = answer.expect("an answer");
    answer.expect_problem(413, "too_large");
    let mut chunks = String::new();
    for _ in 0..50 {
        write!(chunks, "3e8\r\n{}\r\n", padding(1_000)).unwrap();
    }
    let chunked = request("Transfer-Encoding: chunked", &chunks);
    let answer = world.launcher.send_bytes(chunked.as_bytes()).await;
    let answer = answer.expect("an answer");
    answer.expect_problem(413, "too_large");

    // All of it: a client that keeps sending may find the connection closed, and costs no memory.
    let whole = request("Content-Length: 50000000", &padding(50_000_000));
    let answer = world.launcher.send_bytes(whole.as_bytes()).await;
    if let Some(answer) = answer {
        answer.expect_problem(413, "too_large");
    }
    let peak = peak_memory(world.launcher.pid());
    assert!(peak < 48_000, "{peak} kB");
    world.check(&["canary", ID]).await;
}

#[tokio::test]
async fn a_body_of_exactly_4_kb_is_read() {
    let world = Untouched::new().await;
    let head = r#"{"establishmentId":"ffffffffffffffffffffffff""#;
    let body = format!("{head}{}}}", " ".repeat(4_096 - head.len() - 1));
    assert_eq!(body.len(), 4_096);
    let request = world.launcher.request(reqwest::Method::POST, PATH);
    let request = request.header("Content-Type", "application/json; charset=utf-8");
    let answer = world.launcher.send(request.body(body)).await;
    answer.expect_problem(404, "establishment_not_found");
    world.check(&[]).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = Untouched::new().await;
    let beginning = format!(r#"{{"establishmentId":"{ID}""#);
    let slow = request("Content-Length: 100", &beginning);
    let slow_chunks = request(
        "Transfer-Encoding: chunked",
        &format!("{:x}\r\n{beginning}\r\n", beginning.len()),
    );
    let slow_head = format!("POST {PATH} HTTP/1.1\r\nHost: localhost\r\nX-Slow: canary");
    let (body, chunks, head) = tokio::join!(
        world.launcher.send_bytes(slow.as_bytes()),
        world.launcher.send_bytes(slow_chunks.as_bytes()),
        world.launcher.send_bytes(slow_head.as_bytes()),
    );
    for answer in [body, chunks] {
        let answer = answer.expect("an answer");
        answer.expect_problem(408, "slow_request");
    }
    let head = head.expect("an answer");
    assert_eq!(head.status, 408);
    world.check(&["canary", ID]).await;
}

#[tokio::test]
async fn a_body_whose_length_is_in_doubt_is_refused() {
    let world = Untouched::new().await;
    let json = format!(r#"{{"establishmentId":"{ID}"}}"#);
    let chunked = format!("{:x}\r\n{json}\r\n0\r\n\r\n", json.len());
    let both = format!(
        "Content-Length: {}\r\nTransfer-Encoding: chunked",
        json.len()
    );
    for (what, framing, body) in [
        ("length and chunks", both.as_str(), chunked.as_str()),
        (
            "two lengths",
            "Content-Length: 4\r\nContent-Length: 44",
            &json,
        ),
        ("no number", "Content-Length: canary", &json),
        ("a negative length", "Content-Length: -1", &json),
        ("a signed length", "Content-Length: +44", &json),
        ("a coding nobody knows", "Transfer-Encoding: canary", &json),
        (
            "chunks hidden in a list",
            "Transfer-Encoding: chunked, identity",
            &chunked,
        ),
    ] {
        let answer = world
            .launcher
            .send_bytes(request(framing, body).as_bytes())
            .await;
        assert_refused_below(answer.as_ref(), what);
    }
    for chunk in [
        "canary\r\n".to_owned(),
        format!("-1\r\n{json}\r\n0\r\n\r\n"),
        format!("ffffffffffffffffff\r\n{json}\r\n0\r\n\r\n"),
        format!("5\r\n{json}\r\n0\r\n\r\n"),
    ] {
        let broken = request("Transfer-Encoding: chunked", &chunk);
        let answer = world.launcher.send_bytes(broken.as_bytes()).await;
        let answer = answer.expect("an answer");
        answer.expect_problem(400, "invalid_request");
    }
    world.check(&["canary", ID]).await;
}

/// A request for a refresh, byte for byte.
fn request(framing: &str, body: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{body}"
    )
}

/// The most memory a process ever had, in kB.
fn peak_memory(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let figure = line.and_then(|line| line.split_whitespace().next());
    figure.and_then(|it| it.parse().ok()).expect("a figure")
}
