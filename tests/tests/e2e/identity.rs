//! Which stored row is which pupil's, when e-mails, names and records change hands.

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::{Pupil, record_id};
use serde_json::json;
use sync_protocol::{SkipReason, WarningCode};
use uuid::Uuid;

fn pupil(stage: &Stage, n: u64, local: &str) -> Pupil {
    Pupil::new(n)
        .email(local)
        .named("Pupil", local)
        .completed(stage.year.first_day())
}

/// A stage that holds these pupils as the nightly job leaves them, and as Knack held them then.
async fn stage_with(locals: &[&str]) -> (Stage, Vec<Pupil>) {
    let stage = Stage::with_pupils([]).await;
    let mut pupils = Vec::new();
    for (n, local) in (1..).zip(locals) {
        let pupil = pupil(&stage, n, local);
        stage.store_nightly(&pupil).await;
        stage.put(&pupil);
        pupils.push(pupil);
    }
    (stage, pupils)
}

#[tokio::test]
async fn a_record_uploaded_again_keeps_its_pupils_row() {
    let (stage, pupils) = stage_with(&["ann", "bob"]).await;
    let before = stage.identities().await;
    stage.knack.remove("object_10", &pupils[0].record_id);
    let again = Pupil {
        record_id: record_id(77),
        ..pupils[0].clone()
    };
    stage.put(&again);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 1], [0, 0, 2], [0; 3]]);
    assert_eq!(stage.written(), [("students".to_owned(), 1)]);
    let (id, email, _) = before[0].clone();
    assert_eq!(
        stage.identities().await,
        [(id, email, again.record_id), before[1].clone()]
    );
    assert_eq!(warned(&summary), []);
}

#[tokio::test]
async fn a_changed_email_moves_the_row_with_its_scores() {
    let (stage, pupils) = stage_with(&["ann", "bob"]).await;
    let before = stage.identities().await;
    let moved = pupils[0].clone().email("new");
    stage.put(&moved);

    let summary = stage.run().await.expect_code(0);

    // The row of scores gets the new e-mail.
    assert_eq!(changes(&summary), [[0, 1, 1], [0, 1, 1], [0; 3]]);
    let (id, _, knack_id) = before[0].clone();
    assert_eq!(
        stage.identities().await,
        [before[1].clone(), (id, stage.email("new"), knack_id)]
    );
    assert_eq!(
        stage.students().await,
        [stage.student_row(&pupils[1]), stage.student_row(&moved)]
    );
    assert_eq!(warned(&summary), []);
    assert_eq!(summary.only_in_supabase.students, 0);
}

#[tokio::test]
async fn a_record_reused_for_another_pupil_leaves_the_old_row() {
    let (stage, pupils) = stage_with(&["ann"]).await;
    let before = stage.everything().await;
    let other = pupils[0]
        .clone()
        .email("zoe")
        .named("Zoe", "Zander")
        .scored(1, [1; 6]);
    stage.put(&other);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [0; 3]]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::RecordReused, vec![other.record_id.clone()])]
    );
    assert_eq!(summary.only_in_supabase.students, 1);
    assert_eq!(
        stage.students().await,
        [stage.student_row(&pupils[0]), stage.student_row(&other)]
    );
    let after = stage.everything().await;
    assert!(before.iter().all(|row| after.contains(row)));
}

#[tokio::test]
async fn a_record_with_another_email_and_no_name_is_not_taken_for_the_same_pupil() {
    let (stage, pupils) = stage_with(&["ann"]).await;
    let other = pupils[0].clone().email("zoe").named("", "");
    stage.put(&other);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [1, 0, 0]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::RecordReused, vec![other.record_id.clone()])]
    );
    assert_eq!(stage.students().await[0], stage.student_row(&pupils[0]));
}

