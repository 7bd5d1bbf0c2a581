//! E-mail addresses, names, and the school a record belongs to.

use serde_json::{Value, json};
use sync_protocol::{SkipReason, WarningCode};

use super::{ORDINARY, outcome};

#[tokio::test]
async fn an_address_is_found_in_whatever_shape_and_stored_in_lower_case() {
    let outcome = outcome().await;
    for (name, email) in [
        ("email_anchor_only", "anchor-only"),
        ("email_raw_only", "raw-only"),
        ("email_raw_text", "raw-text"),
        ("email_plain_text", "plain-text"),
        ("email_with_label", "with-label"),
        ("email_nested_email", "nested-email"),
        ("email_nested_address", "nested-address"),
        ("email_label_only", "label-only"),
        ("email_anchor_in_raw", "anchor-in-raw"),
        ("email_mixed_case", "mixed.case"),
        ("email_with_spaces", "spaced"),
        ("email_with_entity", "o'thorn"),
    ] {
        let email = format!("{email}@thornfield.example");
        outcome.expect_student(name, &json!({ "email": email }));
        outcome.expect_scores(name, &[(1, ORDINARY)]);
    }
}

#[tokio::test]
async fn a_record_without_an_address_is_skipped() {
    outcome().await.expect_skipped(
        SkipReason::MissingEmail,
        &[
            "email_blank",
            "email_null",
            "email_missing",
            "email_empty_parts",
            "email_not_an_address",
            "nul_in_email",
        ],
    );
}

#[tokio::test]
async fn of_three_records_with_one_address_the_one_completed_last_is_kept() {
    let outcome = outcome().await;
    let kept = "email_twice_completed_later";
    outcome.expect_student(kept, &json!({"email": "twice@thornfield.example"}));
    outcome.expect_warned(WarningCode::DuplicateEmail, &[kept]);
    let dropped = ["email_twice_first", "email_twice_second"];
    outcome.expect_skipped(SkipReason::DuplicateEmail, &dropped);
}

#[tokio::test]
async fn a_name_is_what_knack_displays_without_its_markup() {
    let outcome = outcome().await;
    for (name, stored) in [
        ("name_raw_null", "Raw Null"),
        ("name_without_full", "Without Full"),
        ("name_last_only", "Only"),
        ("name_parts_null", "Nulls"),
        ("name_raw_text", "Raw Text"),
        ("name_with_entities", "Ada & O'Thorn"),
        ("name_with_tags", "Bold Name"),
        ("name_of_many_scripts", "Żółć 李 Ñandú-O'Brien 🌱"),
    ] {
        outcome.expect_student(name, &json!({ "name": stored }));
    }
}

#[tokio::test]
async fn a_student_without_a_name_is_stored_all_the_same() {
    let outcome = outcome().await;
    for name in [
        "name_blank",
        "name_null",
        "name_missing",
        "name_spaces_only",
    ] {
        outcome.expect_student(name, &json!({"name": Value::Null}));
        outcome.expect_scores(name, &[(1, ORDINARY)]);
    }
}

#[tokio::test]
async fn a_record_belongs_to_the_first_school_it_names_in_whatever_shape() {
    let outcome = outcome().await;
    for name in [
        "school_plain_id",
        "school_value",
        "school_span_only",
        "school_upper_case_id",
        "school_null_item_first",
        "school_other_second",
    ] {
        outcome.expect_student(name, &json!({}));
    }
    outcome.expect_skipped(
        SkipReason::OtherSchool,
        &["school_other_first", "school_other_only", "school_blank"],
    );
}
