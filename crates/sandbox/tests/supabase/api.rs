//! What the API lets through, and whom.

use std::net::TcpListener;

use reqwest::{Method, StatusCode};
use sandbox::supabase::{Driver, Supabase, SupabaseOptions};
use serde_json::{Value, json};

use crate::support::{client, database, on_postgres, options, read, request, school, start};

fn student(number: usize) -> Value {
    json!({
        "knack_id": format!("{number:024x}"),
        "email": format!("pupil{number}@school.invalid"),
        "establishment_id": school().id(),
        "academic_year": "2026/2027",
    })
}

fn students(count: usize) -> Vec<Value> {
    (0..count).map(student).collect()
}

#[tokio::test]
async fn a_request_without_a_key_is_refused() {
    let supabase = on_postgres("without_a_key").await;
    let answer = client()
        .get(format!("{}/rest/v1/students", supabase.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = request(
        &supabase,
        Method::GET,
        "sb_secret_of_someone_else",
        "students",
    )
    .send()
    .await
    .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_publishable_key_sees_nothing_and_writes_nothing() {
    let supabase = on_postgres("publishable_key").await;
    supabase.seed_establishments(&[school()]).await.unwrap();

    for table in [
        "establishments",
        "students",
        "vespa_scores",
        "student_comments",
        "question_responses",
        "question_statistics",
        "staff_admins",
        "super_users",
        "sync_logs",
    ] {
        let answer = request(&supabase, Method::GET, supabase.publishable_key(), table)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap(), json!([]), "{table}");
    }

    let key = supabase.publishable_key();
    let answer = request(&supabase, Method::POST, key, "students")
        .json(&student(1))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "42501");
    request(
        &supabase,
        Method::DELETE,
        key,
        "establishments?name=not.is.null",
    )
    .send()
    .await
    .unwrap();
    assert_eq!(
        read(&supabase, "establishments?select=name").await,
        json!([{ "name": "Example School" }])
    );
}

#[tokio::test]
async fn the_secret_key_upserts_on_any_unique_key() {
    let supabase = on_postgres("upserts").await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    let path = "students?on_conflict=email,academic_year";
    let upsert = |name: &'static str| {
        let mut row = student(1);
        row["name"] = json!(name);
        request(&supabase, Method::POST, supabase.secret_key(), path)
            .header(
                "Prefer",
                "resolution=merge-duplicates,return=representation",
            )
            .json(&[row])
            .send()
    };
    let created = upsert("Ada Example").await.unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    let applied = created.headers()["preference-applied"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(applied.contains("resolution=merge-duplicates"), "{applied}");
    let created: Value = created.json().await.unwrap();
    let updated: Value = upsert("Ada Beispiel").await.unwrap().json().await.unwrap();
    assert_eq!(updated[0]["id"], created[0]["id"]);
    assert_eq!(updated[0]["name"], "Ada Beispiel");
    assert_eq!(updated[0]["status"], "Active");
}

#[tokio::test]
async fn a_read_stops_at_max_rows_without_a_word() {
    let database = database("max_rows").await;
    let supabase = start(options(&database).max_rows(100)).await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    let answer = request(
        &supabase,
        Method::POST,
        supabase.secret_key(),
        "students?select=id",
    )
    .header("Prefer", "return=representation")
    .json(&students(250))
    .send()
    .await
    .unwrap();
    // What a write gives back is not cut.
    assert_eq!(answer.json::<Vec<Value>>().await.unwrap().len(), 250);

    let answer = request(
        &supabase,
        Method::GET,
        supabase.secret_key(),
        "students?select=id&order=id",
    )
    .send()
    .await
    .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.json::<Vec<Value>>().await.unwrap().len(), 100);

    let answer = request(
        &supabase,
        Method::GET,
        supabase.secret_key(),
        "students?select=id&order=id",
    )
    .header("Prefer", "count=exact")
    .send()
    .await
    .unwrap();
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(answer.headers()["content-range"], "0-99/250");
}

#[tokio::test]
async fn students_are_counted_within_their_school() {
    let supabase = on_postgres("counted").await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    request(&supabase, Method::POST, supabase.secret_key(), "students")
        .json(&students(3))
        .send()
        .await
        .unwrap();
    let rows = read(
        &supabase,
        "establishments?select=id,students(count)&students.academic_year=eq.2026/2027",
    )
    .await;
    assert_eq!(
        rows,
        json!([{ "id": school().id(), "students": [{ "count": 3 }] }])
    );
}

#[tokio::test]
async fn seeding_twice_changes_nothing() {
    let supabase = on_postgres("seeding").await;
    for _ in 0..2 {
        supabase.seed_establishments(&[school()]).await.unwrap();
    }
    let rows = read(
        &supabase,
        "establishments?select=id,knack_id,name,is_australian,use_standard_year",
    )
    .await;
    assert_eq!(
        rows,
        json!([{
            "id": "057be50c-9034-5dae-ace4-bac93a257c1e",
            "knack_id": "61680fc13a0bfd001e8ca3ca",
            "name": "Example School",
            "is_australian": false,
            "use_standard_year": null,
        }])
    );
}

#[tokio::test]
async fn embedded_rows_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || {
        SupabaseOptions::new(Driver::Embedded {
            data: folder.path().to_owned(),
        })
    };
    let supabase = start(options()).await;
    supabase.seed_establishments(&[school()]).await.unwrap();
    let first_key = supabase.secret_key().to_owned();
    drop(supabase);

    let supabase = start(options()).await;
    assert_ne!(supabase.secret_key(), first_key);
    assert_eq!(
        read(&supabase, "establishments?select=name").await,
        json!([{ "name": "Example School" }])
    );
    let answer = request(
        &supabase,
        Method::POST,
        supabase.publishable_key(),
        "sync_logs",
    )
    .json(&json!({ "sync_type": "t", "status": "s", "started_at": "2026-11-23T10:00:00Z" }))
    .send()
    .await
    .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_failing_start_says_what_the_child_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let database = database("failing_start").await;
    let error = Supabase::start(options(&database).port(port))
        .await
        .unwrap_err();
    assert!(format!("{error:#}").contains("already in use"), "{error:#}");
}
