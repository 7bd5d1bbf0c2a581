//! Completion dates.

use sandbox::data::year;
use serde_json::json;
use sync_protocol::SkipReason;

use super::{ORDINARY, outcome};

#[tokio::test]
async fn a_date_is_read_in_every_shape_day_before_month() {
    let outcome = outcome().await;
    for name in [
        "date_with_time",
        "date_shown_with_time_only",
        "date_shown_only",
        "date_raw_only",
        "date_raw_without_iso",
        "date_iso_shown",
        "date_iso_with_time_shown",
        "date_raw_text",
    ] {
        outcome.expect_student(name, &json!({}));
        outcome.expect_scores(name, &[(1, ORDINARY)]);
    }
    let fifth_of_september = year::nth_day(outcome.year.last_day(), false, 35);
    assert_eq!(
        (fifth_of_september.month(), fifth_of_september.day()),
        (9, 5)
    );
    outcome.expect_completed("date_us_order_trap", fifth_of_september);
}

#[tokio::test]
async fn the_first_and_the_last_day_of_the_year_count() {
    let outcome = outcome().await;
    outcome.expect_completed("date_first_day_of_year", outcome.year.first_day());
    outcome.expect_completed("date_last_day_of_year", outcome.year.last_day());
}

#[tokio::test]
async fn a_record_whose_date_cannot_be_read_is_skipped_and_never_given_todays() {
    outcome().await.expect_skipped(
        SkipReason::UnreadableDate,
        &[
            "date_words",
            "date_impossible",
            "date_zeros",
            "date_half",
            "date_raw_us_only",
        ],
    );
}

#[tokio::test]
async fn a_record_whose_own_date_lies_in_another_year_is_skipped() {
    outcome()
        .await
        .expect_skipped(SkipReason::OutsideYear, &["date_shown_outside_year"]);
}
