//! Pages that are short, too large or too slow are read in other pages; a record that no page can hold is left out and
//! warned of.

use e2e::{Stage, changes, pages_asked, skipped, warned};
use sandbox::data::{PUPILS, record_id};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::{ErrorCode, SkipReason, Summary, WarningCode};

const MB: u64 = 1_000_000;

/// The summary of a refresh, five records to a page, that succeeds.
async fn refreshed(stage: &Stage) -> Summary {
    let refresh = stage.refresh().args(["--rows-per-page", "5"]);
    refresh.run().await.expect_code(0)
}

fn gateway_timeout() -> Fault {
    Fault::Status {
        code: 504,
        body: "Gateway Timeout".to_owned(),
    }
}

fn short(missing: usize) -> KnackRule {
    KnackRule::new(Fault::ShortPage { missing })
        .on(Kind::Page)
        .object(PUPILS)
}

#[tokio::test]
async fn a_short_page_is_asked_for_once_more() {
    let stage = Stage::with_class(12).await;
    stage.knack.inject(short(2).page(1).once());

    let summary = refreshed(&stage).await;

    assert_eq!(warned(&summary), []);
    assert_eq!(stage.students().await.len(), 12);
    assert_eq!(
        summary.knack.requests,
        3 + 1 + 2 + 2,
        "the count, a page of answers and the fields of both objects are four of them"
    );
}

#[tokio::test]
async fn a_page_that_stays_short_is_read_in_pages_cut_differently() {
    for rule in [
        // Whatever the size, so much is missing on the first page; on the second; at the end of every larger page.
        short(2).page(1),
        short(5).page(1),
        short(1).page(2),
        short(3).rows_above(3),
    ] {
        let stage = Stage::with_class(12).await;
        stage.knack.inject(rule.clone());

        let summary = refreshed(&stage).await;

        assert_eq!(warned(&summary), [], "{rule:?}");
        assert_eq!(stage.students().await.len(), 12, "{rule:?}");
        assert!(summary.knack.requests <= 20, "{rule:?}: {summary:?}");
    }
}

#[tokio::test]
async fn a_last_page_that_is_shorter_than_announced_is_read_again_too() {
    let stage = Stage::with_class(12).await;
    stage.knack.inject(short(2).page(1));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), []);
    assert_eq!(stage.students().await.len(), 12);
}

#[tokio::test]
async fn what_no_page_shows_is_warned_of_after_a_few_more_requests() {
    let stage = Stage::with_class(12).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::ShortPage { missing: 2 }));

    let summary = refreshed(&stage).await;

    assert_eq!(warned(&summary), [(WarningCode::ShortPage, vec![])]);
    assert!(stage.students().await.len() >= 6);
    assert!(summary.knack.requests <= 30, "{summary:?}");
}

#[tokio::test]
async fn a_page_too_large_is_read_in_smaller_ones() {
    let stage = Stage::with_class(60).await;
    let images = Fault::PastedImages {
        records: vec![],
        bytes: 3 * MB,
    };
    stage.knack.inject(KnackRule::new(images).on(Kind::Page));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), []);
    assert_eq!(changes(&summary)[0], [60, 0, 0]);
    let too_large = pages_asked(&stage.knack, PUPILS);
    let too_large = too_large.iter().filter(|page| page.rows == 100);
    let first = too_large.filter(|page| page.number == 1);
    assert_eq!(first.count(), 1, "a page too large is not asked for again");
    assert!(summary.knack.requests <= 22, "{summary:?}");
}

