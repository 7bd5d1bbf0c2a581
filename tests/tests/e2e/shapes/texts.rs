//! Groups, courses and comments.

use serde_json::{Value, json};
use sync_protocol::WarningCode;

use super::{ORDINARY, outcome};

const RRC: &str = "field_2302";
const GOAL: &str = "field_2499";

#[tokio::test]
async fn a_text_is_what_knack_displays_and_a_list_is_joined() {
    let outcome = outcome().await;
    for (name, column, stored) in [
        ("year_group_number", "year_group", "12"),
        ("year_group_label", "year_group", "Yr12"),
        ("group_comma_joined", "group", "12A, 12B"),
        ("group_list", "group", "12A, 12B"),
        ("group_list_raw_only", "group", "12A, 12B"),
        ("course_list", "course", "Biology, Art & Design"),
        ("course_with_tags", "course", "Biology"),
        ("course_connection", "course", "Biology"),
        ("faculty_spaces", "faculty", "Sciences"),
        ("gender_list", "gender", "Female"),
        ("gender_list_of_two", "gender", "Female"),
        ("gender_boolean", "gender", "true"),
        ("control_characters_in_group", "group", "12\u{1}\tA\u{7f}"),
    ] {
        outcome.expect_student(name, &json!({ column: stored }));
    }
}

#[tokio::test]
async fn a_blank_text_is_null_and_never_the_word_none() {
    let outcome = outcome().await;
    for name in [
        "group_list_of_null",
        "group_empty_list",
        "group_null",
        "group_missing",
    ] {
        outcome.expect_student(name, &json!({"group": Value::Null}));
    }
}

#[tokio::test]
async fn a_text_longer_than_its_column_is_cut_between_characters() {
    let outcome = outcome().await;
    let year_group = "Year twelve Year twelve Year twelve Year twelve Ye";
    outcome.expect_student("year_group_too_long", &json!({ "year_group": year_group }));
    let accents = "é".repeat(100);
    outcome.expect_student("group_too_long_accents", &json!({ "group": accents }));
    let emoji: String = "👩‍🎓".repeat(60).chars().take(100).collect();
    outcome.expect_student("group_too_long_emoji", &json!({ "group": emoji }));
    outcome.expect_warned(
        WarningCode::Truncated,
        &[
            "year_group_too_long",
            "group_too_long_accents",
            "group_too_long_emoji",
        ],
    );
}

#[tokio::test]
async fn a_comment_keeps_its_html_and_loses_the_space_around_it() {
    let outcome = outcome().await;
    let long = format!("<p>{}</p>", "Revise. ".repeat(4_000));
    for (name, kind, field, text) in [
        (
            "comment_html",
            "rrc",
            RRC,
            "<p>I <strong>will</strong> plan &amp; rest.<br />Soon.</p>",
        ),
        ("comment_padded", "goal", GOAL, "<p>Keep going.</p>"),
        ("comment_tags_only", "rrc", RRC, "<p><br></p>"),
        ("comment_hard_space_only", "goal", GOAL, "<p>&nbsp;</p>"),
        (
            "comment_script",
            "rrc",
            RRC,
            "<script>alert(1)</script>I like maths.",
        ),
        ("comment_very_long", "rrc", RRC, &long),
        ("comment_raw_only", "rrc", RRC, "<p>Only raw.</p>"),
        ("comment_shown_only", "rrc", RRC, "<p>Only shown.</p>"),
        ("comment_number", "rrc", RRC, "5"),
        ("comment_raw_object", "rrc", RRC, "<p>Shown.</p>"),
    ] {
        outcome.expect_comments(name, &[(1, kind, field, text)]);
    }
}

#[tokio::test]
async fn a_blank_comment_is_not_a_comment() {
    let outcome = outcome().await;
    for name in ["comment_spaces_only", "comment_null", "ordinary"] {
        outcome.expect_comments(name, &[]);
    }
}

#[tokio::test]
async fn each_of_the_six_comments_comes_from_its_own_field() {
    outcome().await.expect_comments(
        "comments_all_six",
        &[
            (1, "goal", "field_2499", "<p>Goal 1</p>"),
            (1, "rrc", "field_2302", "<p>Rrc 1</p>"),
            (2, "goal", "field_2493", "<p>Goal 2</p>"),
            (2, "rrc", "field_2303", "<p>Rrc 2</p>"),
            (3, "goal", "field_2494", "<p>Goal 3</p>"),
            (3, "rrc", "field_2304", "<p>Rrc 3</p>"),
        ],
    );
}

#[tokio::test]
async fn characters_that_cannot_be_stored_are_dropped_or_replaced_and_reported() {
    let outcome = outcome().await;
    outcome.expect_comments("nul_in_comment", &[(1, "rrc", RRC, "<p>beforeafter</p>")]);
    outcome.expect_student("nul_in_name", &json!({"name": "Nul Thorn"}));
    let replaced = "<p>before\u{fffd}after</p>";
    outcome.expect_comments("surrogate_in_comment", &[(1, "rrc", RRC, replaced)]);
    outcome.expect_student("surrogate_in_name", &json!({"name": "Half\u{fffd} Thorn"}));
    outcome.expect_student("surrogate_in_group", &json!({"group": "12\u{fffd}"}));
    outcome.expect_warned(
        WarningCode::CleanedText,
        &[
            "nul_in_comment",
            "nul_in_name",
            "surrogate_in_comment",
            "surrogate_in_name",
            "surrogate_in_group",
        ],
    );
}

#[tokio::test]
async fn a_field_nobody_reads_may_hold_anything() {
    let outcome = outcome().await;
    outcome.expect_student("unread_field_broken", &json!({}));
    outcome.expect_scores("unread_field_broken", &[(1, ORDINARY)]);
}
