//! Following a run: live, from the middle, after a break, and by asking.

use e2e::{Event, Stage, token_line};
use sandbox::knack::{Fault, Kind, KnackRule};

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[tokio::test]
async fn a_run_is_reported_from_a_snapshot_to_its_end() {
    let stage = Stage::with_class(3).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;

    let stream = launcher.events(&run).await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        stream.header("cache-control"),
        Some("no-store, no-transform")
    );
    let events = stream.rest().await;

    assert_eq!(events.first().unwrap().name, "snapshot");
    let end = events.last().unwrap();
    assert_eq!(end.name, "end");
    assert_eq!(end.data["state"], "succeeded");
    assert_eq!(end.data["summary"]["students_synced"], 3);
    assert!(names(&events).contains(&"progress"), "{:?}", names(&events));
    let polled = launcher.get(&run).await;
    assert_eq!(polled.expect_status(200), &end.data);
}

#[tokio::test]
async fn a_client_that_comes_back_gets_what_it_missed_and_nothing_twice() {
    let stage = Stage::with_class(3).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["succeeded"]).await;
    let id = run.rsplit('/').next().unwrap();

    let missed = launcher.events_after(&run, Some(&format!("{id}-2"))).await;
    let missed = missed.rest().await;

    let numbers: Vec<u64> = missed
        .iter()
        .map(|event| event.id.rsplit('-').next().unwrap().parse().unwrap())
        .collect();
    let expected: Vec<u64> = (3..=*numbers.last().unwrap()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(missed.last().unwrap().name, "end");
    let last = &missed.last().unwrap().id;
    let again = launcher.events_after(&run, Some(last)).await.rest().await;
    assert_eq!(names(&again), ["end"], "so that nobody comes back for ever");
}

#[tokio::test]
async fn a_client_that_comes_back_and_missed_nothing_gets_a_snapshot_at_once() {
    let stage = Stage::with_class(1).await;
    let hang = KnackRule::new(Fault::Hang).on(Kind::Page);
    stage.knack.inject(hang);
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    let mut stream = launcher.events(&run).await;
    let mut last = stream.next().await.expect("a snapshot");
    while last.data["progress"]["phase"] != "fetching" {
        last = stream.next().await.expect("the fetching begins");
    }

    let mut again = launcher.events_after(&run, Some(&last.id)).await;
    let mut first = again.next().await.expect("an event");
    while first.name != "snapshot" {
        // Something has happened since.
        again = launcher.events_after(&run, Some(&first.id)).await;
        first = again.next().await.expect("an event");
    }

    assert_eq!(first.data["state"], "running");
    launcher.delete(&run).await.expect_status(202);
}

#[tokio::test]
async fn an_id_that_says_nothing_gets_a_snapshot() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    launcher.run_in_state(&run, &["succeeded"]).await;
    let of_another_run = format!("{}-3", stage.id);
    for id in [
        "",
        "7",
        "-1",
        "x",
        &"9".repeat(3_000),
        of_another_run.as_str(),
    ] {
        let events = launcher.events_after(&run, Some(id)).await.rest().await;
        assert_eq!(names(&events), ["snapshot", "end"], "{id:.20}");
    }
}

#[tokio::test]
async fn waiting_for_knack_is_reported() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::TooManyRequests).on(Kind::Page).once());
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;

    let events = launcher.events(&run).await.rest().await;

    let waiting = events.iter().find(|event| event.name == "waiting").unwrap();
    assert_eq!(waiting.data["waiting"]["reason"], "knack");
    assert_eq!(
        events.last().unwrap().data["waiting"],
        serde_json::Value::Null
    );
}

#[tokio::test]
async fn a_caller_who_waited_long_enough_is_told_where_the_run_is() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let launcher = stage
        .launcher()
        .env("LAUNCHER_MAX_WAIT", "0.2")
        .start()
        .await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(202);
    let run = answer.header("location").unwrap();
    assert_eq!(
        run,
        format!("/api/sync/runs/{}", body["runId"].as_str().unwrap())
    );
    assert_eq!(body["joined"], false);
    let joins = launcher.start_refresh(&stage.knack_id).await;
    assert_eq!(joins, run);
    launcher.delete(run).await.expect_status(202);
    let ended = launcher.run_in_state(run, &["cancelled"]).await;
    assert_eq!(ended["problem"]["code"], "cancelled");
    launcher.delete(run).await.expect_status(200);
}

#[tokio::test]
async fn a_revoked_token_loses_its_stream_and_another_goes_on_where_it_was() {
    let stage = Stage::with_class(1).await;
    let hang = KnackRule::new(Fault::Hang).on(Kind::Page);
    stage.knack.inject(hang);
    let (revoked, kept) = ("vsr_revoked", "vsr_kept");
    let line = |token| token_line(token, "all", token);
    let launcher = stage.launcher().tokens(&(line(revoked) + &line(kept)));
    let launcher = launcher.start().await;
    let (theirs, ours) = (launcher.with_token(revoked), launcher.with_token(kept));
    let started = ours.start_refresh(&stage.knack_id).await;
    let run = started.header("location").unwrap();
    let mut streams = Vec::new();
    for asker in [&theirs, &ours] {
        let mut stream = asker.follow(run).await.ok().unwrap();
        assert_eq!(stream.next().await.unwrap().name, "snapshot");
        streams.push(stream);
    }

    launcher.replace_tokens(&line(kept));

    for stream in streams {
        let rest = stream.rest_of_a_stream_that_ends("the tokens were read again");
        let rest = rest.await;
        assert!(!names(&rest).contains(&"end"), "{rest:?}");
    }
    let refused = theirs.follow(run).await.err().unwrap();
    refused.expect_problem(401, "unauthenticated");
    let mut again = ours.follow(run).await.ok().unwrap();
    assert_eq!(again.next().await.unwrap().data["state"], "running");
    // A file that is refused revokes nobody, and ends no stream.
    launcher.replace_tokens("no token\n");
    ours.delete(run).await.expect_status(202);
    let rest = again.rest().await;
    assert_eq!(rest.last().unwrap().name, "end");
}

#[tokio::test]
async fn a_client_that_knows_no_chunks_gets_the_stream_as_it_is_to_the_connections_end() {
    let stage = Stage::with_class(1).await;
    // Such a client is taken for a proxy, so it needs a token.
    let token = token_line("vsr_old", "all", "old");
    let launcher = stage.launcher().tokens(&token).start().await;
    let asker = launcher.with_token("vsr_old");
    let started = asker.start_refresh(&stage.knack_id).await;
    let run = started.header("location").unwrap();
    asker.end_of(run).await;
    for end in ["", "Connection: keep-alive\r\n"] {
        let mut connection = launcher.connect().await;
        let request =
            format!("GET {run}/events HTTP/1.0\r\nAuthorization: Bearer vsr_old\r\n{end}\r\n");
        assert!(connection.send(request.as_bytes()).await);

        let mut text = String::new();
        while let Some(part) = connection.read(8_192).await {
            text.push_str(&part);
        }

        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        assert!(body.starts_with("retry: "), "{body}");
        assert!(
            body.ends_with("\n\n") && body.contains("event: end"),
            "{body}"
        );
    }
}
