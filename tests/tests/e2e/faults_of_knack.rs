//! What Knack does now and then, and what a refresh makes of it: all records, or a warning that says otherwise.

use std::time::Duration;

use e2e::{Stage, pages_asked, warning};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::{ErrorCode, Summary, WarningCode};

fn refusal(code: u16, body: &str) -> Fault {
    Fault::Status {
        code,
        body: body.to_owned(),
    }
}

/// The summary of a refresh, five records to a page, that succeeds.
async fn refreshed(stage: &Stage) -> Summary {
    let refresh = stage.refresh().args(["--rows-per-page", "5"]);
    refresh.run().await.expect_code(0)
}

/// The e-mails stored, without what makes them the test's own.
async fn stored(stage: &Stage) -> Vec<String> {
    let local = |student: &serde_json::Value| {
        let email = student["email"].as_str().expect("e-mails are text");
        email.split('@').next().unwrap_or_default().to_owned()
    };
    stage.students().await.iter().map(local).collect()
}

fn numbered(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("p{n:03}")).collect()
}

#[tokio::test]
async fn what_passes_by_itself_costs_a_retry_and_nothing_else() {
    for (fault, times) in [
        (refusal(503, "terrible habit"), 2),
        (refusal(502, ""), 1),
        (Fault::TooManyRequests, 1),
        (Fault::CutBody, 1),
        (Fault::Truncated200, 1),
        (Fault::Html, 1),
        (Fault::Reset, 1),
    ] {
        let stage = Stage::with_class(12).await;
        let rule = KnackRule::new(fault.clone()).on(Kind::Page).times(times);
        stage.knack.inject(rule);

        let summary = refreshed(&stage).await;

        assert_eq!(summary.knack.retries, u64::from(times), "{fault:?}");
        assert_eq!(summary.knack.records, 12);
        assert!(summary.warnings.is_empty(), "{fault:?}: {summary:?}");
        assert_eq!(stored(&stage).await, numbered(1..=12));
    }
}

#[tokio::test]
async fn an_answer_that_trickles_is_given_up_and_asked_for_again() {
    let stage = Stage::with_class(12).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::SlowBody).on(Kind::Page).once());

    let refresh = stage.refresh().env("KNACK_TIMEOUT_SECONDS", "2");
    let summary = refresh.run().await.expect_code(0);

    assert!(summary.knack.retries >= 1, "{summary:?}");
    assert_eq!(stored(&stage).await, numbered(1..=12));
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let stage = Stage::with_class(2).await;
    let late = Fault::Delay(Duration::from_secs(1));
    stage.knack.inject(KnackRule::new(late).on(Kind::Page));

    let summary = refreshed(&stage).await;

    assert_eq!(summary.knack.retries, 0);
    assert!(summary.duration_seconds >= 1.0);
}

#[tokio::test]
async fn a_record_that_goes_between_two_pages_costs_no_other_record() {
    let stage = Stage::with_class(12).await;
    let rule = KnackRule::new(Fault::RemoveRecordAfterPage)
        .object("object_10")
        .on(Kind::Page)
        .page(1)
        .once();
    stage.knack.inject(rule);

    let summary = refreshed(&stage).await;

    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stored(&stage).await, numbered(2..=12));
}

#[tokio::test]
async fn a_record_that_comes_between_two_pages_costs_no_record() {
    let stage = Stage::with_class(12).await;
    let newcomer = stage.record(stage.pupil(0));
    let rule = KnackRule::new(Fault::InsertRecordAfterPage(newcomer))
        .object("object_10")
        .on(Kind::Page)
        .page(1)
        .once();
    stage.knack.inject(rule);

    let summary = refreshed(&stage).await;

    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stored(&stage).await, numbered(0..=12));
}

#[tokio::test]
async fn records_that_keep_changing_are_read_twice_and_warned_of() {
    let stage = Stage::with_class(12).await;
    let rule = KnackRule::new(Fault::RemoveRecordAfterPage).object("object_10");
    stage.knack.inject(rule.on(Kind::Page).page(1));

    let summary = refreshed(&stage).await;

    assert!(warning(&summary, WarningCode::ChangedWhileReading).is_some());
    // Neither reading was whole, but what each lacks the other has.
    assert_eq!(stored(&stage).await, numbered(1..=12));
    assert_eq!(first_pages(&stage), 2);
}

