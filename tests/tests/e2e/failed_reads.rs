//! What fails when Supabase is read: it is asked again for as long as an outage is waited out, or once where that seldom helps.

use std::time::Duration;

use e2e::{Refresh, Stage};
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::ErrorCode;

/// What is read of every school: itself, and its students.
const READ: [&str; 2] = ["establishments", "students"];

fn patient(stage: &Stage) -> Refresh {
    stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "90")
}

fn answer(code: u16, body: Value) -> Fault {
    Fault::Status {
        code,
        body,
        headers: [].into(),
    }
}

/// How often a table was read.
fn reads(stage: &Stage, table: &str) -> usize {
    let seen = stage.proxy.seen();
    let reads = seen
        .iter()
        .filter(|seen| !seen.is_write() && seen.table() == table);
    reads.count()
}

#[tokio::test]
async fn a_database_that_fails_at_reading_for_some_seconds_is_waited_for() {
    let internal = json!({"code": "PGRSTX00", "message": "m", "details": null, "hint": null});
    for fault in [
        Fault::Postgrest {
            code: PostgrestCode::QueryCanceled,
        },
        Fault::Recorded {
            case: "trigger raises XX000".to_owned(),
        },
        Fault::Recorded {
            case: "trigger raises 55000".to_owned(),
        },
        answer(500, internal),
    ] {
        for table in READ {
            let stage = Stage::with_class(3).await;
            let fails = ProxyRule::new(fault.clone()).on("GET", table);
            stage.proxy.inject(fails.lasting(Duration::from_secs(3)));

            let summary = patient(&stage).run().await.expect_code(0);

            assert!(summary.warnings.is_empty(), "{fault:?}: {summary:?}");
            assert_eq!(stage.row_counts().await, [3, 3, 0], "{fault:?} {table}");
        }
    }
}

#[tokio::test]
async fn a_read_that_always_takes_too_long_is_8_once_it_was_waited_for() {
    let stage = Stage::with_class(3).await;
    let slow = Fault::Postgrest {
        code: PostgrestCode::QueryCanceled,
    };
    stage
        .proxy
        .inject(ProxyRule::new(slow).on("GET", "students"));

    let run = stage.run().await;

    let failure = run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(failure.retryable, "{failure:?}");
    assert!(failure.message.contains("time limit"), "{failure:?}");
    assert!(
        failure.message.contains("Nothing was changed."),
        "{failure:?}"
    );
    let asked = reads(&stage, "students");
    assert!((6..16).contains(&asked), "{asked}");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn one_page_of_a_firewall_is_asked_about_once_more() {
    for code in [302, 304, 400, 401, 402, 403, 404, 406, 418, 451] {
        for table in READ {
            let stage = Stage::with_class(3).await;
            let page = ProxyRule::new(Fault::GatewayHtml { code }).on("GET", table);
            stage.proxy.inject(page.once());

            let summary = stage.run().await.expect_code(0);

            assert!(summary.warnings.is_empty(), "{code}: {summary:?}");
            assert_eq!(stage.row_counts().await, [3, 3, 0], "{code} {table}");
        }
    }
}

#[tokio::test]
async fn one_page_of_a_firewall_within_an_outage_is_not_the_last_word() {
    let stage = Stage::with_class(3).await;
    let away = ProxyRule::new(Fault::GatewayHtml { code: 503 }).on("GET", "students");
    stage.proxy.inject(away.times(2));
    let page = ProxyRule::new(Fault::GatewayHtml { code: 403 }).on("GET", "students");
    stage.proxy.inject(page.from_nth(3).once());

    patient(&stage).run().await.expect_code(0);

    let asked = reads(&stage, "students");
    assert!(asked > 3, "three failures and what followed, not {asked}");
}

#[tokio::test]
async fn a_page_instead_of_the_students_is_7_after_two_requests_and_does_not_blame_the_address() {
    let stage = Stage::with_class(3).await;
    let page = ProxyRule::new(Fault::GatewayHtml { code: 403 });
    stage.proxy.inject(page.on("GET", "students"));

    let failure = stage
        .run()
        .await
        .expect_failure(7, ErrorCode::SupabaseRefused);

    assert!(failure.message.contains("firewall"), "{failure:?}");
    assert!(!failure.message.contains("SUPABASE_URL"), "{failure:?}");
    assert_eq!(reads(&stage, "students"), 2);
}

#[tokio::test]
async fn another_hosts_answers_name_the_address_that_is_set() {
    for fault in [
        Fault::GatewayHtml { code: 400 },
        Fault::GatewayHtml { code: 401 },
        Fault::GatewayHtml { code: 403 },
        Fault::GatewayHtml { code: 404 },
        Fault::GatewayHtml { code: 200 },
        Fault::GatewayHtml { code: 302 },
        answer(
            404,
            json!({"message": "no Route matched with those values"}),
        ),
        answer(
            404,
            json!({"code": "PGRST125", "message": "m", "details": null, "hint": null}),
        ),
    ] {
        let stage = Stage::with_class(1).await;
        stage.proxy.inject(ProxyRule::new(fault.clone()));

        let run = stage.run().await;

        let summary = run.summary();
        let failure = summary.error.expect("it failed");
        let exit = run.code.unwrap_or_default();
        assert!([7, 8].contains(&exit), "{fault:?}: {failure:?}");
        assert!(
            failure.message.contains("SUPABASE_URL"),
            "{fault:?}: {failure:?}"
        );
        assert!(stage.knack.seen().is_empty());
    }
}
