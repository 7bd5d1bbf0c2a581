//! Rows as the nightly job leaves them are not a change; a change of one value writes that one row.

use e2e::{Stage, changes, skipped, warned};
use jiff::ToSpan;
use sandbox::data::Pupil;
use serde_json::{Value, json};

/// Three pupils with scores and comments, stored as the nightly job leaves them.
async fn school_after_the_night() -> (Stage, [Pupil; 3]) {
    let stage = Stage::with_pupils([]).await;
    let first = stage.year.first_day();
    let ann = Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(first);
    let bob = Pupil::new(2)
        .email("bob")
        .named("Bob", "Brown")
        .completed(first)
        .scored(2, [1, 2, 3, 4, 5, 3])
        .reflected(1, "<p>I <b>will</b></p>")
        .aimed(2, "Aim &amp; fire");
    let cyd = Pupil::new(3)
        .email("cyd")
        .named("Cyd", "O'Neil")
        .completed(first)
        .scored(3, [0, 9, 9, 9, 9, 7]);
    let pupils = [ann, bob, cyd];
    for pupil in &pupils {
        stage.put(pupil);
        stage.store_nightly(pupil).await;
    }
    (stage, pupils)
}

fn rows<T>(pupils: &[Pupil], of: impl Fn(&Pupil) -> Vec<T>) -> Vec<T> {
    pupils.iter().flat_map(of).collect()
}

#[tokio::test]
async fn rows_as_the_nightly_job_leaves_them_are_left_as_they_are() {
    let (stage, pupils) = school_after_the_night().await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 3], [0, 0, 5], [0, 0, 2]]);
    assert_eq!(
        (
            summary.students_synced,
            summary.vespa_scores_synced,
            summary.comments_synced
        ),
        (3, 5, 2)
    );
    assert_eq!(stage.written(), []);
    assert_eq!(stage.everything().await, before);
    assert_eq!(
        stage.scores().await,
        rows(&pupils, |pupil| stage.score_rows(pupil))
    );
    assert_eq!((warned(&summary), skipped(&summary)), (vec![], vec![]));
}

#[tokio::test]
async fn null_and_empty_text_are_both_blank() {
    let stage = Stage::with_pupils([]).await;
    for (n, blank) in [(1, json!(null)), (2, json!("")), (3, json!("  "))] {
        let pupil = Pupil {
            course: None,
            faculty: None,
            group: None,
            gender: None,
            year_group: None,
            ..Pupil::new(n)
                .email(&format!("p{n}"))
                .completed(stage.year.first_day())
                .unscored()
        };
        stage.put(&pupil);
        let mut row = json!({"knack_id": pupil.record_id, "name": pupil.name.full()});
        for column in ["course", "faculty", "group", "gender", "year_group"] {
            row[column] = blank.clone();
        }
        stage
            .store_student(&stage.email(&format!("p{n}")), row)
            .await;
    }
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 3], [0; 3], [0; 3]]);
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn one_changed_score_writes_one_score_row() {
    let (stage, [ann, mut bob, cyd]) = school_after_the_night().await;
    bob = bob.scored(1, [7, 6, 5, 8, 7, 6]);
    bob.current_cycle = Some(2);
    stage.put(&bob);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 3], [0, 1, 4], [0, 0, 2]]);
    assert_eq!(stage.written(), [("vespa_scores".to_owned(), 1)]);
    assert_eq!(
        stage.scores().await,
        rows(&[ann, bob, cyd], |pupil| stage.score_rows(pupil))
    );
}

#[tokio::test]
async fn a_score_that_became_blank_becomes_null() {
    let (stage, [mut ann, bob, cyd]) = school_after_the_night().await;
    ann.scores[0] = Some([Some(7), None, Some(5), Some(8), Some(7), Some(7)]);
    stage.put(&ann);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[1], [0, 1, 4]);
    assert_eq!(stage.scores().await[0]["effort"], Value::Null);
    assert_eq!(
        stage.scores().await,
        rows(&[ann, bob, cyd], |pupil| stage.score_rows(pupil))
    );
}

#[tokio::test]
async fn a_cycle_and_a_comment_that_knack_no_longer_holds_stay_and_are_counted() {
    let (stage, [ann, mut bob, cyd]) = school_after_the_night().await;
    let before = stage.everything().await;
    bob.scores[0] = None;
    bob.rrc[0] = None;
    for pupil in [&ann, &bob, &cyd] {
        stage.put(pupil);
    }

    let summary = stage.run().await.expect_code(0);

    let only = summary.only_in_supabase;
    assert_eq!((only.students, only.vespa_scores, only.comments), (0, 1, 1));
    assert_eq!(changes(&summary), [[0, 0, 3], [0, 0, 4], [0, 0, 1]]);
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn one_changed_name_writes_one_student_row() {
    let (stage, [ann, bob, cyd]) = school_after_the_night().await;
    let bob = bob.named("Robert", "Brown");
    stage.put(&bob);
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 1, 2], [0, 0, 5], [0, 0, 2]]);
    assert_eq!(stage.written(), [("students".to_owned(), 1)]);
    assert_eq!(
        stage.students().await,
        [&ann, &bob, &cyd].map(|pupil| stage.student_row(pupil))
    );
    let changed = stage
        .everything()
        .await
        .iter()
        .zip(&before)
        .filter(|(after, before)| after != before)
        .count();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn every_text_of_a_student_follows_knack_even_to_blank() {
    for column in ["year_group", "course", "faculty", "group", "gender"] {
        for value in [Some("Another"), None] {
            let stage = Stage::with_pupils([]).await;
            let mut pupil = Pupil::new(1).email("ann").completed(stage.year.first_day());
            stage.store_nightly(&pupil).await;
            let field = match column {
                "year_group" => &mut pupil.year_group,
                "course" => &mut pupil.course,
                "faculty" => &mut pupil.faculty,
                "group" => &mut pupil.group,
                _ => &mut pupil.gender,
            };
            *field = value.map(str::to_owned);
            stage.put(&pupil);

            let summary = stage.run().await.expect_code(0);

            assert_eq!(
                changes(&summary),
                [[0, 1, 0], [0, 0, 1], [0; 3]],
                "{column}"
            );
            assert_eq!(stage.students().await, [stage.student_row(&pupil)]);
            assert_eq!(stage.students().await[0][column], json!(value));
        }
    }
}

