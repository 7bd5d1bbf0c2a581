//! Reads that a database of another make refuses or takes too long over are made otherwise.

use e2e::{Stage, changes, postgrest_error, warned};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::json;
use sync_protocol::{ErrorCode, WarningCode};

const SECOND_KEYS: &str = "alter table vespa_scores add column student2 uuid references students (id); \
     alter table student_comments add column student2 uuid references students (id); \
     alter table students add column feeder_id uuid references establishments (id)";

/// As of a database that was set up to compare e-mails without regard to case.
const CASELESS: &str = "create collation caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
     alter table students alter column email type varchar(255) collate caseless";

fn no_regular_expressions(operator: &str) -> ProxyRule {
    let message = "nondeterministic collations are not supported for regular expressions";
    let rule = ProxyRule::new(postgrest_error(400, "0A000", message));
    rule.on("GET", "students").query(operator)
}

/// Stores the class's first three students without a school, their e-mails in capitals.
async fn store_orphans(stage: &Stage) {
    for n in 1..=3 {
        let email = stage.email(&format!("p{n:03}")).to_uppercase();
        let row = json!({"establishment_id": null, "knack_id": sandbox::data::record_id(n)});
        stage.store_student(&email, row).await;
    }
}

#[tokio::test]
async fn second_keys_between_the_tables_change_nothing() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.db.change(SECOND_KEYS).await;
    for n in 1..=12 {
        stage.put(&stage.pupil(n).aimed(1, "Aim"));
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[12, 0, 0]; 3]);
    stage.proxy.forget();
    let summary = stage.run().await.expect_code(0);
    assert_eq!(changes(&summary), [[0, 0, 12]; 3]);
    assert_eq!(warned(&summary), []);
    let refused = stage.proxy.seen().into_iter().map(|seen| seen.status);
    assert!(refused.flatten().all(|status| status < 300));
}

#[tokio::test]
async fn new_students_are_added_where_the_collation_knows_no_regular_expressions() {
    for refused in [&["match."][..], &["match.", "ilike"]] {
        let stage = Stage::with_class(120).await;
        for operator in refused {
            stage.proxy.inject(no_regular_expressions(operator));
        }
        store_orphans(&stage).await;

        let summary = stage.run().await.expect_code(0);

        // What only a comparison of letters can find is not found without one.
        let adopted = if refused.len() == 1 { 3 } else { 0 };
        assert_eq!(
            changes(&summary)[0],
            [120 - adopted, adopted, 0],
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_collation_without_case_is_asked_for_the_emails_themselves() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.db.change(CASELESS).await;
    // Supabase Lite has words of its own for what PostgREST answers here.
    for operator in ["match.", "ilike"] {
        stage.proxy.inject(no_regular_expressions(operator));
    }
    stage.admit(1..=20);
    store_orphans(&stage).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [17, 3, 0]);
    let adopted = warned(&summary);
    assert_eq!(adopted.len(), 1, "{adopted:?}");
    assert_eq!(adopted[0].0, WarningCode::AdoptedOrphan);
    assert_eq!(stage.students().await.len(), 20);
}

#[tokio::test]
async fn emails_that_only_look_alike_are_not_taken_for_each_other() {
    let stage = Stage::with_pupils([]).await;
    stage.proxy.inject(no_regular_expressions("match."));
    for (n, email) in ["a_b", "a%b", "a*c"].into_iter().enumerate() {
        stage.put(&stage.pupil(n as u64 + 1).email(email));
    }
    let other = json!({"establishment_id": null});
    for email in ["AXB", "AXYB", "AXC"] {
        stage
            .store_student(&stage.email(email), other.clone())
            .await;
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [3, 0, 0]);
    assert_eq!(warned(&summary), []);
}

#[tokio::test]
async fn a_key_that_sees_no_school_is_7_and_one_that_sees_others_4() {
    let stage = Stage::with_class(2).await;
    let hidden = Fault::Status {
        code: 200,
        body: json!([]),
        headers: [("content-range".to_owned(), "*/0".to_owned())].into(),
    };
    stage
        .proxy
        .inject(ProxyRule::new(hidden).on("GET", "establishments"));

    let run = stage.run().await;

    let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
    assert!(
        failure.message.contains("no school at all") && failure.message.contains("SUPABASE_KEY"),
        "{}",
        failure.message
    );
    assert_eq!(stage.proxy.seen().len(), 2);

    stage.proxy.clear();
    let unknown = stage.refresh_of(&"e".repeat(24)).run().await;
    unknown.expect_failure(4, ErrorCode::EstablishmentNotFound);
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_made_in_smaller_pages_down_to_fifty_rows() {
    for (max_rows, passing) in [(1_000, 250), (1_000, 50), (100, 50), (40, 50)] {
        let stage = Stage::builder().max_rows(max_rows).start([]).await;
        stage.admit(1..=300);
        stage.run().await.expect_code(0);
        let before = stage.everything().await;
        stage.proxy.forget();
        let rule = ProxyRule::new(Fault::ReadTimeoutAbove { rows: passing });
        stage.proxy.inject(rule.on("GET", "students"));

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary)[0], [0, 0, 300], "{max_rows}, {passing}");
        assert_eq!(stage.everything().await, before);
    }
    let stage = Stage::with_class(3).await;
    let rule = ProxyRule::new(Fault::ReadTimeoutAbove { rows: 49 });
    stage.proxy.inject(rule.on("GET", "students"));
    let run = stage.run().await;
    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
}

#[tokio::test]
async fn more_stored_text_than_one_answer_may_hold_is_read_in_smaller_pages() {
    let stage = Stage::with_class(80).await;
    stage.run().await.expect_code(0);
    let text = "x".repeat(1_000_000);
    let students = "select id from students where establishment_id::text = $1";
    for student in stage.db.json(students, &stage.id.to_string()).await {
        let id = student["id"].as_str().and_then(|id| id.parse().ok());
        let id = id.expect("rows have an id");
        stage.store_comment(id, 3, "goal", &text).await;
    }
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 0, 80]);
    assert_eq!(summary.only_in_supabase.comments, 80);
    assert_eq!(stage.written(), []);
}
