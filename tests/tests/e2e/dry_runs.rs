//! A dry run says what a refresh then does: of every record, also of those whose e-mails rows of other schools or of none hold.

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::{Answers, schools};
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary, WarningCode};

/// What a summary says of rows and records, which are named in the order of their ids.
fn told(summary: &Summary) -> Value {
    let mut summary = summary.clone();
    let skipped = summary.skipped.iter_mut().map(|it| &mut it.record_ids);
    let warned = summary.warnings.iter_mut().map(|it| &mut it.record_ids);
    skipped.chain(warned).for_each(|ids| ids.sort_unstable());
    json!({
        "changes": summary.changes, "only_in_supabase": summary.only_in_supabase, "skipped": summary.skipped,
        "warnings": summary.warnings, "not_completed": summary.not_completed, "partial": summary.partial,
    })
}

/// Rehearses a refresh, which must write nothing, and expects the refresh to do what was said.
async fn expect_as_rehearsed(stage: &Stage, code: i32, case: &str) -> Summary {
    let before = stage.everything().await;
    let dry = stage.refresh().args(["--dry-run", "--show-personal-data"]);
    let mut dry = dry.run().await.expect_code(0);
    assert_eq!(stage.everything().await, before, "{case}");
    dry.changed_records
        .as_mut()
        .expect("changes are listed")
        .names
        .clear();
    let real = stage.refresh().arg("--report-changes").run().await;
    let real = real.expect_code(code);
    for part in [
        "changes",
        "only_in_supabase",
        "skipped",
        "warnings",
        "not_completed",
        "partial",
    ] {
        assert_eq!(told(&dry)[part], told(&real)[part], "{case}: {part}");
    }
    assert_eq!(dry.changed_records, real.changed_records, "{case}");
    real
}

#[tokio::test]
async fn of_each_awkward_school_a_dry_run_says_what_a_refresh_then_does_whatever_is_stored() {
    for school in [schools::AWKWARD, schools::AUSTRALIAN] {
        let stage = Stage::of_sandbox(school).await;
        let first = expect_as_rehearsed(&stage, 0, "nothing is stored").await;
        assert!(first.changes.students.inserted > 0, "{first:?}");
        stage.scatter().await;
        let real = expect_as_rehearsed(&stage, 0, "much is stored elsewhere").await;
        let held = real.skipped.iter().map(|it| it.reason);
        let held = held.filter(|it| *it == SkipReason::HeldByOtherEstablishment);
        assert_eq!(held.count(), 1, "{real:?}");
        expect_as_rehearsed(&stage, 0, "everything is up to date").await;
    }
}

#[tokio::test]
async fn a_new_email_that_another_school_holds_is_refused_in_a_dry_run_too() {
    let stage = Stage::with_class(1).await;
    let ann = stage.pupil(2).email("ann").named("Ann", "Other");
    stage.store_nightly(&ann).await;
    let other = stage.another_school().await;
    let theirs = json!({"establishment_id": other, "name": "Theirs"});
    stage.store_student(&stage.email("new"), theirs).await;
    stage.put(&ann.clone().email("new").scored(1, [1; 6]));

    let summary = expect_as_rehearsed(&stage, 9, "a new e-mail").await;

    let refused = (WarningCode::RowRefused, vec![ann.record_id]);
    assert_eq!(warned(&summary), [refused]);
    assert_eq!(changes(&summary)[0], [1, 0, 0]);
}

#[tokio::test]
async fn answers_that_another_pupil_has_left_are_rewritten_in_a_dry_run_too() {
    let stage = Stage::with_pupils([]).await;
    for (n, establishment, local) in [(1, json!(stage.id), "here"), (2, json!(null), "nowhere")] {
        let columns = json!({"name": "Ben Gone", "knack_id": "c0ffee000000000000000009", "establishment_id": establishment});
        let row = stage.store_student(&stage.email(local), columns).await;
        stage.store_scores(row, 1, [7, 6, 5, 8, 7, 7], None).await;
        let pupil = stage.pupil(n).named("Ann", local).email(local);
        let sheet = stage.put_with_answers(&pupil);
        store_some(&stage, row, &sheet).await;
    }

    let summary = expect_as_rehearsed(&stage, 0, "taken over").await;

    assert_eq!(skipped(&summary), []);
    assert_eq!(changes(&summary)[0], [0, 2, 0]);
    assert!(
        summary.changes.question_responses.updated >= 2,
        "{summary:?}"
    );
}

/// One answer as the sheet gives it, and one as it does not.
async fn store_some(stage: &Stage, row: uuid::Uuid, sheet: &Answers) {
    let given = sheet.cycles[0].expect("a cycle is answered")[0].expect("a question is answered");
    stage.store_answer(row, 1, "q1", given).await;
    stage.store_answer(row, 1, "q2", 1).await;
}
