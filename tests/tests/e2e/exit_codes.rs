//! Every way to end has its exit code and its one document, and leaves the rows as that says. Those that end with a failure
//! of Knack or of Supabase, or from the outside, are in the files after this one.

use e2e::{Refresh, Stage, assert_is_a_sentence, refused, warning};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::json;
use sync_protocol::{ErrorCode, WarningCode};
use uuid::Uuid;

#[tokio::test]
async fn all_saved_is_0() {
    let stage = Stage::with_class(12).await;

    let summary = stage.run().await.expect_code(0);

    assert!(summary.success && !summary.partial && summary.error.is_none());
    assert_eq!(stage.row_counts().await, [12, 12, 0]);
    assert_eq!(stage.logs().await[0]["status"], "completed");
}

#[tokio::test]
async fn saved_but_for_refused_rows_is_9() {
    let stage = Stage::with_class(5).await;
    let row_contains = stage.email("p003");
    stage
        .proxy
        .inject(ProxyRule::new(Fault::CheckViolation { row_contains }).on("POST", "students"));

    let summary = stage.run().await.expect_code(9);

    assert!(summary.success && summary.partial && summary.error.is_none());
    assert_eq!(refused(&summary), [stage.pupil(3).record_id]);
    let told = warning(&summary, WarningCode::RowRefused).expect("it is told");
    assert_is_a_sentence(&told.message);
    assert_eq!(stage.row_counts().await, [4, 4, 0]);
    let log = &stage.logs().await[0];
    assert_eq!(log["status"], "completed");
    assert_eq!(log["metadata"]["summary"]["partial"], true);
}

#[tokio::test]
async fn bad_arguments_are_2() {
    let run = Refresh::bare()
        .args(["--establishment-id", "no-id"])
        .run()
        .await;
    run.expect_failure(2, ErrorCode::Usage);
}

#[tokio::test]
async fn missing_settings_are_3_and_all_named_at_once() {
    let run = Refresh::bare()
        .args(["--establishment-id", "61680fc13a0bfd001e8ca3ca"])
        .run()
        .await;

    let failure = run.expect_failure(3, ErrorCode::Configuration);
    for name in [
        "KNACK_APP_ID",
        "KNACK_API_KEY",
        "SUPABASE_URL",
        "SUPABASE_KEY",
    ] {
        assert!(
            failure.message.contains(name),
            "{name}: {}",
            failure.message
        );
    }
}

#[tokio::test]
async fn a_key_that_cannot_write_is_3_and_is_not_repeated() {
    let stage = Stage::with_class(1).await;
    let anon = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln";
    for key in ["sb_publishable_canary", anon, "canary"] {
        let run = stage.refresh().env("SUPABASE_KEY", key).run().await;

        let failure = run.expect_failure(3, ErrorCode::Configuration);
        assert!(failure.message.contains("SUPABASE_KEY"), "{failure:?}");
        assert!(!format!("{run:?}").contains(key), "{run:?}");
    }
    assert!(stage.proxy.seen().is_empty() && stage.knack.seen().is_empty());
}

#[tokio::test]
async fn a_school_that_nobody_knows_is_4() {
    let stage = Stage::with_class(1).await;
    let uuid = Uuid::new_v4().to_string();
    for unknown in ["ffffffffffffffffffffffff", &uuid] {
        let run = stage.refresh_of(unknown).run().await;

        run.expect_failure(4, ErrorCode::EstablishmentNotFound);
    }
    assert!(stage.knack.seen().is_empty());
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_school_whose_knack_id_is_not_one_is_4() {
    let stage = Stage::with_class(1).await;
    let odd = json!({ "knack_id": "legacy-import-8", "name": "Made by hand" });
    let id = stage.db.insert("establishments", &odd).await;

    let run = stage.refresh_of(&id.to_string()).run().await;

    run.expect_failure(4, ErrorCode::EstablishmentNotFound);
    assert!(stage.knack.seen().is_empty());
}

#[tokio::test]
async fn a_wrong_supabase_key_is_7() {
    let stage = Stage::with_class(1).await;

    let run = stage
        .refresh()
        .env("SUPABASE_KEY", "sb_secret_of_another_project")
        .run()
        .await;

    run.expect_failure(7, ErrorCode::SupabaseRefused);
    assert!(stage.knack.seen().is_empty());
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_bug_is_70_and_its_cause_is_on_stderr() {
    // A process with so few files open cannot start an event loop.
    let run = Refresh::bare_after("ulimit -n 4")
        .args(["--establishment-id", "61680fc13a0bfd001e8ca3ca"])
        .env("KNACK_APP_ID", "61680fc13a0bfd001e8ca3cb")
        .env("KNACK_API_KEY", "key")
        .env("SUPABASE_URL", "http://127.0.0.1:9")
        .env("SUPABASE_KEY", "sb_secret_key")
        .run()
        .await;

    run.expect_failure(70, ErrorCode::Internal);
    assert!(run.stderr.contains("Too many open files"), "{run:?}");
}

#[tokio::test]
async fn the_summary_names_the_school_and_the_run_even_after_a_failure() {
    let stage = Stage::with_class(3).await;
    let run_id = Uuid::new_v4();
    stage
        .proxy
        .inject(ProxyRule::new(Fault::Unauthorized).on("POST", "students"));

    let run = stage
        .refresh()
        .env("SYNC_RUN_ID", run_id.to_string())
        .run()
        .await;

    let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
    let summary = run.summary();
    assert_eq!(summary.run_id, run_id);
    assert_eq!(summary.establishment_uuid, Some(stage.id));
    assert_eq!(summary.academic_year, Some(stage.year));
    assert_eq!(summary.knack.records, 3);
    assert_eq!(summary.students_synced, 0);
    stage.assert_logged("failed", &failure).await;
    assert_eq!(stage.logs().await[0]["id"], json!(run_id));
}
