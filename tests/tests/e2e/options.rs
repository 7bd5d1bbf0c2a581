//! What the command line asks for: a rehearsal, another year, a school by either of its ids.

use e2e::{Stage, changes, records_asked};
use sandbox::data::{Pupil, year};
use serde_json::json;
use sync_protocol::ErrorCode;

fn pupil(stage: &Stage, n: u64, local: &str) -> Pupil {
    Pupil::new(n)
        .email(local)
        .named("Pupil", local)
        .completed(stage.year.first_day())
        .aimed(1, "Aim")
}

#[tokio::test]
async fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let stage = Stage::with_pupils([]).await;
    let same = pupil(&stage, 1, "ann");
    let renamed = pupil(&stage, 2, "bob");
    let gone = pupil(&stage, 3, "cyd");
    for pupil in [&same, &renamed, &gone] {
        stage.store_nightly(pupil).await;
    }
    stage.put(&same);
    stage.put(
        &renamed
            .clone()
            .named("Re", "Named")
            .scored(1, [1; 6])
            .aimed(1, "Other"),
    );
    stage.put(&pupil(&stage, 4, "dee"));
    let before = stage.everything().await;

    let run = stage.refresh().arg("--dry-run").run().await;

    let summary = run.expect_code(0);
    assert!(summary.dry_run && summary.success);
    assert_eq!(changes(&summary), [[1, 1, 1]; 3]);
    let only = summary.only_in_supabase;
    assert_eq!((only.students, only.vespa_scores, only.comments), (1, 1, 1));
    assert_eq!(stage.everything().await, before);
    assert_eq!(stage.logs().await, Vec::<serde_json::Value>::new());
    assert_eq!(stage.proxy.writes(), []);
    // And what it said is what then happens.
    assert_eq!(
        changes(&stage.run().await.expect_code(0)),
        changes(&summary)
    );
}

#[tokio::test]
async fn both_ids_of_a_school_in_any_case_mean_the_same_school() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.put(&ann);
    let uuid = stage.id.to_string();
    for spelling in [
        stage.knack_id.clone(),
        stage.knack_id.to_uppercase(),
        uuid.clone(),
        uuid.to_uppercase(),
    ] {
        let summary = stage.refresh_of(&spelling).run().await.expect_code(0);

        let knack_id = summary.establishment_id.map(|id| id.to_string());
        assert_eq!(knack_id.as_ref(), Some(&stage.knack_id), "{spelling}");
        assert_eq!(summary.establishment_uuid, Some(stage.id));
        assert_eq!(summary.students_synced, 1);
        assert_eq!(stage.students().await, [stage.student_row(&ann)]);
    }
    assert_eq!(stage.logs().await.len(), 4);
    // Knack knows the one spelling only.
    for request in records_asked(&stage.knack) {
        let filters = request.param("filters").unwrap_or_default();
        assert!(filters.contains(&stage.knack_id), "{filters}");
    }
}

#[tokio::test]
async fn an_unknown_school_of_either_spelling_is_not_found_and_nothing_is_asked_of_knack() {
    let stage = Stage::with_pupils([]).await;
    for unknown in ["f".repeat(24), uuid::Uuid::new_v4().to_string()] {
        let summary = stage.refresh_of(&unknown).run().await.expect_code(4);

        assert!(!summary.success);
        let code = summary.error.map(|error| error.code);
        assert_eq!(code, Some(ErrorCode::EstablishmentNotFound));
    }
    assert_eq!(stage.knack.seen(), []);
    assert_eq!(stage.proxy.writes(), []);
}

#[tokio::test]
async fn last_year_can_be_refreshed_and_this_year_is_left() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.store_nightly(&ann).await;
    let this_year = stage.everything().await;
    let last_year = stage.year.previous();
    let then = ann
        .clone()
        .named("Ann", "Before")
        .completed(last_year.last_day());
    stage.put(&then);

    let run = stage
        .refresh()
        .args(["--academic-year", &last_year.to_string()])
        .run();
    let summary = run.await.expect_code(0);

    assert_eq!(summary.academic_year, Some(last_year));
    assert_eq!(changes(&summary), [[1, 0, 0]; 3]);
    let students = stage.students().await;
    assert_eq!(students[0]["name"], "Ann Before");
    assert_eq!(students[0]["academic_year"], json!(last_year));
    assert_eq!(students[1], stage.student_row(&ann));
    let scores = stage.scores().await;
    assert_eq!(scores[0]["academic_year"], json!(last_year));
    assert_eq!(scores[0]["completion_date"], json!(last_year.last_day()));
    let after = stage.everything().await;
    assert!(this_year.iter().all(|row| after.contains(row)));
    assert_eq!(
        stage.logs().await[0]["metadata"]["academic_year"],
        json!(last_year)
    );
}

#[tokio::test]
async fn a_year_that_is_none_of_the_schools_or_has_not_begun_is_refused() {
    for (flags, others_calendar) in [
        ((Some(false), None), true),
        ((Some(true), Some(false)), false),
    ] {
        let stage = Stage::builder().flags(flags.0, flags.1).start([]).await;
        let begin = year::first_day(stage.today, !others_calendar).year();
        let end = year::last_day(stage.today, !others_calendar).year();
        let others = if others_calendar {
            format!("{begin}/{begin}")
        } else {
            format!("{begin}/{}", begin + 1)
        };
        let future = format!("{}/{}", begin + 1, end + 1);
        for label in [&*others, &*future, "2026-27", "26/27", "2026/2029", ""] {
            let run = stage.refresh().args(["--academic-year", label]).run();
            let summary = run.await.expect_code(2);

            let error = summary.error.expect("a failure has an error");
            assert_eq!(error.code, ErrorCode::Usage, "{label}");
            assert!(
                error.message.contains("--academic-year"),
                "{}",
                error.message
            );
        }
        assert_eq!(stage.knack.seen(), []);
        assert_eq!(stage.proxy.writes(), []);
    }
}
