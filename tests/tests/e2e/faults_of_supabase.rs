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
async fn a_batch_too_large_for_the_time_limit_is_cut_and_the_size_that_passes_is_kept() {
    let stage = Stage::with_class(40).await;
    stage
        .proxy
        .inject(ProxyRule::new(Fault::TimeoutAbove { rows: 10 }));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.students_synced, 40);
    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stage.row_counts().await, [40, 40, 0]);
    let tenths = [4; 10];
    assert_eq!(batches(&stage, "students"), [&[40], &tenths[..]].concat());
}

#[tokio::test]
async fn once_a_slowness_has_passed_batches_grow_again_to_what_they_were() {
    let stage = Stage::with_class(2_000).await;
    let slow = ProxyRule::new(Fault::TimeoutAbove { rows: 0 });
    stage.proxy.inject(slow.on("POST", "students").once());

    stage.run().await.expect_code(0);

    let sent = batches(&stage, "students");
    assert_eq!(sent[..4], [500, 50, 50, 50], "{sent:?}");
    assert_eq!(sent.iter().max_by_key(|rows| **rows), Some(&500));
    assert!(sent[4..].iter().any(|rows| *rows >= 400), "{sent:?}");
    assert!(sent.len() <= 25, "{sent:?}");
    assert_eq!(stage.row_counts().await[0], 2_000);
}

#[tokio::test]
async fn a_table_whose_every_row_reaches_the_time_limit_is_an_outage() {
    let stage = Stage::with_class(4).await;
    let rule = ProxyRule::new(Fault::TimeoutAbove { rows: 0 }).on("POST", "students");
    stage.proxy.inject(rule);

    let run = stage.run().await;

    let failure = run.expect_failure(8, sync_protocol::ErrorCode::SupabaseUnavailable);
    assert_eq!(batches(&stage, "students"), [4, 1, 1, 1, 1]);
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
        body: json!({"code": "XX000", "message": "internal error"}),
        headers: [].into(),
    };
    let of_one = ProxyRule::new(unknown).on("POST", "students");
    stage.proxy.inject(of_one.body(&stage.email("p003")));

    let summary = stage.run().await.expect_code(9);

    assert_eq!(refused(&summary), [stage.pupil(3).record_id]);
    assert_eq!(stage.row_counts().await, [7, 7, 0]);
}

#[tokio::test]
async fn a_row_that_somebody_holds_is_set_aside_and_the_others_are_saved() {
    let stage = Stage::with_class(30).await;
    let locked = |name: &str| Fault::LockedRow {
        row_contains: stage.email(name),
    };
    // One is let go of in time, the other is not.
    let first = ProxyRule::new(locked("p004"))
        .on("POST", "students")
        .times(3);
    stage.proxy.inject(first);
    let second = ProxyRule::new(locked("p020")).on("POST", "students");
    stage.proxy.inject(second);

    let summary = stage.run().await.expect_code(9);

    assert_eq!(refused(&summary), [stage.pupil(20).record_id]);
    assert_eq!(stage.row_counts().await, [29, 29, 0]);
    let requests = batches(&stage, "students").len();
    assert!(requests < 30, "{requests}");
}

#[tokio::test]
async fn a_gateway_that_takes_no_large_body_gets_smaller_ones() {
    let stage = Stage::with_class(60).await;
    let limit = ProxyRule::new(Fault::TooLargeAbove { bytes: 4_000 });
    stage.proxy.inject(limit);

    let summary = stage.run().await.expect_code(0);

    assert!(summary.warnings.is_empty(), "{summary:?}");
    assert_eq!(stage.row_counts().await, [60, 60, 0]);
}

