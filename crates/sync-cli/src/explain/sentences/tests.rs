use std::fmt::Write as _;

use serde_json::json;

use super::*;

/// Every value of an enum, by the names that the contract gives them.
fn all<T: serde::de::DeserializeOwned>(names: &str) -> Vec<T> {
    let names = names.split_whitespace();
    names
        .map(|name| serde_json::from_value(json!(name)).unwrap())
        .collect()
}

const VERDICTS: &str = "not_found only_in_supabase not_completed outside_year unreadable_date other_school record_too_large record_unreadable \
    missing_email duplicate_email email_of_another_student held_by_other_establishment new_email_taken no_student older_answers \
    answers_of_student score_out_of_range last_years_cycle kept_newer record_reused adopted_orphan taken_over twin_rows \
    answer_out_of_range new_student changed up_to_date";

const FACTS: &str = "in_knack not_in_knack not_completed unreadable_date other_school record_too_large record_unreadable some_unread missing_email text_cut \
    text_cleaned double_of has_double email_shared matched_by_email matched_by_email_in_any_case matched_by_record \
    matched_by_record_among_several matched_by_taking_over not_stored old_row_left twin_row row_of_another_student \
    row_of_another_school row_of_no_school only_in_supabase name_kept details_differ details_equal no_answers \
    answers_by_email answers_by_connection answers_replaced answers_of_nobody answer_out_of_range answers_not_read";

const FACTS_OF_CYCLES: &str = "scores_missing scores_differ score_email_filled score_year_filled score_date_filled \
    scores_equal scores_kept_newer scores_of_last_year score_out_of_range scores_only_in_supabase comments_differ \
    comments_equal comments_only_in_supabase answers_differ answers_equal answers_kept";

/// To be read from top to bottom, as staff would.
#[test]
fn every_verdict_and_fact_is_said_as_it_was() {
    let mut list = String::new();
    for (name, verdict) in VERDICTS.split_whitespace().zip(all(VERDICTS)) {
        writeln!(list, "{name}: {}", of_verdict(verdict)).unwrap();
    }
    let year = "2026/2027".parse().unwrap();
    for on in ["2026-10-05", "2026-07-31"] {
        let sentence = completed_on(on.parse().unwrap(), year);
        writeln!(list, "completed_on: {sentence}").unwrap();
    }
    for (name, fact) in FACTS.split_whitespace().zip(all(FACTS)) {
        writeln!(list, "{name}: {}", of_fact(fact, None)).unwrap();
    }
    for (name, fact) in FACTS_OF_CYCLES.split_whitespace().zip(all(FACTS_OF_CYCLES)) {
        writeln!(list, "{name}: {}", of_fact(fact, Some(2))).unwrap();
    }
    insta::assert_snapshot!(list);
}
