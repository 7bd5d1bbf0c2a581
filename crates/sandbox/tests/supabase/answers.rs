//! The tables of answers take what the nightly job writes, and are read as the dashboard reads them.

use reqwest::{Method, StatusCode};
use sandbox::supabase::Supabase;
use serde_json::{Value, json};

use crate::support::{on_postgres, read, request, school};

/// The key on which the nightly job upserts answers.
const ANSWERS: &str = "question_responses?on_conflict=student_id,cycle,academic_year,question_id";
/// The key of figures.
const FIGURES: &str =
    "question_statistics?on_conflict=establishment_id,cycle,academic_year,question_id";

/// A school with one student; the student's id.
async fn with_a_student(supabase: &Supabase) -> String {
    supabase.seed_establishments(&[school()]).await.unwrap();
    let student = json!({
        "knack_id": "5f0000000000000000000001", "email": "pupil@school.invalid",
        "establishment_id": school().id(), "academic_year": "2026/2027",
    });
    let answer = request(supabase, Method::POST, supabase.secret_key(), "students")
        .header("Prefer", "return=representation")
        .json(&[student])
        .send()
        .await
        .unwrap();
    let rows: Value = answer.json().await.unwrap();
    rows[0]["id"].as_str().unwrap().to_owned()
}

async fn upsert(supabase: &Supabase, path: &str, rows: &[Value]) -> reqwest::Response {
    request(supabase, Method::POST, supabase.secret_key(), path)
        .header("Prefer", "resolution=merge-duplicates,return=minimal")
        .json(rows)
        .send()
        .await
        .unwrap()
}

fn answer(student: &str, question: &str, value: i64) -> Value {
    json!({
        "student_id": student, "cycle": 1, "academic_year": "2026/2027",
        "question_id": question, "response_value": value,
    })
}

#[tokio::test]
async fn answers_are_written_and_overwritten_as_the_nightly_job_does() {
    let supabase = on_postgres("nightly_answers").await;
    let student = with_a_student(&supabase).await;
    let rows = [
        answer(&student, "q1", 2),
        answer(&student, "outcome_q_support", 5),
    ];
    assert_eq!(
        upsert(&supabase, ANSWERS, &rows).await.status(),
        StatusCode::CREATED
    );
    let again = upsert(&supabase, ANSWERS, &[answer(&student, "q1", 4)]).await;
    assert!(again.status().is_success(), "{}", again.status());
    let stored = read(
        &supabase,
        "students?select=question_responses(cycle,academic_year,question_id,response_value)\
         &question_responses.order=question_id",
    )
    .await;
    assert_eq!(
        stored,
        json!([{"question_responses": [
            {"cycle": 1, "academic_year": "2026/2027", "question_id": "outcome_q_support", "response_value": 5},
            {"cycle": 1, "academic_year": "2026/2027", "question_id": "q1", "response_value": 4},
        ]}])
    );
}

#[tokio::test]
async fn one_answer_out_of_range_or_named_twice_refuses_its_whole_batch() {
    let supabase = on_postgres("refused_answers").await;
    let student = with_a_student(&supabase).await;
    let good = answer(&student, "q1", 2);
    for bad in [
        answer(&student, "q2", 0),
        answer(&student, "q2", 50),
        answer(&student, "q1", 3),
        answer("00000000-0000-4000-8000-00000000ffff", "q2", 3),
    ] {
        let refused = upsert(&supabase, ANSWERS, &[good.clone(), bad.clone()]).await;
        assert!(!refused.status().is_success(), "{bad}");
        let stored = read(&supabase, "question_responses?select=id").await;
        assert_eq!(stored, json!([]), "{bad}");
    }
}

/// The figures of one question as `fix_question_statistics_schema.sql` computes them.
fn figures(mean: f64) -> Value {
    json!({
        "establishment_id": school().id(), "cycle": 1, "academic_year": "2026/2027", "question_id": "q1",
        "mean": mean, "std_dev": 1.25, "count": 3, "distribution": [0, 1, 0, 1, 1],
        "calculated_at": "2026-11-23T10:00:00+00:00",
    })
}

#[tokio::test]
async fn statistics_are_written_by_their_key_with_or_without_the_later_columns() {
    let supabase = on_postgres("nightly_statistics").await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    let mut full = figures(3.666_666);
    full["mode"] = json!(2);
    full["percentile_25"] = json!(2.5);
    full["percentile_75"] = json!(4.5);
    for rows in [[full], [figures(3.5)]] {
        let written = upsert(&supabase, FIGURES, &rows).await;
        assert!(written.status().is_success(), "{}", written.status());
    }
    let stored = read(&supabase, "question_statistics?select=*").await;
    assert_eq!(stored.as_array().unwrap().len(), 1);
    let stored = &stored[0];
    assert_eq!(
        json!([
            stored["cycle"],
            stored["count"],
            stored["mode"],
            stored["distribution"]
        ]),
        json!([1, 3, 2, [0, 1, 0, 1, 1]])
    );
    let columns = ["mean", "std_dev", "percentile_25", "percentile_75"];
    let numbers = columns.map(|column| number(&stored[column]));
    assert_eq!(numbers, ["3.5", "1.25", "2.5", "4.5"]);
}

#[tokio::test]
async fn a_column_named_count_is_read_by_asking_for_all_columns() {
    let supabase = on_postgres("column_count").await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    upsert(&supabase, FIGURES, &[figures(3.5)]).await;
    // Supabase Lite's own way: PostgREST reads the column.
    let alone = read(&supabase, "question_statistics?select=count").await;
    assert_eq!(
        alone,
        json!([{ "count": 1 }]),
        "this is how many rows there are"
    );
    let all = read(&supabase, "question_statistics?select=*").await;
    assert_eq!(all[0]["count"], 3);
}

/// A number as it is meant: PostgREST writes `3.50`, Supabase Lite `"3.50"`.
fn number(value: &Value) -> String {
    let text = value.to_string();
    let number: f64 = text.trim_matches('"').parse().unwrap();
    number.to_string()
}
