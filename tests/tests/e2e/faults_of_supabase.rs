//! What Supabase does now and then, and what a refresh makes of it: all rows, each once, and true counts.

use e2e::{Stage, refused};
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule, Seen};
use serde_json::json;

fn postgrest(code: PostgrestCode) -> Fault {
    Fault::Postgrest { code }
}

/// How many rows each request to a table carried, in order.
fn batches(stage: &Stage, table: &str) -> Vec<usize> {
    let writes = stage.proxy.writes();
    let of_table = writes.iter().filter(|write| write.table() == table);
    of_table.filter_map(|write: &Seen| write.rows).collect()
}

#[tokio::test]
async fn what_passes_by_itself_costs_a_retry_and_nothing_else() {
    for (fault, method, table) in [
        (
            postgrest(PostgrestCode::DatabaseClientError),
            "GET",
            "establishments",
        ),
        (
            postgrest(PostgrestCode::DatabaseClientError),
            "GET",
            "students",
        ),
        (
            postgrest(PostgrestCode::DeadlockDetected),
            "POST",
            "students",
        ),
        (
            postgrest(PostgrestCode::PoolTimeout),
            "POST",
            "vespa_scores",
        ),
        (Fault::GatewayHtml { code: 520 }, "POST", "vespa_scores"),
        (Fault::Reset, "POST", "vespa_scores"),
        (Fault::Cut, "GET", "students"),
    ] {
        let stage = Stage::with_class(3).await;
        let case = format!("{fault:?} on {method} {table}");
        stage
            .proxy
            .inject(ProxyRule::new(fault).on(method, table).once());

        let summary = stage.run().await.expect_code(0);

        assert_eq!(summary.changes.students.inserted, 3, "{case}");
        assert_eq!(summary.changes.vespa_scores.inserted, 3, "{case}");
        assert!(summary.warnings.is_empty(), "{case}: {summary:?}");
        assert_eq!(stage.row_counts().await, [3, 3, 0], "{case}");
    }
}

#[tokio::test]
async fn a_request_that_hangs_is_given_up_and_sent_again() {
    let stage = Stage::with_class(3).await;
    stage.proxy.inject(
        ProxyRule::new(Fault::Hang)
            .on("POST", "vespa_scores")
            .once(),
    );

    let refresh = stage.refresh().env("SUPABASE_TIMEOUT_SECONDS", "3");
    refresh.run().await.expect_code(0);

    assert_eq!(stage.row_counts().await, [3, 3, 0]);
}

#[tokio::test]
async fn a_batch_too_large_for_the_time_limit_is_halved_until_it_passes() {
    let stage = Stage::with_class(40).await;
    stage
        .proxy
        .inject(ProxyRule::new(Fault::TimeoutAbove { rows: 10 }));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.students_synced, 40);
    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stage.row_counts().await, [40, 40, 0]);
    assert_eq!(batches(&stage, "students"), [40, 20, 10, 10, 20, 10, 10]);
}

#[tokio::test]
async fn a_time_limit_that_one_row_reaches_is_no_endless_halving() {
    let stage = Stage::with_class(4).await;
    let rule = ProxyRule::new(Fault::TimeoutAbove { rows: 0 }).on("POST", "students");
    stage.proxy.inject(rule);

    let run = stage.run().await;

    let failure = run.expect_failure(8, sync_protocol::ErrorCode::SupabaseUnavailable);
    assert_eq!(batches(&stage, "students"), [4, 2, 1]);
    stage.assert_logged("failed", &failure).await;
}

#[tokio::test]
async fn a_refused_student_is_named_and_all_others_are_saved() {
    let stage = Stage::with_class(20).await;
    let row_contains = stage.email("p007");
    stage
        .proxy
        .inject(ProxyRule::new(Fault::CheckViolation { row_contains }).on("POST", "students"));

    let summary = stage.run().await.expect_code(9);

    assert!(summary.partial);
    assert_eq!(refused(&summary), [stage.pupil(7).record_id]);
    assert_eq!(
        (summary.students_synced, summary.vespa_scores_synced),
        (19, 19)
    );
    assert_eq!(stage.row_counts().await, [19, 19, 0]);
}

#[tokio::test]
async fn a_refused_score_is_named_and_all_others_are_saved() {
    let stage = Stage::with_class(20).await;
    let odd = stage.pupil(7).scored(1, [9, 6, 5, 4, 3, 5]);
    stage.knack.put("object_10", stage.record(odd));
    let row_contains = "\"vision\":9".to_owned();
    stage
        .proxy
        .inject(ProxyRule::new(Fault::CheckViolation { row_contains }));

    let summary = stage.run().await.expect_code(9);

    assert_eq!(refused(&summary), [stage.pupil(7).record_id]);
    assert_eq!(
        (summary.students_synced, summary.vespa_scores_synced),
        (20, 19)
    );
    assert_eq!(stage.row_counts().await, [20, 19, 0]);
}

#[tokio::test]
async fn an_unknown_fault_of_one_row_costs_that_row_only() {
    let stage = Stage::with_class(8).await;
    let unknown = Fault::Status {
        code: 500,
        body: json!({"code": "SUP", "message": "internal error"}),
        headers: [].into(),
    };
    let of_one = ProxyRule::new(unknown).on("POST", "students");
    stage.proxy.inject(of_one.body(&stage.email("p003")));

    let summary = stage.run().await.expect_code(9);

    assert_eq!(refused(&summary), [stage.pupil(3).record_id]);
    assert_eq!(stage.row_counts().await, [7, 7, 0]);
}

#[tokio::test]
async fn a_lost_answer_to_an_upsert_writes_nothing_twice() {
    let stage = Stage::with_class(5).await;
    let rule = ProxyRule::new(Fault::CutAfterWrite).on("POST", "vespa_scores");
    stage.proxy.inject(rule.once());

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.changes.vespa_scores.inserted, 5);
    assert_eq!(batches(&stage, "vespa_scores"), [5, 5]);
    assert_eq!(stage.row_counts().await, [5, 5, 0]);
}

#[tokio::test]
async fn a_lost_answer_to_the_insert_of_new_students_loses_none_of_them() {
    let stage = Stage::with_class(5).await;
    let rule = ProxyRule::new(Fault::CutAfterWrite).on("POST", "students");
    stage.proxy.inject(rule.once());

    let summary = stage.run().await.expect_code(0);

    assert_eq!(
        (summary.students_synced, summary.vespa_scores_synced),
        (5, 5)
    );
    assert_eq!(summary.only_in_supabase.students, 0);
    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stage.row_counts().await, [5, 5, 0]);
}

#[tokio::test]
async fn a_supabase_that_does_not_count_only_costs_the_forecast() {
    let stage = Stage::with_class(12).await;
    stage.run().await.expect_code(0);
    let refusal = Fault::Status {
        code: 400,
        body: json!({
            "code": "PGRST123", "details": null, "hint": null,
            "message": "Use of aggregate functions is not allowed",
        }),
        headers: [].into(),
    };
    let counts = ProxyRule::new(refusal).on("GET", "establishments");
    stage.proxy.inject(counts.query("count"));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.changes.students.unchanged, 12);
    assert!(summary.warnings.is_empty(), "{summary:?}");
}
