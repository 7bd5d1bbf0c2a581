//! Supabase returns so many rows at once and no more; nothing may be lost to that.

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::Pupil;
use serde_json::{Value, json};

/// More than Supabase returns at once unless it is set otherwise.
const PUPILS: u64 = 1_050;

fn pupils(stage: &Stage) -> Vec<Pupil> {
    let pupil = |n| {
        Pupil::new(n)
            .email(&format!("p{n:04}"))
            .completed(stage.year.first_day())
            .aimed(1, "Aim")
    };
    (1..=PUPILS).map(pupil).collect()
}

async fn expect_nothing_lost_to_a_cap_of(max_rows: u32) {
    let stage = Stage::builder().max_rows(max_rows).start([]).await;
    let pupils = pupils(&stage);
    for pupil in &pupils {
        stage.put(pupil);
    }
    let all = PUPILS;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[all, 0, 0]; 3]);
    let expected: Vec<Value> = pupils
        .iter()
        .map(|pupil| stage.student_row(pupil))
        .collect();
    assert!(stage.students().await == expected);
    let expected: Vec<Value> = pupils
        .iter()
        .flat_map(|pupil| stage.score_rows(pupil))
        .collect();
    assert!(stage.scores().await == expected);
    let expected: Vec<Value> = pupils
        .iter()
        .flat_map(|pupil| stage.comment_rows(pupil))
        .collect();
    assert!(stage.comments().await == expected);
    let before = stage.everything().await;

    stage.proxy.forget();
    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, all]; 3]);
    assert_eq!(stage.written(), []);
    assert_eq!(
        stage.proxy.writes().len(),
        2,
        "the log row is opened and closed"
    );
    assert!(stage.everything().await == before);
    assert_eq!((warned(&summary), skipped(&summary)), (vec![], vec![]));
    let only = summary.only_in_supabase;
    assert_eq!((only.students, only.vespa_scores, only.comments), (0, 0, 0));

    // The last of them by any order, changed: found and updated, not inserted beside itself.
    let changed: Vec<Pupil> = [1, 525, PUPILS]
        .map(|n| {
            Pupil::new(n)
                .email(&format!("p{n:04}"))
                .named("Now", "Changed")
        })
        .map(|pupil| pupil.completed(stage.year.first_day()).aimed(1, "Aim"))
        .to_vec();
    for pupil in &changed {
        stage.put(pupil);
    }
    let summary = stage.run().await.expect_code(0);
    assert_eq!(
        changes(&summary),
        [[0, 3, all - 3], [0, 0, all], [0, 0, all]]
    );
    assert_eq!(stage.students().await.len(), pupils.len());
}

#[tokio::test]
async fn no_student_is_lost_where_supabase_returns_1000_rows_at_once() {
    expect_nothing_lost_to_a_cap_of(1_000).await;
}

#[tokio::test]
async fn no_student_is_lost_where_supabase_returns_100_rows_at_once() {
    expect_nothing_lost_to_a_cap_of(100).await;
}

#[tokio::test]
async fn every_row_without_a_school_is_found_where_supabase_returns_10_rows_at_once() {
    let stage = Stage::builder().max_rows(10).start([]).await;
    let mut expected = Vec::new();
    for n in 1..=70 {
        let pupil = Pupil::new(n)
            .email(&format!("p{n:02}"))
            .completed(stage.year.first_day());
        stage.put(&pupil);
        let mut row = stage.student_row(&pupil);
        if n % 3 == 0 {
            row["email"] = json!(stage.email(&format!("P{n:02}")));
        }
        let columns = json!({"establishment_id": null});
        let email = row["email"].as_str().unwrap_or_default();
        stage.store_student(email, columns).await;
        expected.push(row);
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 70, 0], [70, 0, 0], [0; 3]]);
    let mut students = stage.students().await;
    students.sort_by_key(|row| row["email"].to_string().to_lowercase());
    assert_eq!(students, expected);
}
