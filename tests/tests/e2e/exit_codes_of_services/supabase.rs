//! How a refresh ends when Supabase fails for good.

use std::io::ErrorKind;
use std::net::TcpListener;

use e2e::Stage;
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};
use serde_json::json;
use sync_protocol::ErrorCode;

use super::nobody;

#[tokio::test]
async fn a_redirect_of_supabase_is_7_and_nothing_at_all_goes_to_the_other_host() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    elsewhere.set_nonblocking(true).expect("sockets can do so");
    let address = elsewhere.local_addr().expect("it has an address");
    let stage = Stage::with_class(1).await;
    stage.proxy.inject(ProxyRule::new(Fault::Status {
        code: 307,
        body: json!(null),
        headers: [("location".to_owned(), format!("http://{address}/"))].into(),
    }));

    let run = stage.run().await;

    run.expect_failure(7, ErrorCode::SupabaseRefused);
    let nobody_came = elsewhere.accept().expect_err("nobody came");
    assert_eq!(nobody_came.kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn what_supabase_refuses_is_7() {
    for (code, times) in [
        // A policy may refuse one row only, so each is tried.
        (PostgrestCode::InsufficientPrivilege, 3),
        // A schema may have changed a moment ago.
        (PostgrestCode::TableNotInSchemaCache, 2),
        (PostgrestCode::InvalidToken, 1),
    ] {
        let stage = Stage::with_class(2).await;
        let refusal = ProxyRule::new(Fault::Postgrest { code });
        stage.proxy.inject(refusal.on("POST", "students"));

        let run = stage.run().await;

        let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
        assert!(
            failure.message.contains("Nothing was changed."),
            "{}",
            failure.message
        );
        assert_eq!(stage.row_counts().await, [0, 0, 0]);
        stage.assert_logged("failed", &failure).await;
        let writes = stage.proxy.writes();
        let students = writes.iter().filter(|write| write.table() == "students");
        assert_eq!(students.count(), times, "{code:?}");
    }
}

#[tokio::test]
async fn a_supabase_that_does_not_listen_is_8() {
    let stage = Stage::with_class(1).await;

    let run = stage.refresh().env("SUPABASE_URL", nobody()).run().await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(stage.knack.seen().is_empty());
}

#[tokio::test]
async fn a_supabase_that_keeps_failing_is_8_once_it_was_waited_for() {
    for fault in [
        Fault::Postgrest {
            code: PostgrestCode::SchemaCacheUnavailable,
        },
        Fault::GatewayHtml { code: 522 },
        // A maintenance page.
        Fault::GatewayHtml { code: 200 },
        Fault::Hang,
        Fault::Reset,
    ] {
        let stage = Stage::with_class(1).await;
        stage.proxy.inject(ProxyRule::new(fault));

        let run = stage
            .refresh()
            .env("SUPABASE_TIMEOUT_SECONDS", "0.3")
            .run()
            .await;

        run.expect_failure(8, ErrorCode::SupabaseUnavailable);
        let asked = stage.proxy.seen().len();
        assert!((3..12).contains(&asked), "{asked}");
        assert!(stage.knack.seen().is_empty());
    }
}

#[tokio::test]
async fn a_supabase_that_fails_while_rows_are_saved_is_8_and_the_saved_ones_are_told() {
    let stage = Stage::with_class(4).await;
    let fault = Fault::Postgrest {
        code: PostgrestCode::PoolTimeout,
    };
    stage
        .proxy
        .inject(ProxyRule::new(fault).on("POST", "vespa_scores"));

    let run = stage.run().await;

    let failure = run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    let summary = run.summary();
    assert_eq!(
        (summary.students_synced, summary.vespa_scores_synced),
        (4, 0)
    );
    assert_eq!(stage.row_counts().await, [4, 0, 0]);
    stage.assert_logged("failed", &failure).await;

    // And the next refresh completes them.
    stage.proxy.clear();
    stage.run().await.expect_code(0);
    assert_eq!(stage.row_counts().await, [4, 4, 0]);
}
