//! Scores and cycles.

use serde_json::json;
use sync_protocol::WarningCode;

use super::{ORDINARY, Six, outcome};

#[tokio::test]
async fn a_score_is_a_number_however_it_is_written_and_fractions_are_cut_off() {
    let outcome = outcome().await;
    for name in [
        "ordinary",
        "scores_as_text",
        "scores_as_decimal_text",
        "score_with_fraction",
        "score_as_decimal_number",
        "score_with_spaces",
        "score_only_raw",
        "score_only_shown",
    ] {
        outcome.expect_student(name, &json!({}));
        outcome.expect_scores(name, &[(1, ORDINARY)]);
    }
}

#[tokio::test]
async fn a_blank_score_is_null_and_a_zero_is_zero() {
    let outcome = outcome().await;
    let without_overall = [Some(7), Some(6), Some(5), Some(8), Some(7), None];
    outcome.expect_scores("score_null", &[(1, without_overall)]);
    let some = [Some(4), None, Some(6), None, Some(8), Some(6)];
    outcome.expect_scores("some_scores_blank", &[(1, some)]);
    let zero = [0, 5, 6, 7, 8, 5].map(Some);
    outcome.expect_scores("one_score_zero", &[(1, zero)]);
}

#[tokio::test]
async fn a_cycle_of_blanks_and_zeros_is_not_a_cycle() {
    let outcome = outcome().await;
    for name in [
        "all_scores_blank",
        "all_scores_missing",
        "all_scores_zero",
        "some_blank_others_zero",
    ] {
        outcome.expect_student(name, &json!({}));
        outcome.expect_scores(name, &[]);
    }
}

#[tokio::test]
async fn a_cycle_with_a_value_that_is_not_a_score_is_skipped_and_other_cycles_are_kept() {
    let outcome = outcome().await;
    let without_a_cycle = [
        "overall_20879",
        "overall_11_as_text",
        "score_abc",
        "score_negative",
        "score_not_a_number",
        "score_huge_text",
        "score_boolean",
        "score_list",
    ];
    for name in without_a_cycle {
        outcome.expect_student(name, &json!({}));
        outcome.expect_scores(name, &[]);
    }
    outcome.expect_scores("second_cycle_out_of_range", &[(1, ORDINARY)]);
    let mut warned = vec!["second_cycle_out_of_range"];
    warned.extend(without_a_cycle);
    outcome.expect_warned(WarningCode::ScoreOutOfRange, &warned);
}

#[tokio::test]
async fn each_cycle_has_its_own_six_scores() {
    let outcome = outcome().await;
    let second: Six = [8, 7, 6, 5, 4, 6].map(Some);
    let third: Six = [9, 8, 7, 6, 5, 7].map(Some);
    outcome.expect_scores("three_cycles", &[(1, ORDINARY), (2, second), (3, third)]);
    let five = [Some(5); 6];
    outcome.expect_scores("three_equal_cycles", &[(1, five), (2, five), (3, five)]);
    outcome.expect_scores("third_cycle_without_second", &[(1, ORDINARY), (3, third)]);
}

#[tokio::test]
async fn what_is_said_of_the_current_cycle_is_not_a_score_and_takes_none_away() {
    let outcome = outcome().await;
    for name in [
        "current_cycle_blank",
        "current_cycle_number",
        "current_cycle_decimal",
        "current_cycle_seven",
    ] {
        outcome.expect_scores(name, &[(1, ORDINARY)]);
    }
    // Nothing is stored of the year before, so it cannot be that year's.
    let second = [8, 7, 6, 5, 4, 6].map(Some);
    outcome.expect_scores("second_cycle_above_current", &[(1, ORDINARY), (2, second)]);
    outcome.expect_warned(WarningCode::LastYearsCycle, &[]);
}