#[tokio::test]
async fn two_pupils_who_swap_emails_keep_one_row_an_email() {
    let (stage, pupils) = stage_with(&["ann", "bob"]).await;
    let before = stage.identities().await;
    let ann = pupils[0].clone().email("bob").scored(1, [1; 6]);
    let bob = pupils[1].clone().email("ann").scored(1, [2; 6]);
    stage.put(&ann);
    stage.put(&bob);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 2, 0], [0, 2, 0], [0; 3]]);
    let now = |index: usize, pupil: &Pupil| {
        let (id, email, _) = before[index].clone();
        (id, email, pupil.record_id.clone())
    };
    assert_eq!(stage.identities().await, [now(0, &bob), now(1, &ann)]);
    assert_eq!(
        stage.students().await,
        [stage.student_row(&bob), stage.student_row(&ann)]
    );
    assert_eq!(
        stage.scores().await,
        [stage.score_rows(&bob), stage.score_rows(&ann)].concat()
    );
    assert_eq!(warned(&summary), []);
    assert_eq!(
        stage.run().await.expect_code(0).changes.students.unchanged,
        2
    );
}

#[tokio::test]
async fn a_chain_of_changed_emails_gives_every_pupil_one_row_of_that_email() {
    // ann has become bob's address, bob cyd's, and cyd a new one.
    let (stage, pupils) = stage_with(&["ann", "bob", "cyd"]).await;
    let before = stage.identities().await;
    let shifted: Vec<Pupil> = ["bob", "cyd", "dee"]
        .iter()
        .zip(&pupils)
        .map(|(local, pupil)| pupil.clone().email(local))
        .collect();
    for pupil in &shifted {
        stage.put(pupil);
    }

    let summary = stage.run().await.expect_code(0);

    // The row of the address nobody has any more stays; it holds a record that another row holds now.
    assert_eq!(changes(&summary), [[1, 2, 0], [1, 0, 2], [0; 3]]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::TwinRows, vec![shifted[0].record_id.clone()])]
    );
    let mut expected = vec![stage.student_row(&pupils[0])];
    expected.extend(shifted.iter().map(|pupil| stage.student_row(pupil)));
    assert_eq!(stage.students().await, expected);
    let after = stage.identities().await;
    assert_eq!(after[0], before[0]);
    assert_eq!([after[1].0, after[2].0], [before[1].0, before[2].0]);
    assert_eq!(changes(&stage.run().await.expect_code(0))[0], [0, 0, 3]);
}

#[tokio::test]
async fn a_twin_of_the_same_record_is_named_and_left() {
    let (stage, pupils) = stage_with(&["ann"]).await;
    let twin = pupils[0].clone().email("ann.old");
    stage.store_nightly(&twin).await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 0, 1]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::TwinRows, vec![pupils[0].record_id.clone()])]
    );
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn a_twin_of_the_same_email_in_other_case_is_named_and_left() {
    let (stage, pupils) = stage_with(&["ann"]).await;
    stage
        .store_student(&stage.email("Ann"), json!({"name": "Pupil ann"}))
        .await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 0, 1]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::TwinRows, vec![pupils[0].record_id.clone()])]
    );
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn a_changed_email_is_not_followed_where_two_rows_have_the_record() {
    let (stage, pupils) = stage_with(&["ann"]).await;
    stage
        .store_nightly(&pupils[0].clone().email("ann.old"))
        .await;
    let before = stage.everything().await;
    let moved = pupils[0].clone().email("new");
    stage.put(&moved);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [1, 0, 0]);
    let after = stage.everything().await;
    assert!(before.iter().all(|row| after.contains(row)));
    assert_eq!(stage.students().await[2], stage.student_row(&moved));
}

