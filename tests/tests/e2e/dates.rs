//! Which year a completion belongs to, and which date a cycle gets.

use e2e::{Stage, changes, skipped, warned};
use jiff::ToSpan;
use jiff::civil::Date;
use sandbox::data::{Pupil, connection, display_date, year};
use serde_json::json;
use sync_protocol::{SkipReason, WarningCode};

/// One pupil for each day: the days just outside and just inside the two ends of the year.
fn at_the_ends(first: Date, last: Date) -> [Pupil; 4] {
    [
        (1, first.saturating_sub(1.day())),
        (2, first),
        (3, last),
        (4, last.saturating_add(1.day())),
    ]
    .map(|(n, day)| Pupil::new(n).email(&format!("p{n}")).completed(day))
}

async fn expect_both_ends(stage: Stage, first: Date, last: Date) {
    let pupils = at_the_ends(first, last);
    for pupil in &pupils {
        stage.put(pupil);
    }

    let summary = stage.run().await.expect_code(0);

    let inside = [&pupils[1], &pupils[2]];
    assert_eq!(
        stage.students().await,
        inside.map(|pupil| stage.student_row(pupil))
    );
    assert_eq!(
        stage.scores().await,
        inside.map(|pupil| stage.score_rows(pupil)).concat()
    );
    assert_eq!(changes(&summary), [[2, 0, 0], [2, 0, 0], [0; 3]]);
    // Knack's own filter already holds back the others.
    assert_eq!((summary.knack.records, skipped(&summary)), (2, vec![]));
}

#[tokio::test]
async fn the_first_of_august_and_the_last_of_july_count_and_the_days_around_them_do_not() {
    let stage = Stage::builder().last_year().start([]).await;
    let first = year::first_day(stage.today, false).saturating_sub(1.year());
    let last = first.saturating_add(1.year()).saturating_sub(1.day());
    assert_eq!((first.month(), first.day()), (8, 1));
    assert_eq!((last.month(), last.day()), (7, 31));
    expect_both_ends(stage, first, last).await;
}

#[tokio::test]
async fn the_first_of_january_and_the_last_of_december_are_the_ends_of_a_calendar_year() {
    let calendar_year = Stage::builder().flags(Some(true), Some(false));
    let stage = calendar_year.last_year().start([]).await;
    let first = Date::constant(stage.today.year() - 1, 1, 1);
    expect_both_ends(stage, first, Date::constant(first.year(), 12, 31)).await;
}

#[tokio::test]
async fn a_date_outside_the_year_that_knack_found_all_the_same_is_skipped() {
    let stage = Stage::builder().last_year().start([]).await;
    let pupils = at_the_ends(stage.year.first_day(), stage.year.last_day());
    for pupil in &pupils {
        let mut record = stage.record(pupil.clone());
        record[sandbox::data::FILTERED_AS] =
            json!({"field_855": display_date(stage.year.first_day())});
        stage.knack.put("object_10", record);
    }

    let summary = stage.run().await.expect_code(0);

    let mut outside = vec![pupils[0].record_id.clone(), pupils[3].record_id.clone()];
    outside.sort();
    assert_eq!(skipped(&summary), [(SkipReason::OutsideYear, outside)]);
    assert_eq!(
        stage.students().await,
        [&pupils[1], &pupils[2]].map(|pupil| stage.student_row(pupil))
    );
}