#[tokio::test]
async fn one_changed_comment_writes_one_comment_row() {
    let (stage, [_, bob, _]) = school_after_the_night().await;
    let bob = bob.reflected(1, "<p>I <b>did</b></p>");
    stage.put(&bob);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 3], [0, 0, 5], [0, 1, 1]]);
    assert_eq!(stage.written(), [("student_comments".to_owned(), 1)]);
    assert_eq!(stage.comments().await, stage.comment_rows(&bob));
}

#[tokio::test]
async fn a_new_comment_and_a_new_cycle_are_added_beside_the_old_ones() {
    let (stage, [mut ann, bob, cyd]) = school_after_the_night().await;
    ann = ann.scored(2, [2, 2, 2, 2, 2, 2]).aimed(3, "Higher");
    let completed = stage.year.first_day().saturating_add(1.day());
    ann.completed = Some(completed);
    stage.put(&ann);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 3], [1, 0, 5], [1, 0, 2]]);
    assert_eq!(
        stage.written(),
        [
            ("student_comments".to_owned(), 1),
            ("vespa_scores".to_owned(), 1)
        ]
    );
    // The date is the second cycle's; the first keeps its own.
    let first = ann.scores[0].expect("the first cycle is there");
    let second = ann.scores[1].expect("the second cycle is there");
    let mut expected = vec![
        stage.score_row(&ann, 1, first, stage.year.first_day()),
        stage.score_row(&ann, 2, second, completed),
    ];
    expected.extend(rows(&[bob.clone(), cyd], |pupil| stage.score_rows(pupil)));
    assert_eq!(stage.scores().await, expected);
    assert_eq!(
        stage.comments().await,
        rows(&[ann, bob], |pupil| stage.comment_rows(pupil))
    );
}

#[tokio::test]
async fn the_field_a_comment_came_from_is_not_compared() {
    let stage = Stage::with_pupils([]).await;
    let pupil = Pupil::new(1)
        .email("ann")
        .completed(stage.year.first_day())
        .unscored()
        .aimed(1, "Aim");
    stage.put(&pupil);
    let mut without = pupil.clone();
    without.goal[0] = None;
    let student = stage.store_nightly(&without).await;
    stage.store_comment(student, 1, "goal", "Aim").await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[2], [0, 0, 1]);
    assert_eq!(stage.comments().await[0]["knack_field_id"], Value::Null);
}

#[tokio::test]
async fn a_new_student_is_added_and_the_others_left() {
    let (stage, [ann, bob, cyd]) = school_after_the_night().await;
    let dee = Pupil::new(4)
        .email("dee")
        .named("Dee", "Day")
        .completed(stage.year.first_day())
        .aimed(1, "Up");
    stage.put(&dee);
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[1, 0, 3], [1, 0, 5], [1, 0, 2]]);
    let pupils = [ann, bob, cyd, dee];
    assert_eq!(
        stage.students().await,
        pupils.each_ref().map(|pupil| stage.student_row(pupil))
    );
    assert_eq!(
        stage.scores().await,
        rows(&pupils, |pupil| stage.score_rows(pupil))
    );
    assert_eq!(
        stage.comments().await,
        rows(&pupils, |pupil| stage.comment_rows(pupil))
    );
    let after = stage.everything().await;
    assert!(before.iter().all(|row| after.contains(row)));
}

#[tokio::test]
async fn rows_that_only_supabase_holds_are_counted_and_left() {
    let (stage, [ann, _, _]) = school_after_the_night().await;
    for pupil in stage.knack.records("object_10") {
        if pupil["id"] != json!(ann.record_id) {
            stage
                .knack
                .remove("object_10", pupil["id"].as_str().unwrap_or_default());
        }
    }
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    let only = summary.only_in_supabase;
    assert_eq!((only.students, only.vespa_scores, only.comments), (2, 4, 2));
    assert_eq!(changes(&summary), [[0, 0, 1], [0, 0, 1], [0; 3]]);
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn a_name_that_is_blank_in_knack_never_replaces_a_stored_one() {
    let stage = Stage::with_pupils([]).await;
    let pupil = Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(stage.year.first_day());
    stage.store_nightly(&pupil).await;
    let nameless = Pupil {
        group: Some("13B".to_owned()),
        ..pupil.clone().named("", "")
    };
    stage.put(&nameless);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 1, 0]);
    let expected = Pupil {
        group: nameless.group,
        ..pupil
    };
    assert_eq!(stage.students().await, [stage.student_row(&expected)]);
}
