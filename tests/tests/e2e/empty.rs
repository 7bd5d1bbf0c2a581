//! Schools of which Knack holds little or nothing.

mod answers;

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::Pupil;
use serde_json::json;
use sync_protocol::WarningCode;

async fn stage_that_stores(students: u64) -> Stage {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=students {
        let row = json!({"knack_id": sandbox::data::record_id(n)});
        stage
            .store_student(&stage.email(&format!("p{n:03}")), row)
            .await;
    }
    stage
}

#[tokio::test]
async fn a_school_without_records_is_a_success_of_zeros() {
    let stage = Stage::with_pupils([]).await;

    let summary = stage.run().await.expect_code(0);

    assert!(summary.success && !summary.partial);
    assert_eq!(changes(&summary), [[0; 3]; 3]);
    assert_eq!((summary.knack.records, summary.not_completed), (0, Some(0)));
    assert_eq!(warned(&summary), []);
    assert_eq!(stage.written(), []);
    assert_eq!(stage.logs().await[0]["status"], "completed");
}

#[tokio::test]
async fn nothing_in_knack_where_more_than_ten_are_stored_is_suspicious_and_changes_nothing() {
    let stage = stage_that_stores(11).await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), [(WarningCode::SuspiciouslyEmpty, vec![])]);
    assert_eq!(summary.only_in_supabase.students, 11);
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn nothing_in_knack_where_ten_are_stored_is_no_more_than_a_school_that_left() {
    let stage = stage_that_stores(10).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), []);
    assert_eq!(summary.only_in_supabase.students, 10);
}

#[tokio::test]
async fn fewer_than_half_of_more_than_ten_stored_is_suspicious_and_removes_nobody() {
    for (stored, in_knack, is_suspicious) in [
        (465, 10, true),
        (21, 10, true),
        (20, 10, false),
        (10, 1, false),
        (20, 40, false),
    ] {
        let stage = stage_that_stores(stored).await;
        stage.admit(1..=in_knack);

        let summary = stage.run().await.expect_code(0);

        let expected = is_suspicious.then(|| (WarningCode::SuspiciouslyFew, vec![]));
        assert_eq!(
            warned(&summary),
            Vec::from_iter(expected),
            "{stored}, {in_knack}"
        );
        assert_eq!(summary.students_synced, in_knack);
        assert_eq!(stage.students().await.len() as u64, stored.max(in_knack));
    }
}

#[tokio::test]
async fn pupils_who_have_not_completed_are_counted_and_their_rows_left() {
    let stage = Stage::with_pupils([]).await;
    let ann = Pupil::new(1).email("ann").completed(stage.year.first_day());
    let waiting = Pupil::new(2).email("bob").unscored();
    let stored_before = Pupil::new(3).email("cyd");
    for pupil in [&ann, &waiting, &stored_before] {
        stage.put(pupil);
    }
    let last_completed = stored_before.completed(stage.year.first_day());
    stage.store_nightly(&last_completed).await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.not_completed, Some(2));
    assert_eq!(
        (summary.students_synced, summary.only_in_supabase.students),
        (1, 1)
    );
    assert_eq!(skipped(&summary), []);
    assert_eq!(
        stage.students().await,
        [stage.student_row(&ann), stage.student_row(&last_completed)]
    );
    let after = stage.everything().await;
    assert!(before.iter().all(|row| after.contains(row)));
}
