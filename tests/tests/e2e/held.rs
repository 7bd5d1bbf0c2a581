//! Rows of other schools, of no school and of other years.

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::Pupil;
use serde_json::json;
use sync_protocol::{SkipReason, WarningCode};
use uuid::Uuid;

fn ann(stage: &Stage) -> Pupil {
    Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(stage.year.first_day())
        .aimed(1, "Aim")
}

/// A row of another school, of this year, with scores and a comment.
async fn held_elsewhere(stage: &Stage, email: &str) -> Uuid {
    let school = stage.another_school().await;
    let columns = json!({"establishment_id": school, "name": "Theirs"});
    let student = stage.store_student(email, columns).await;
    stage.store_scores(student, 1, [1; 6], None).await;
    stage.store_comment(student, 1, "goal", "Theirs").await;
    school
}

async fn expect_left_alone(stage: &Stage, ann: &Pupil, school: Uuid) {
    let bob = Pupil::new(2).email("bob").completed(stage.year.first_day());
    stage.put(&bob);
    let before = stage.everything_of(school).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [0; 3]]);
    assert_eq!(stage.everything_of(school).await, before);
    assert_eq!(stage.students().await, [stage.student_row(&bob)]);
    let concerned = vec![ann.record_id.clone()];
    assert_eq!(
        warned(&summary),
        [(WarningCode::HeldByOtherEstablishment, concerned.clone())]
    );
    assert_eq!(
        skipped(&summary),
        [(SkipReason::HeldByOtherEstablishment, concerned)]
    );
}

#[tokio::test]
async fn a_student_of_another_school_with_the_same_email_is_left_alone() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let school = held_elsewhere(&stage, &stage.email("ann")).await;
    expect_left_alone(&stage, &ann, school).await;
}

#[tokio::test]
async fn the_same_email_in_other_case_at_another_school_gets_no_twin() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let school = held_elsewhere(&stage, &stage.email("Ann")).await;
    expect_left_alone(&stage, &ann, school).await;
}

#[tokio::test]
async fn a_row_of_another_school_with_the_same_record_belongs_to_nobody_here() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let school = stage.another_school().await;
    let columns = json!({"establishment_id": school, "knack_id": ann.record_id});
    stage
        .store_student(&stage.email("elsewhere"), columns)
        .await;
    let before = stage.everything_of(school).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [1, 0, 0]]);
    assert_eq!(stage.students().await, [stage.student_row(&ann)]);
    assert_eq!(stage.everything_of(school).await, before);
    assert_eq!(warned(&summary), []);
}

#[tokio::test]
async fn an_email_changed_to_one_that_another_school_holds_takes_nothing_from_it() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.store_nightly(&ann).await;
    let school = held_elsewhere(&stage, &stage.email("new")).await;
    let before = stage.everything_of(school).await;
    stage.put(&ann.clone().email("new"));

    let summary = stage.run().await.expect_code(9);

    // The database refuses the one row, whose e-mail is not free.
    assert!(summary.partial);
    assert_eq!(
        warned(&summary),
        [(WarningCode::RowRefused, vec![ann.record_id.clone()])]
    );
    assert_eq!(stage.everything_of(school).await, before);
    assert_eq!(stage.students().await, [stage.student_row(&ann)]);
}

#[tokio::test]
async fn a_row_without_a_school_is_adopted() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let columns = json!({"establishment_id": null, "name": "Ann Before"});
    let orphan = stage.store_student(&stage.email("ann"), columns).await;
    stage.store_scores(orphan, 1, [1; 6], None).await;
    stage.store_scores(orphan, 2, [2; 6], None).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 0], [0, 1, 0], [1, 0, 0]]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::AdoptedOrphan, vec![ann.record_id.clone()])]
    );
    assert_eq!(
        stage.identities().await,
        [(orphan, stage.email("ann"), ann.record_id.clone())]
    );
    assert_eq!(stage.students().await, [stage.student_row(&ann)]);
    assert_eq!(stage.scores().await[0], stage.score_rows(&ann)[0]);
    assert_eq!(stage.scores().await[1]["vision"], 2);
    assert_eq!(stage.comments().await, stage.comment_rows(&ann));
    assert_eq!(summary.only_in_supabase.vespa_scores, 1);
}

#[tokio::test]
async fn a_row_without_a_school_in_mixed_case_is_adopted_in_its_spelling() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let columns = json!({"establishment_id": null});
    let orphan = stage.store_student(&stage.email("ANN"), columns).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 1, 0]);
    assert_eq!(
        stage.identities().await,
        [(orphan, stage.email("ANN"), ann.record_id)]
    );
}

#[tokio::test]
async fn an_adopted_row_that_was_equal_already_still_gets_its_school() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let student = stage.store_nightly(&ann).await;
    let orphan = "update students set establishment_id = null where id::text = $1";
    stage.db.execute(orphan, &student.to_string()).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 0], [0, 0, 1], [0, 0, 1]]);
    assert_eq!(
        stage.identities().await,
        [(student, stage.email("ann"), ann.record_id)]
    );
}

#[tokio::test]
async fn last_years_row_of_the_same_pupil_is_untouched() {
    let stage = Stage::with_pupils([]).await;
    let last_year = Pupil {
        group: Some("11C".to_owned()),
        ..ann(&stage).scored(1, [1; 6])
    };
    let old = stage
        .store_nightly_of(&last_year, stage.year.previous())
        .await;
    let before = stage.everything().await;
    let ann = ann(&stage);
    stage.put(&ann);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 0], [1, 0, 0], [1, 0, 0]]);
    assert_eq!(warned(&summary), []);
    assert_eq!(summary.only_in_supabase.students, 0);
    let after = stage.everything().await;
    assert!(before.iter().all(|row| after.contains(row)));
    let students = stage.students().await;
    assert_eq!(students[0]["academic_year"], json!(stage.year.previous()));
    assert_eq!(students[1], stage.student_row(&ann));
    assert_ne!(stage.identities().await[1].0, old);
    assert_eq!(stage.scores().await[1], stage.score_rows(&ann)[0]);
}
