//! What a real PostgREST answered, and what is kept of that.

use serde::Deserialize;
use serde_json::Value;

use super::*;

/// What a real PostgREST answered, recorded: case, status and body.
#[derive(Deserialize)]
struct Recorded {
    case: String,
    status: u16,
    body: Value,
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("../../testdata/refusals.json")).unwrap()
}

fn sentence(recorded: &Recorded) -> String {
    let status = StatusCode::from_u16(recorded.status).unwrap();
    classify(status, None, recorded.body.to_string().as_bytes()).to_string()
}

#[test]
fn the_answers_of_a_real_postgrest_name_column_key_or_table() {
    for (case, expected) in [
        (
            "not null (23502)",
            r#"the database refused a row, code 23502: column "knack_id" of "students" must not be empty"#,
        ),
        (
            "unique on another key (23505)",
            r#"the database refused a row, code 23505: the unique key "students_email_academic_year_key" allows no second row with the same values"#,
        ),
        (
            "check violation (23514)",
            r#"the database refused a row, code 23514: the check "students_academic_year_check" is not met"#,
        ),
        (
            "no such parent (23503)",
            r#"the database refused a row, code 23503: the foreign key "vespa_scores_student_id_fkey" points to a row that is missing"#,
        ),
        (
            "too long (22001)",
            "the database refused a row, code 22001: a text is longer than the 50 characters allowed",
        ),
        (
            "unknown column in body (PGRST204)",
            r#"Supabase refused the request (status 400, code PGRST204: "students" has no column "nope")"#,
        ),
        (
            "unknown column in select (42703)",
            r#"Supabase refused the request (status 400, code 42703: "students" has no column "nope")"#,
        ),
        (
            "column dropped, cache stale: upsert",
            r#"Supabase refused the request (status 400, code 42703: "students" has no column "gender")"#,
        ),
        (
            "unknown table (PGRST205)",
            r#"Supabase refused the request (status 404, code PGRST205: there is no table "nope")"#,
        ),
        (
            "trigger raises P0001",
            "the database refused a row, code P0001",
        ),
    ] {
        let found = recorded().into_iter().find(|answer| answer.case == case);
        assert_eq!(sentence(&found.expect(case)), expected, "{case}");
    }
}

#[test]
fn nothing_else_of_a_recorded_answer_is_repeated() {
    let answers = recorded();
    assert!(answers.len() > 50, "{}", answers.len());
    for answer in &answers {
        let sentence = sentence(answer);
        for (field, text) in answer.body.as_object().expect("bodies are objects") {
            // PostgREST's longer texts; a code or a name alone may well be repeated.
            let text = text.as_str().unwrap_or_default();
            let is_repeated = text.contains(' ') && sentence.contains(text);
            assert!(!is_repeated, "{}: {field} in {sentence}", answer.case);
        }
        let has_data = ["p6@x.test", "p1@x.test", "z@x.test", "no such year group"]
            .iter()
            .any(|data| sentence.contains(data));
        assert!(!has_data, "{}: {sentence}", answer.case);
    }
}
