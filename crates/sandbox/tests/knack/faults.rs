//! Each fault, as a client meets it.

use std::{error::Error as _, io, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _};
use sandbox::{
    data::{PUPILS, Pupil, record_id},
    knack::{Fault, Kind, KnackRule},
};
use serde_json::json;

use crate::support::{World, envelope, header, ids, school};

fn page_of(rows: &'static str, page: &'static str) -> [(&'static str, &'static str); 2] {
    [("rows_per_page", rows), ("page", page)]
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        source = cause.source();
    }
    None
}

#[tokio::test]
async fn a_status_comes_with_its_body_as_often_as_told() {
    let world = World::with(1);
    let fault = Fault::Status {
        code: 502,
        body: "<h1>Bad gateway</h1>".to_owned(),
    };
    world.knack.inject(KnackRule::new(fault).times(2));
    for status in [502, 502, 200] {
        assert_eq!(world.page(&[]).send().await.unwrap().status(), status);
    }
    let statuses: Vec<_> = world
        .knack
        .seen()
        .into_iter()
        .map(|seen| seen.status)
        .collect();
    assert_eq!(statuses, [Some(502), Some(502), Some(200)]);
}

#[tokio::test]
async fn a_rule_chooses_its_requests() {
    let world = World::with(3);
    let gone = || Fault::Status {
        code: 503,
        body: String::new(),
    };
    let second = KnackRule::new(gone()).on(Kind::Page).page(2).from_nth(2);
    world.knack.inject(second.once());
    world.knack.inject(KnackRule::new(gone()).on(Kind::Count));
    world.knack.inject(KnackRule::new(gone()).query("is blank"));
    let status =
        async |query: &[(&str, &str)]| world.page(query).send().await.unwrap().status().as_u16();
    assert_eq!(status(&page_of("2", "1")).await, 200);
    assert_eq!(status(&page_of("2", "2")).await, 200);
    assert_eq!(status(&page_of("2", "2")).await, 503);
    assert_eq!(status(&page_of("2", "2")).await, 200);
    assert_eq!(status(&page_of("1", "1")).await, 503);
    assert_eq!(
        status(&[(
            "filters",
            r#"[{"field":"field_855","operator":"is blank"}]"#
        )])
        .await,
        503
    );
    world.knack.clear_faults();
    assert_eq!(status(&page_of("1", "1")).await, 200);
}

#[tokio::test]
async fn the_two_kinds_of_429_differ_in_their_headers() {
    let world = World::with(1);
    world
        .knack
        .inject(KnackRule::new(Fault::TooManyRequests).on(Kind::Page).once());
    world
        .knack
        .inject(KnackRule::new(Fault::DailyCapReached).on(Kind::Page).once());
    let burst = world.page(&[]).send().await.unwrap();
    assert_eq!(
        (
            burst.status().as_u16(),
            header(&burst, "X-RateLimit-Remaining")
        ),
        (429, "0")
    );
    assert_ne!(header(&burst, "X-PlanLimit-Remaining"), "0");
    let daily = world.page(&[]).send().await.unwrap();
    assert_eq!(
        (
            daily.status().as_u16(),
            header(&daily, "X-PlanLimit-Remaining")
        ),
        (429, "0")
    );
    assert_eq!(daily.text().await.unwrap(), "Rate limit exceeded");
}

#[tokio::test]
async fn a_hanging_request_has_no_status_and_does_not_keep_the_simulator_from_stopping() {
    let world = World::with(1);
    world
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let error = world
        .page(&[])
        .timeout(Duration::from_millis(200))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(world.knack.seen()[0].status, None);
    drop(world);
}