#[tokio::test]
async fn only_an_australian_school_that_opted_out_follows_the_calendar_year() {
    for is_australian in [None, Some(false), Some(true)] {
        for use_standard_year in [None, Some(false), Some(true)] {
            let flags = Stage::builder().flags(is_australian, use_standard_year);
            let stage = flags.start([]).await;
            let by_calendar = is_australian == Some(true) && use_standard_year == Some(false);
            let first = year::first_day(stage.today, by_calendar);
            let label = format!(
                "{}/{}",
                first.year(),
                year::last_day(stage.today, by_calendar).year()
            );
            let pupil = Pupil::new(1).email("ann").completed(first);
            stage.put(&pupil);

            let summary = stage.run().await.expect_code(0);

            let flags = (is_australian, use_standard_year);
            let reported = summary.academic_year.map(|year| year.to_string());
            assert_eq!(reported.as_deref(), Some(&*label), "{flags:?}");
            assert_eq!(
                stage.students().await[0]["academic_year"],
                label,
                "{flags:?}"
            );
            assert_eq!(stage.scores().await[0]["academic_year"], label, "{flags:?}");
            assert_eq!(
                stage.scores().await[0]["completion_date"],
                json!(first),
                "{flags:?}"
            );
        }
    }
}

/// A pupil whose cycle Knack dates at the beginning of last year, and Supabase at `stored` with other scores.
async fn with_stored_date(stored: impl Fn(Date) -> Date) -> (Stage, Pupil, Date) {
    let stage = Stage::builder().last_year().start([]).await;
    let ann = Pupil::new(1)
        .email("ann")
        .completed(stage.year.first_day())
        .scored(1, [7; 6]);
    stage.put(&ann);
    let unscored = ann.clone().unscored();
    let student = stage.store_nightly(&unscored).await;
    let stored = stored(stage.today);
    stage.store_scores(student, 1, [9; 6], Some(stored)).await;
    (stage, ann, stored)
}

#[tokio::test]
async fn a_questionnaire_stored_today_or_yesterday_is_kept_before_an_older_one_of_knack() {
    for days_ago in [0, 1] {
        let (stage, ann, stored) =
            with_stored_date(|today| today.saturating_sub(days_ago.days())).await;

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary), [[0, 0, 1], [0, 0, 1], [0; 3]]);
        assert_eq!(stage.written(), []);
        assert_eq!(
            warned(&summary),
            [(WarningCode::KeptNewer, vec![ann.record_id.clone()])]
        );
        assert_eq!(
            stage.scores().await,
            [stage.score_row(&ann, 1, [Some(9); 6], stored)]
        );
    }
}

#[tokio::test]
async fn before_a_later_date_of_any_other_day_knack_wins() {
    for days in [-40, -3, 3, 40] {
        let (stage, ann, _) = with_stored_date(|today| today.saturating_add(days.days())).await;

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary), [[0, 0, 1], [0, 1, 0], [0; 3]], "{days}");
        assert_eq!(warned(&summary), []);
        assert_eq!(stage.scores().await, stage.score_rows(&ann));
    }
}

#[tokio::test]
async fn an_older_stored_date_gives_way_to_knacks() {
    let first = |today: Date| year::first_day(today, false).saturating_sub(2.years());
    let (stage, ann, _) = with_stored_date(first).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[1], [0, 1, 0]);
    assert_eq!(stage.scores().await, stage.score_rows(&ann));
}

#[tokio::test]
async fn missing_dates_are_filled_and_dates_of_other_cycles_left() {
    let stage = Stage::builder().last_year().start([]).await;
    let completed = stage.year.first_day().saturating_add(60.days());
    let first_cycle = stage.year.first_day().saturating_add(7.days());
    let ann = Pupil::new(1)
        .email("ann")
        .completed(completed)
        .scored(1, [1; 6])
        .scored(2, [2; 6])
        .scored(3, [3; 6]);
    stage.put(&ann);
    let student = stage.store_nightly(&ann.clone().unscored()).await;
    stage
        .store_scores(student, 1, [1; 6], Some(first_cycle))
        .await;
    stage.store_scores(student, 2, [2; 6], None).await;
    stage.store_scores(student, 3, [3; 6], None).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 1], [0, 2, 1], [0; 3]]);
    assert_eq!(
        stage.scores().await,
        [
            stage.score_row(&ann, 1, [Some(1); 6], first_cycle),
            stage.score_row(&ann, 2, [Some(2); 6], completed),
            stage.score_row(&ann, 3, [Some(3); 6], completed),
        ]
    );
    assert_eq!(changes(&stage.run().await.expect_code(0))[1], [0, 0, 3]);
}