#[tokio::test]
async fn a_text_that_a_firewall_takes_for_an_attack_costs_its_row_only() {
    let stage = Stage::with_class(20).await;
    let odd = stage.pupil(7).reflected(1, "<script>alert(1)</script>");
    stage.knack.put("object_10", stage.record(odd));
    let fine = stage.pupil(8).reflected(1, "I will plan my week.");
    stage.knack.put("object_10", stage.record(fine));
    let body_contains = "<script>".to_owned();
    let firewall = ProxyRule::new(Fault::Firewall { body_contains });
    stage.proxy.inject(firewall);

    for _ in 0..2 {
        let summary = stage.run().await.expect_code(9);
        assert_eq!(refused(&summary), [stage.pupil(7).record_id]);
    }

    assert_eq!(stage.row_counts().await, [20, 20, 1]);
}

#[tokio::test]
async fn a_firewall_that_lets_no_write_pass_is_named() {
    let stage = Stage::with_class(20).await;
    let firewall = ProxyRule::new(Fault::GatewayHtml { code: 403 });
    stage.proxy.inject(firewall.on("POST", "students"));

    let run = stage.run().await;

    let failure = run.expect_failure(7, sync_protocol::ErrorCode::SupabaseRefused);
    assert!(failure.message.contains("firewall"), "{failure:?}");
    assert!(failure.message.contains("Nothing was changed."));
}

#[tokio::test]
async fn a_comment_too_long_for_an_index_is_named_even_where_it_is_the_only_row() {
    let recorded = || Fault::Recorded {
        case: "index row too large (54000)".to_owned(),
    };
    for pupils in [1_usize, 20] {
        let stage = Stage::with_class(pupils as u64).await;
        let long = stage.pupil(1).reflected(1, "far too long");
        stage.knack.put("object_10", stage.record(long));
        let of_one = ProxyRule::new(recorded()).on("POST", "student_comments");
        stage.proxy.inject(of_one.body("far too long"));

        for _ in 0..2 {
            let summary = stage.run().await.expect_code(9);
            assert_eq!(refused(&summary), [stage.pupil(1).record_id]);
        }
        assert_eq!(stage.row_counts().await, [pupils, pupils, 0]);
    }
}

#[tokio::test]
async fn a_key_is_said_to_have_expired_or_to_be_wrong() {
    for (case, words) in [
        ("expired key (PGRST303)", "has expired"),
        ("wrong signature (PGRST301)", "does not accept the key"),
        (
            "no JWT at all: sb_ key as bearer (PGRST301)",
            "does not accept the key",
        ),
        ("unknown role in the key", "names a role"),
        ("no grant, anonymous (42501)", "anonymous"),
        ("no grant (42501)", "does not have the rights"),
    ] {
        let stage = Stage::with_class(1).await;
        let case = case.to_owned();
        stage.proxy.inject(ProxyRule::new(Fault::Recorded { case }));

        let run = stage.run().await;

        let failure = run.expect_failure(7, sync_protocol::ErrorCode::SupabaseRefused);
        for words in [words, "SUPABASE_KEY", "Nothing was changed."] {
            assert!(failure.message.contains(words), "{failure:?}");
        }
        assert_eq!(stage.proxy.seen().len(), 1, "it is not asked again");
    }
}

#[tokio::test]
async fn a_school_that_is_deleted_meanwhile_ends_the_run() {
    let stage = Stage::with_class(20).await;
    let gone = Fault::Status {
        code: 409,
        body: json!({
            "code": "23503", "hint": null,
            "details": "Key (establishment_id)=(x) is not present in table \"establishments\".",
            "message": "insert or update on table \"students\" violates foreign key constraint \"students_establishment_id_fkey\"",
        }),
        headers: [].into(),
    };
    stage
        .proxy
        .inject(ProxyRule::new(gone).on("POST", "students"));

    let run = stage.run().await;

    let failure = run.expect_failure(4, sync_protocol::ErrorCode::EstablishmentNotFound);
    assert!(
        failure.message.contains("no longer in the database"),
        "{failure:?}"
    );
    assert_eq!(
        batches(&stage, "students"),
        [20],
        "and nothing else is tried"
    );
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
    assert_eq!(summary.changes.students.inserted, 5, "and reported as new");
    assert_eq!(summary.changes.students.unchanged, 0);
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