#[tokio::test]
async fn a_cut_body_ends_before_its_end() {
    let world = World::with(20);
    world
        .knack
        .inject(KnackRule::new(Fault::CutBody).on(Kind::Page).once());
    let response = world.page(&[]).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.bytes_stream();
    assert!(!body.next().await.unwrap().unwrap().is_empty());
    let rest: Vec<_> = body.collect().await;
    assert!(rest.last().unwrap().is_err());
    assert_eq!(ids(&world.answer(&[]).await).len(), 20);
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let world = World::with(1);
    world.page(&[]).send().await.unwrap().bytes().await.unwrap();
    world
        .knack
        .inject(KnackRule::new(Fault::Reset).on(Kind::Page).once());
    let error = world.page(&[]).send().await.unwrap_err();
    assert_eq!(
        io_kind(&error),
        Some(io::ErrorKind::ConnectionReset),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_slow_body_has_its_headers_at_once() {
    let world = World::with(1);
    world
        .knack
        .inject(KnackRule::new(Fault::SlowBody).on(Kind::Page).once());
    let mut body = world
        .page(&[])
        .timeout(Duration::from_secs(1))
        .send()
        .await
        .unwrap()
        .bytes_stream();
    assert_eq!(body.next().await.unwrap().unwrap().len(), 1);
    let error = body.try_for_each(async |_| Ok(())).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn html_and_redirects_come_instead_of_records() {
    let world = World::with(1);
    world
        .knack
        .inject(KnackRule::new(Fault::Html).on(Kind::Page).once());
    world.knack.inject(
        KnackRule::new(Fault::Redirect("https://elsewhere.example/".to_owned()))
            .on(Kind::Page)
            .once(),
    );
    let page = world.page(&[]).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().starts_with("<!doctype html>"));
    let redirect = world.page(&[]).send().await.unwrap();
    assert_eq!(
        (redirect.status().as_u16(), header(&redirect, "location")),
        (302, "https://elsewhere.example/")
    );
}

#[tokio::test]
async fn a_page_can_be_short_and_a_total_too_large() {
    let world = World::with(30);
    world.knack.inject(
        KnackRule::new(Fault::ShortPage { missing: 3 })
            .on(Kind::Page)
            .once(),
    );
    world.knack.inject(
        KnackRule::new(Fault::OverstateTotal { by: 30 })
            .on(Kind::Page)
            .once(),
    );
    assert_eq!(envelope(&world.answer(&[]).await), json!([2, 1, 30, 22]));
    assert_eq!(envelope(&world.answer(&[]).await), json!([3, 1, 60, 25]));
    assert_eq!(envelope(&world.answer(&[]).await), json!([2, 1, 30, 25]));
}

#[tokio::test]
async fn records_can_come_and_go_between_pages() {
    let world = World::with(6);
    world.knack.inject(
        KnackRule::new(Fault::RemoveRecordAfterPage)
            .on(Kind::Page)
            .once(),
    );
    assert_eq!(
        ids(&world.answer(&page_of("3", "1")).await),
        [0, 1, 2].map(record_id)
    );
    assert_eq!(
        ids(&world.answer(&page_of("3", "2")).await),
        [4, 5].map(record_id),
        "3 was missed"
    );
    let newcomer = Pupil::new(9).to_record(&school());
    world.knack.inject(
        KnackRule::new(Fault::InsertRecordAfterPage(newcomer))
            .on(Kind::Page)
            .once(),
    );
    assert_eq!(
        ids(&world.answer(&page_of("3", "1")).await),
        [1, 2, 3].map(record_id)
    );
    assert_eq!(
        ids(&world.answer(&page_of("3", "2")).await),
        [3, 4, 5].map(record_id),
        "3 comes twice"
    );
    assert_eq!(world.knack.records(PUPILS).len(), 6);
}

#[tokio::test]
async fn a_filter_can_be_ignored() {
    let world = World::with(4);
    let nobody = [(
        "filters",
        r#"[{"field":"field_197","operator":"is","value":"nobody"}]"#,
    )];
    assert_eq!(world.answer(&nobody).await["total_records"], 0);
    world
        .knack
        .inject(KnackRule::new(Fault::IgnoreFilter).on(Kind::Page).once());
    assert_eq!(world.answer(&nobody).await["total_records"], 4);
}

#[tokio::test]
async fn a_truncated_answer_is_complete_by_its_length() {
    let world = World::with(4);
    world
        .knack
        .inject(KnackRule::new(Fault::Truncated200).on(Kind::Page).once());
    let response = world.page(&[]).send().await.unwrap();
    let length: usize = header(&response, "content-length").parse().unwrap();
    let body = response.text().await.unwrap();
    assert_eq!(body.len(), length);
    assert!(
        serde_json::from_str::<serde_json::Value>(&body)
            .unwrap_err()
            .is_eof()
    );
}

#[tokio::test]
async fn a_huge_body_is_as_large_as_told_and_still_json() {
    let world = World::with(1);
    world.knack.inject(
        KnackRule::new(Fault::HugeBody { bytes: 5_000_000 })
            .on(Kind::Page)
            .once(),
    );
    let body = world.page(&[]).send().await.unwrap().bytes().await.unwrap();
    assert!(body.len() > 5_000_000);
    assert_eq!(ids(&serde_json::from_slice(&body).unwrap()).len(), 1);
}

#[tokio::test]
async fn pasted_images_make_the_pages_large_that_hold_their_records() {
    let world = World::with(4);
    let images = Fault::PastedImages {
        records: vec![record_id(3)],
        bytes: 1_000_000,
    };
    world.knack.inject(KnackRule::new(images).rows_above(1));
    for (page, is_large) in [("1", false), ("2", true)] {
        let page = page_of("2", page);
        let body = world.page(&page).send().await.unwrap().bytes().await;
        assert_eq!(body.unwrap().len() > 1_000_000, is_large, "{page:?}");
    }
    let alone = world.page(&page_of("1", "3")).send().await.unwrap();
    assert!(alone.bytes().await.unwrap().len() < 1_000_000);
}

#[tokio::test]
async fn a_delayed_answer_is_a_whole_one() {
    let world = World::with(1);
    world.knack.inject(
        KnackRule::new(Fault::Delay(Duration::from_millis(150)))
            .on(Kind::Page)
            .once(),
    );
    let started = std::time::Instant::now();
    assert_eq!(ids(&world.answer(&[]).await).len(), 1);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[test]
fn a_rule_can_be_written_as_json() {
    let rule: KnackRule = serde_json::from_value(json!({
        "when": {"kind": "page", "page": 2, "object": PUPILS, "query": "is blank"},
        "from_nth": 2,
        "times": 3,
        "fault": {"delay_ms": 250},
    }))
    .unwrap();
    let same = KnackRule::new(Fault::Delay(Duration::from_millis(250)))
        .on(Kind::Page)
        .page(2)
        .object(PUPILS)
        .query("is blank")
        .from_nth(2)
        .times(3);
    assert_eq!(rule, same);
    let hang: KnackRule = serde_json::from_value(json!({"fault": "hang"})).unwrap();
    assert_eq!(hang, KnackRule::new(Fault::Hang));
}

#[tokio::test]
async fn an_answer_has_the_date_it_is_told_to_have() {
    const DATE: &str = "Thu, 26 Nov 2026 12:00:00 GMT";
    let world = World::with(1);
    let rule = KnackRule::new(Fault::Dated(DATE.to_owned()));
    world.knack.inject(rule.once());
    let answer = world.page(&[]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["date"], DATE);
    let next = world.page(&[]).send().await.unwrap();
    assert_ne!(next.headers()["date"], DATE);
}