#[tokio::test]
async fn an_email_stored_in_mixed_case_is_kept_and_is_not_a_change() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "Ann.Other");
    stage.put(&ann);
    let row = json!({
        "knack_id": ann.record_id, "name": "Pupil Ann.Other", "year_group": "12", "course": "A Level",
        "faculty": "Sciences", "group": "12A", "gender": "Female",
    });
    let student = stage.store_student(&stage.email("ANN.other"), row).await;
    let first = Some(stage.year.first_day());
    stage
        .store_scores(student, 1, [7, 6, 5, 8, 7, 7], first)
        .await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);
    assert_eq!(changes(&summary), [[0, 0, 1], [0, 0, 1], [0; 3]]);
    assert_eq!(stage.everything().await, before);

    // Another change of the row leaves the spelling too.
    stage.put(&ann.clone().named("Ann", "Renamed"));
    let summary = stage.run().await.expect_code(0);
    assert_eq!(changes(&summary)[0], [0, 1, 0]);
    let students = stage.students().await;
    assert_eq!(students[0]["email"], stage.email("ANN.other"));
    assert_eq!(students[0]["name"], "Ann Renamed");
}

#[tokio::test]
async fn of_several_spellings_the_row_of_the_record_is_the_pupils() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.put(&ann);
    let other = stage.store_student(&stage.email("ANN"), json!({})).await;
    stage.store_scores(other, 1, [1; 6], None).await;
    let own = json!({"knack_id": ann.record_id});
    let own = stage.store_student(&stage.email("Ann"), own).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 0], [1, 0, 0], [0; 3]]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::TwinRows, vec![ann.record_id.clone()])]
    );
    let rows = stage.everything().await;
    let of = |id: Uuid| {
        rows.iter()
            .find(|row| row["id"] == json!(id))
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(of(own)["name"], "Pupil ann");
    assert_eq!(of(other)["name"], "Stored Name");
}

#[tokio::test]
async fn of_several_spellings_without_the_record_the_row_with_most_scores_is_the_pupils() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.put(&ann);
    let named = json!({"name": "Pupil"});
    stage
        .store_student(&stage.email("ANN"), named.clone())
        .await;
    let scored = stage.store_student(&stage.email("Ann"), named).await;
    stage.store_scores(scored, 2, [1; 6], None).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 0], [1, 0, 0], [0; 3]]);
    let matched = (scored, stage.email("Ann"), ann.record_id);
    assert!(stage.identities().await.contains(&matched));
}

#[tokio::test]
async fn of_several_equal_spellings_the_oldest_row_is_the_pupils() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.put(&ann);
    // Their ids are in another order.
    let mut ids = [(); 3].map(|()| Uuid::new_v4());
    ids.sort();
    let rows = [
        ("ANN", "2026-02-01"),
        ("aNN", "2026-03-01"),
        ("Ann", "2026-01-01"),
    ];
    for (id, (spelling, created)) in ids.iter().zip(rows) {
        let columns = json!({"id": id, "created_at": created});
        stage.store_student(&stage.email(spelling), columns).await;
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 1, 0]);
    let matched = (ids[2], stage.email("Ann"), ann.record_id);
    assert!(stage.identities().await.contains(&matched));
}

#[tokio::test]
async fn of_two_records_with_one_email_the_one_completed_last_counts() {
    let stage = Stage::builder().last_year().start([]).await;
    let earlier = pupil(&stage, 1, "ann").scored(1, [1; 6]);
    let later = Pupil {
        record_id: record_id(2),
        completed: Some(stage.year.last_day()),
        ..pupil(&stage, 2, "Ann").scored(1, [2; 6])
    };
    let earliest = pupil(&stage, 3, "ann").scored(1, [3; 6]);
    for pupil in [&earlier, &later, &earliest] {
        stage.put(pupil);
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [0; 3]]);
    let kept = later.clone().email("ann");
    assert_eq!(stage.students().await, [stage.student_row(&kept)]);
    assert_eq!(stage.scores().await, stage.score_rows(&kept));
    assert_eq!(
        warned(&summary),
        [(WarningCode::DuplicateEmail, vec![later.record_id])]
    );
    let mut dropped = vec![earlier.record_id, earliest.record_id];
    dropped.sort();
    assert_eq!(skipped(&summary), [(SkipReason::DuplicateEmail, dropped)]);
}