#[tokio::test]
async fn scores_of_another_cycle_change_without_its_date() {
    let stage = Stage::builder().last_year().start([]).await;
    let completed = stage.year.first_day().saturating_add(60.days());
    let first_cycle = stage.year.first_day().saturating_add(7.days());
    let ann = Pupil::new(1)
        .email("ann")
        .completed(completed)
        .scored(1, [4; 6])
        .scored(2, [2; 6]);
    stage.put(&ann);
    let student = stage.store_nightly(&ann.clone().unscored()).await;
    stage
        .store_scores(student, 1, [1; 6], Some(first_cycle))
        .await;
    stage
        .store_scores(student, 2, [2; 6], Some(first_cycle))
        .await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[1], [0, 2, 0]);
    assert_eq!(
        stage.scores().await,
        [
            stage.score_row(&ann, 1, [Some(4); 6], first_cycle),
            stage.score_row(&ann, 2, [Some(2); 6], completed),
        ]
    );
}

/// A pupil in the first cycle of this year, whose record still holds a second cycle; last year's row is given.
async fn with_second_cycle_from(last_year: [i64; 6]) -> (Stage, Pupil) {
    let stage = Stage::with_pupils([]).await;
    let ann = Pupil {
        current_cycle: Some(1),
        ..Pupil::new(1)
            .email("ann")
            .completed(stage.year.first_day())
            .scored(1, [1; 6])
            .scored(2, [2, 3, 4, 5, 6, 4])
    };
    stage.put(&ann);
    let then = stage.year.previous().first_day();
    let last_year = ann.clone().completed(then).scored(2, last_year);
    stage
        .store_nightly_of(&last_year, stage.year.previous())
        .await;
    (stage, ann)
}

#[tokio::test]
async fn a_later_cycle_with_last_years_scores_is_not_this_years() {
    let (stage, ann) = with_second_cycle_from([2, 3, 4, 5, 6, 4]).await;
    let before = stage.scores().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [0; 3]]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::LastYearsCycle, vec![ann.record_id.clone()])]
    );
    let mut expected = before;
    expected.push(stage.score_row(&ann, 1, [Some(1); 6], stage.year.first_day()));
    assert_eq!(stage.scores().await, expected);
}

#[tokio::test]
async fn a_later_cycle_with_other_scores_than_last_years_is_written() {
    let (stage, ann) = with_second_cycle_from([2, 3, 4, 5, 6, 5]).await;
    let before = stage.scores().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [2, 0, 0], [0; 3]]);
    assert_eq!(warned(&summary), []);
    assert_eq!(
        stage.scores().await,
        [before, stage.score_rows(&ann)].concat()
    );
}

#[tokio::test]
async fn the_first_of_two_schools_is_a_records_school() {
    let stage = Stage::with_pupils([]).await;
    let elsewhere = "f".repeat(24);
    let ours = (stage.knack_id.as_str(), "Ours");
    let theirs = (elsewhere.as_str(), "Theirs");
    let pupils = [1, 2].map(|n| {
        Pupil::new(n)
            .email(&format!("p{n}"))
            .completed(stage.year.first_day())
    });
    for (pupil, schools) in pupils.iter().zip([[ours, theirs], [theirs, ours]]) {
        let mut record = stage.record(pupil.clone());
        record["field_133"] = json!(connection(&schools));
        record["field_133_raw"] =
            json!(schools.map(|(id, name)| json!({"id": id, "identifier": name})));
        stage.knack.put("object_10", record);
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(stage.students().await, [stage.student_row(&pupils[0])]);
    assert_eq!(
        skipped(&summary),
        [(SkipReason::OtherSchool, vec![pupils[1].record_id.clone()])]
    );
}