#[tokio::test]
async fn only_a_record_too_large_by_itself_is_left_out() {
    let stage = Stage::with_class(60).await;
    let images = Fault::PastedImages {
        records: vec![record_id(17), record_id(60)],
        bytes: 70 * MB,
    };
    stage.knack.inject(KnackRule::new(images));

    let summary = stage.run().await.expect_code(0);

    let mut left_out = vec![record_id(17), record_id(60)];
    left_out.sort();
    assert_eq!(warned(&summary), [(WarningCode::RecordTooLarge, left_out)]);
    let stored = stage.students().await;
    let stored: Vec<_> = stored.iter().map(|row| row["knack_id"].clone()).collect();
    let expected = (1..=60).filter(|n| ![17, 60].contains(n));
    assert_eq!(
        stored,
        expected.map(|n| json!(record_id(n))).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_page_too_slow_is_read_in_smaller_ones_where_knack_answers_others() {
    for fault in [Fault::Hang, Fault::CutBody, gateway_timeout()] {
        let stage = Stage::with_class(300).await;
        // The second page is expected only where students are stored.
        for n in 1..=300 {
            let row = json!({"knack_id": record_id(n)});
            let email = stage.email(&format!("p{n:03}"));
            stage.store_student(&email, row).await;
        }
        let first = KnackRule::new(fault.clone()).on(Kind::Page).page(1);
        stage.knack.inject(first.rows_above(50));

        let refresh = stage.refresh().env("KNACK_TIMEOUT_SECONDS", "0.5");
        let summary = refresh.run().await.expect_code(0);

        assert_eq!(changes(&summary)[0], [0, 300, 0], "{fault:?}");
    }
}

#[tokio::test]
async fn a_college_of_any_size_is_imported_at_once() {
    let stage = Stage::with_class(4_500).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [4_500, 0, 0]);
    assert_eq!((warned(&summary), skipped(&summary)), (vec![], vec![]));
    let knack = summary.knack;
    assert!(
        knack.requests - knack.retries <= 7 + 10 + 2 + 2,
        "{knack:?}"
    );
}

#[tokio::test]
async fn a_count_far_too_high_is_no_reason_to_read_nothing() {
    let stage = Stage::with_class(12).await;
    let by = 400_000;
    let rule = KnackRule::new(Fault::OverstateTotal { by });
    stage.knack.inject(rule.on(Kind::Page));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), [(WarningCode::ShortPage, vec![])]);
    assert_eq!(stage.students().await.len(), 12);
    assert!(summary.knack.requests <= 60, "{summary:?}");
}

#[tokio::test]
async fn records_that_name_this_school_second_show_that_the_filter_was_heard() {
    let stage = Stage::with_class(50).await;
    let consortium = "f".repeat(24);
    for n in 101..=250 {
        let mut record = stage.record(stage.pupil(n));
        record["field_133_raw"] = json!([
            {"id": consortium, "identifier": "Consortium"},
            {"id": stage.knack_id, "identifier": "Ours"},
        ]);
        stage.knack.put("object_10", record);
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(stage.students().await.len(), 50);
    assert_eq!(summary.skipped.len(), 1, "{summary:?}");
    let skipped = &summary.skipped[0];
    assert_eq!(
        (skipped.reason, skipped.count),
        (SkipReason::OtherSchool, 150)
    );
    assert_eq!(summary.not_completed, Some(0));
}

#[tokio::test]
async fn records_that_name_this_school_nowhere_show_that_the_filter_was_not() {
    let foreign = Stage::with_pupils([]).await;
    // Of a class of 30, beside so many of another school.
    for (others, is_ignored) in [(20, false), (40, true)] {
        let stage = Stage::with_class(30).await;
        for n in 101..=100 + others {
            stage
                .knack
                .put("object_10", foreign.record(foreign.pupil(n)));
        }
        let ignored = KnackRule::new(Fault::IgnoreFilter);
        stage.knack.inject(ignored.on(Kind::Page));

        let run = stage.run().await;

        if is_ignored {
            run.expect_failure(10, ErrorCode::BadData);
            stage.assert_untouched().await;
        } else {
            let summary = run.expect_code(0);
            assert_eq!(summary.skipped[0].reason, SkipReason::OtherSchool);
            assert_eq!(summary.skipped[0].count, others);
            assert_eq!(stage.students().await.len(), 30);
        }
    }
    assert_eq!(foreign.row_counts().await, [0, 0, 0]);
}