#[tokio::test]
async fn a_total_that_is_too_large_is_only_an_estimate() {
    // One record too many stays within the last page; ten announce pages that are not there.
    for (by, warned) in [(1, false), (10, true)] {
        let stage = Stage::with_class(12).await;
        stage
            .knack
            .inject(KnackRule::new(Fault::OverstateTotal { by }).on(Kind::Page));

        let summary = refreshed(&stage).await;

        assert_eq!(stored(&stage).await, numbered(1..=12));
        assert_eq!(
            warning(&summary, WarningCode::ShortPage).is_some(),
            warned,
            "{summary:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_answer_for_a_school_with_students_is_warned_of_and_deletes_nothing() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=11 {
        let email = stage.email(&format!("p{n:03}"));
        stage.store_student(&email, json!({})).await;
    }

    let summary = refreshed(&stage).await;

    assert!(warning(&summary, WarningCode::SuspiciouslyEmpty).is_some());
    assert_eq!(summary.only_in_supabase.students, 11);
    assert_eq!(stored(&stage).await, numbered(1..=11));
}

#[tokio::test]
async fn those_not_completed_are_counted() {
    let stage = Stage::with_class(2).await;
    for n in 51..=53 {
        let mut pupil = stage.pupil(n);
        pupil.completed = None;
        stage.knack.put("object_10", stage.record(pupil));
    }

    assert_eq!(refreshed(&stage).await.not_completed, Some(3));
}

#[tokio::test]
async fn a_count_that_fails_is_warned_of_and_stops_nothing() {
    for fault in [refusal(400, "Invalid filter."), Fault::IgnoreFilter] {
        let stage = Stage::with_class(2).await;
        stage.knack.inject(KnackRule::new(fault).on(Kind::Count));

        let summary = refreshed(&stage).await;

        assert_eq!(summary.not_completed, None);
        assert!(warning(&summary, WarningCode::NotCounted).is_some());
        assert_eq!(stored(&stage).await, numbered(1..=2));
    }
}

/// How often page 1 was asked for.
fn first_pages(stage: &Stage) -> usize {
    let pages = pages_asked(&stage.knack, "object_10");
    pages.iter().filter(|page| page.number == 1).count()
}

#[tokio::test]
async fn a_key_and_an_address_that_were_good_are_not_at_fault_when_knack_refuses_later() {
    for code in [302, 400, 401, 403, 404, 451] {
        let stage = Stage::with_class(12).await;
        let refuses = KnackRule::new(refusal(code, "<html>Checking your browser</html>"));
        let refuses = refuses.on(Kind::Page).page(2);
        stage
            .knack
            .inject(refuses.clone().lasting(Duration::from_secs(3)));

        let refresh = stage.refresh().args(["--rows-per-page", "5"]);
        let refresh = refresh.env("SYNC_OUTAGE_PATIENCE_SECONDS", "90");
        let summary = refresh.run().await.expect_code(0);

        assert!(summary.warnings.is_empty(), "{code}: {summary:?}");
        assert_eq!(stored(&stage).await, numbered(1..=12));

        let stage = Stage::with_class(12).await;
        stage.knack.inject(refuses);
        let run = stage.refresh().args(["--rows-per-page", "5"]).run().await;

        let failure = run.expect_failure(6, ErrorCode::KnackUnavailable);
        let told = format!("at first, and then only with status {code}");
        assert!(failure.message.contains(&told), "{failure:?}");
        assert!(failure.retryable, "{failure:?}");
        stage.assert_untouched().await;
    }
}

#[tokio::test]
async fn a_refusal_that_comes_before_the_others_answers_waits_for_them() {
    for code in [401, 403, 404] {
        let stage = Stage::with_class(12).await;
        let page = KnackRule::new(refusal(code, "")).on(Kind::Page);
        stage.knack.inject(page.object("object_10").once());
        let late = KnackRule::new(Fault::Delay(Duration::from_secs(1)));
        stage.knack.inject(late.on(Kind::Count));

        let summary = refreshed(&stage).await;

        assert!(summary.warnings.is_empty(), "{code}: {summary:?}");
        assert_eq!(stored(&stage).await, numbered(1..=12));
    }
}

#[tokio::test]
async fn a_page_that_contradicts_itself_once_is_asked_for_again() {
    let stage = Stage::with_class(12).await;
    let page = json!({"records": [], "current_page": 1, "total_pages": 400, "total_records": 5});
    let contradicts = KnackRule::new(refusal(200, &page.to_string())).on(Kind::Page);
    stage.knack.inject(contradicts.once());

    let summary = refreshed(&stage).await;

    assert_eq!(summary.knack.retries, 1);
    assert_eq!(stored(&stage).await, numbered(1..=12));
}

#[tokio::test]
async fn no_page_is_lost_to_a_count_that_is_too_low() {
    let stage = Stage::with_class(12).await;
    let full: Vec<_> = (1..=5).map(|n| stage.record(stage.pupil(n))).collect();
    for (pages, records) in [(1, 12), (0, 0)] {
        let page = json!({"records": full, "current_page": 1, "total_pages": pages,
                          "total_records": records});
        let low = KnackRule::new(refusal(200, &page.to_string())).on(Kind::Page);
        stage.knack.inject(low.object("object_10").page(1).once());
    }

    refreshed(&stage).await;

    assert_eq!(stored(&stage).await, numbered(1..=12));
}

/// Knack's own answer, but without what every page has.
fn incomplete_pages() -> [String; 6] {
    [
        json!({"records": [], "current_page": 1, "total_pages": null, "total_records": 5}),
        json!({"records": [], "current_page": 1, "total_pages": 1, "total_records": "five"}),
        json!({"records": [], "current_page": 1}),
        json!({"records": null, "current_page": 1, "total_pages": 1, "total_records": 5}),
        json!({"records": {}, "current_page": 1, "total_pages": -1, "total_records": 5}),
        json!({"current_page": 1, "total_pages": 1, "total_records": 5}),
    ]
    .map(|page| page.to_string())
}

#[tokio::test]
async fn pages_that_are_incomplete_for_good_end_a_run_soon_and_are_told_of() {
    for page in incomplete_pages() {
        let stage = Stage::with_class(465).await;
        stage.knack.inject(KnackRule::new(refusal(200, &page)));

        let patient = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "90");
        let run = patient.run().await;

        let failure = run.expect_failure(10, ErrorCode::BadData);
        assert!(failure.message.contains("how many pages"), "{failure:?}");
        let summary = run.summary();
        let requests = summary.knack.requests;
        assert!(requests <= 60, "{page}: {requests} requests");
        assert!(summary.duration_seconds < 15.0, "{page}: {summary:?}");
        stage.assert_untouched().await;
    }
}

#[tokio::test]
async fn pages_that_are_incomplete_some_times_are_asked_for_again() {
    for page in incomplete_pages() {
        let stage = Stage::with_class(12).await;
        let some = KnackRule::new(refusal(200, &page)).every(2);
        stage.knack.inject(some.times(6));

        refreshed(&stage).await;

        assert_eq!(stored(&stage).await, numbered(1..=12), "{page}");
    }
}
