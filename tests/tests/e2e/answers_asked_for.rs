//! Question answers are asked for beside the records, both within Knack's limits; or not at all.

use std::time::Duration;

use e2e::{PageAsked, Stage, pages_asked, records_asked};
use sandbox::data::{ANSWERS, PUPILS};
use sandbox::knack::{Fault, KnackRule};
use sync_protocol::ErrorCode;

/// What Knack's second lasts with us.
const WINDOW_MS: f64 = 1_000.0;

/// A school that has so many students in Supabase, and a Knack that answers all of its pages late.
async fn stage_with_stored(students: u64) -> Stage {
    let stage = Stage::with_pupils([]).await;
    let store = format!(
        "insert into students (knack_id, email, establishment_id, academic_year) \
         select lpad(n::text, 24, '0'), 's' || n || '@{knack_id}.example.test', '{id}', '{year}' from generate_series(1, {students}) n",
        knack_id = stage.knack_id,
        id = stage.id,
        year = stage.year,
    );
    stage.db.change(&store).await;
    let late = Fault::Delay(Duration::from_millis(2_500));
    stage.knack.inject(KnackRule::new(late));
    stage
}

/// Numbers and size of the pages, and how many of them came with the first.
fn shape(pages: &[PageAsked], begun_ms: f64) -> (u64, u64, usize) {
    let rows = pages[0].rows;
    assert!(pages.iter().all(|page| page.rows == rows), "{pages:?}");
    let mut numbers: Vec<u64> = pages.iter().map(|page| page.number).collect();
    numbers.sort_unstable();
    let expected: Vec<u64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, expected);
    let first = pages
        .iter()
        .filter(|page| page.at_ms < begun_ms + WINDOW_MS);
    (pages.len() as u64, rows, first.count())
}

#[tokio::test]
async fn records_and_answers_share_one_window_of_nine_or_two_where_that_is_faster() {
    for (students, records, answers) in [
        // Pages, rows, and pages in the first window.
        (0, (7, 100, 7), (1, 100, 1)),
        (50, (1, 100, 1), (1, 100, 1)),
        (465, (4, 123, 4), (4, 123, 4)),
        (2_000, (7, 300, 7), (10, 210, 2)),
    ] {
        let stage = stage_with_stored(students).await;

        let run = stage.run().await;

        assert!(run.summary().success, "{run:?}");
        let pages = [PUPILS, ANSWERS].map(|object| pages_asked(&stage.knack, object));
        let seen = records_asked(&stage.knack);
        let begun = seen[0].at_ms;
        let shapes = pages.each_ref().map(|pages| shape(pages, begun));
        assert_eq!(shapes, [records, answers], "{students}");
        let requests = pages[0].len() + pages[1].len() + 1;
        assert_eq!(seen.len(), requests, "{students}: the count is the other");
        let in_flight = seen.iter().map(|seen| seen.in_flight).max();
        assert_eq!(in_flight, Some(requests), "{students}: all side by side");
        assert!(requests <= 18, "{students}");
        let busiest = stage.knack.busiest_second();
        assert!(busiest <= 9, "{students}: {busiest}");
    }
}

#[tokio::test]
async fn answers_are_filtered_by_their_own_fields_of_the_school_and_the_year() {
    let stage = Stage::with_class(1).await;

    stage.run().await;

    let seen = stage.knack.seen();
    let of_answers = seen.iter().find(|seen| seen.path.contains(ANSWERS));
    let request = of_answers.expect("answers are asked for");
    let filters = request.param("filters").expect("with a filter");
    let filters: serde_json::Value = serde_json::from_str(filters).expect("of JSON");
    let rules = filters["rules"].as_array().expect("with rules");
    let said = |field: usize, part: &str| rules[field][part].as_str().expect("a text").to_owned();
    let each = [0, 1, 2].map(|rule| (said(rule, "field"), said(rule, "operator")));
    let expected = [
        ("field_1821", "is"),
        ("field_856", "is after"),
        ("field_856", "is before"),
    ];
    assert_eq!(
        each,
        expected.map(|(field, operator)| (field.to_owned(), operator.to_owned()))
    );
    assert_eq!(said(0, "value"), stage.knack_id);
    assert_eq!(request.param("sort_field"), Some("field_2732"));
}

#[tokio::test]
async fn one_page_after_another_is_asked_for_where_only_one_may_be_in_flight() {
    let stage = Stage::with_class(3).await;
    stage.admit_answers(1..=3);

    let options = ["--max-in-flight", "1", "--rows-per-page", "1000"];
    stage.refresh().args(options).run().await;

    let seen = records_asked(&stage.knack);
    let objects = seen
        .iter()
        .map(|seen| (seen.path.contains(ANSWERS), seen.in_flight));
    let expected = [(false, 1), (true, 1), (false, 1)];
    assert_eq!(
        objects.collect::<Vec<_>>(),
        expected,
        "records, answers, the count"
    );
}

#[tokio::test]
async fn without_answers_none_are_asked_for() {
    for (argument, setting) in [
        (Some("--without-answers"), None),
        (None, Some("off")),
        (Some("--without-answers"), Some("on")),
    ] {
        let stage = Stage::with_class(12).await;
        stage.admit_answers(1..=12);
        let mut refresh = stage.refresh().args(argument);
        if let Some(setting) = setting {
            refresh = refresh.env("SYNC_ANSWERS", setting);
        }

        let summary = refresh.run().await.expect_code(0);

        assert_eq!(pages_asked(&stage.knack, ANSWERS), []);
        assert_eq!(summary.students_synced, 12);
        assert!(summary.warnings.is_empty(), "{summary:?}");
    }
}

#[tokio::test]
async fn a_switch_that_is_neither_on_nor_off_is_refused_and_nothing_is_asked_for() {
    let stage = Stage::with_class(3).await;
    for spelling in ["OFF", "Off", "false", "no", "0", "off,on"] {
        let refresh = stage.refresh().env("SYNC_ANSWERS", spelling);

        let run = refresh.run().await;

        let failure = run.expect_failure(3, ErrorCode::Configuration);
        assert!(
            failure.message.contains("SYNC_ANSWERS must be on or off"),
            "{spelling}: {}",
            failure.message
        );
    }
    assert!(stage.knack.seen().is_empty());
    stage.assert_untouched().await;
}
