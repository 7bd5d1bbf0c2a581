//! Whether anyone could read or write the tables with the key that visitors' browsers have: against real databases.

use e2e::{Run, Stage};
use serde_json::json;
use sync_protocol::{ErrorCode, SetupOutcome, SetupReport, SetupSubject};

use super::{examined, expect_failure, of, rows};

/// What is said of the public key, with a student stored and the database changed so.
async fn of_public_key(statements: &[&str]) -> (Stage, Run, SetupReport) {
    let stage = Stage::builder().own_database().start([]).await;
    stage.store_student("ann@example.test", json!({})).await;
    for statement in statements {
        stage.db.change(statement).await;
    }
    let key = stage.publishable_key().to_owned();
    let refresh = stage.refresh().arg("--check");
    let (run, report) = examined(refresh.env("SUPABASE_PUBLISHABLE_KEY", key)).await;
    (stage, run, report)
}

#[tokio::test]
async fn a_public_key_that_is_kept_out_passes() {
    for statements in [
        &[][..],
        &["revoke all on students from anon"],
        &["create policy nobody on students for all to anon using (false)"],
    ] {
        let (_stage, run, report) = of_public_key(statements).await;
        assert_eq!(run.code, Some(0), "{statements:?} {report:#?}");
        let found = of(&report, SetupSubject::PublicAccess);
        assert_eq!(found.outcome, SetupOutcome::Passed, "{found:?}");
    }
}

#[tokio::test]
async fn tables_that_a_public_key_may_read_or_write_are_named_and_nothing_is_written() {
    let open = "create policy open on students for all using (true) with check (true)";
    for (statements, words, others) in [
        (
            &["alter table students disable row level security"][..],
            &["read students", "write to students", "row-level security"][..],
            "vespa_scores",
        ),
        // As the dashboard's own script once did, for everybody.
        (
            &[open],
            &["read students", "write to students"],
            "vespa_scores",
        ),
        (
            &["create policy look on students for select to anon using (true)"],
            &["read students"],
            "write to",
        ),
        (
            &["create policy add on vespa_scores for insert to anon with check (true)"],
            &["write to vespa_scores"],
            "read ",
        ),
    ] {
        let (stage, run, report) = of_public_key(statements).await;
        let (subject, code) = (SetupSubject::PublicAccess, ErrorCode::SupabaseRefused);
        expect_failure(&run, &report, subject, code, words);
        let found = of(&report, subject);
        assert!(!found.message.contains(others), "{found:?}");
        assert_eq!(rows(&stage).await, [1, 0, 0, 0, 0], "{statements:?}");
    }
}
