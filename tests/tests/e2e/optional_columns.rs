//! Columns that a deployment may lack, or compute by itself: a refresh does without them and says so, at the price of one request
//! each.

use e2e::{Stage, changes, warned};
use sandbox::data::Pupil;
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::{Summary, WarningCode};

const ALL: [(&str, &str); 4] = [
    ("establishments", "use_standard_year"),
    ("students", "gender"),
    ("vespa_scores", "student_email"),
    ("student_comments", "academic_year"),
];

/// PostgREST's answer where its schema cache lacks a column that a row brings.
fn not_in_cache(table: &str, column: &str) -> ProxyRule {
    let message = format!("Could not find the '{column}' column of '{table}' in the schema cache");
    let fault = Fault::Status {
        code: 400,
        body: json!({"code": "PGRST204", "details": null, "hint": null, "message": message}),
        headers: [].into(),
    };
    let rule = ProxyRule::new(fault).on("POST", table);
    rule.body(&format!("\"{column}\""))
}

/// PostgREST's answer where an embedded table lacks a column. Supabase Lite says that it is the other table's.
fn not_embedded(table: &str, column: &str) -> ProxyRule {
    let message = format!("column {table}_1.{column} does not exist");
    let fault = Fault::Status {
        code: 400,
        body: json!({"code": "42703", "details": null, "hint": null, "message": message}),
        headers: [].into(),
    };
    ProxyRule::new(fault).on("GET", "students").query(column)
}

fn class(stage: &Stage) -> Vec<Pupil> {
    let pupil = |n| Pupil {
        gender: Some("Female".to_owned()),
        ..stage.pupil(n).aimed(1, "Aim")
    };
    (1..=12).map(pupil).collect()
}

async fn stage_without(columns: &[(&str, &str)]) -> Stage {
    let stage = Stage::builder().own_database().start([]).await;
    for (table, column) in columns {
        let drop = format!("alter table {table} drop column {column}");
        stage.db.change(&drop).await;
        if *column == "student_email" {
            stage.proxy.inject(not_embedded(table, column));
        }
    }
    for pupil in class(&stage) {
        stage.put(&pupil);
    }
    stage
}

#[track_caller]
fn expect_warning(summary: &Summary, columns: &[(&str, &str)]) {
    assert_eq!(warned(summary), [(WarningCode::ColumnMissing, vec![])]);
    assert_eq!(summary.warnings[0].count, columns.len() as u64);
    let message = &summary.warnings[0].message;
    for (table, column) in columns {
        assert!(message.contains(&format!("{table}.{column}")), "{message}");
    }
}

/// How many rows of all tables were written.
async fn rows(stage: &Stage, table: &str) -> usize {
    let query = format!("select id from {table} where $1::text is not null");
    stage.db.json(&query, "").await.len()
}

#[tokio::test]
async fn a_column_that_there_is_not_costs_one_request_and_nothing_else() {
    let whole = stage_without(&[]).await;
    let first_import = whole.run().await.expect_code(0);
    assert_eq!(warned(&first_import), []);
    let requests = whole.proxy.seen().len();
    for missing in [&ALL[..1], &ALL[1..2], &ALL[2..3], &ALL[3..], &ALL[..]] {
        let stage = stage_without(missing).await;

        let summary = stage.run().await.expect_code(0);

        expect_warning(&summary, missing);
        assert_eq!(changes(&summary), [[12, 0, 0]; 3], "{missing:?}");
        for table in ["students", "vespa_scores", "student_comments"] {
            assert_eq!(rows(&stage, table).await, 12, "{missing:?}");
        }
        let more = stage.proxy.seen().len() - requests;
        assert_eq!(more, missing.len(), "{missing:?}");

        stage.proxy.forget();
        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary), [[0, 0, 12]; 3], "{missing:?}");
        assert_eq!(stage.written(), [], "{missing:?}");
    }
}

/// How a deployment may compute each of the columns that a refresh writes.
const COMPUTED: [(&str, &str, &str); 3] = [
    ("students", "gender", "'unknown'"),
    ("vespa_scores", "student_email", "null"),
    ("student_comments", "academic_year", "null"),
];

#[tokio::test]
async fn a_column_that_the_database_computes_is_left_to_it_and_what_differs_in_it_alone_is_unchanged()
 {
    let stage = Stage::builder().own_database().start([]).await;
    for (table, column, value) in COMPUTED {
        let statement = format!(
            "alter table {table} drop column {column}; \
             alter table {table} add column {column} text generated always as ({value}) stored"
        );
        stage.db.change(&statement).await;
    }
    let mut class = class(&stage);
    for pupil in &class {
        stage.put(pupil);
    }
    let computed = COMPUTED.map(|(table, column, _)| (table, column));

    let summary = stage.run().await.expect_code(0);

    expect_warning(&summary, &computed);
    assert_eq!(changes(&summary), [[12, 0, 0]; 3]);
    for table in ["students", "vespa_scores", "student_comments"] {
        assert_eq!(rows(&stage, table).await, 12);
    }

    // Nothing but what the database computes differs from Knack, run after run.
    for _ in 0..2 {
        stage.proxy.forget();
        let summary = stage.run().await.expect_code(0);

        expect_warning(&summary, &computed);
        assert_eq!(changes(&summary), [[0, 0, 12]; 3]);
        let seen = stage.proxy.seen();
        let refused = seen.iter().filter(|seen| seen.status == Some(400));
        assert_eq!(refused.count(), 3);
    }

    // What differs otherwise too is written.
    class[0].faculty = Some("Science".to_owned());
    class[1] = class[1].clone().aimed(1, "Another aim");
    for pupil in &class[..2] {
        stage.put(pupil);
    }
    let summary = stage.run().await.expect_code(0);

    let [students, scores, comments] = changes(&summary);
    assert_eq!(
        [students, scores, comments],
        [[0, 1, 11], [0, 0, 12], [0, 1, 11]]
    );
    let faculty = "select faculty from students where $1::text is not null and faculty = 'Science'";
    assert_eq!(stage.db.json(faculty, "").await.len(), 1);
}

#[tokio::test]
async fn what_the_schema_cache_does_not_know_is_not_written() {
    let stage = Stage::with_pupils([]).await;
    let class = class(&stage);
    for pupil in &class {
        stage.put(pupil);
    }
    let missing = &ALL[1..];
    for (table, column) in missing {
        stage.proxy.inject(not_in_cache(table, column));
    }

    let summary = stage.run().await.expect_code(0);

    expect_warning(&summary, missing);
    assert_eq!(changes(&summary), [[12, 0, 0]; 3]);
    let students: Vec<Value> = class.iter().map(|pupil| stage.student_row(pupil)).collect();
    let without_gender = |mut row: Value| {
        row["gender"] = Value::Null;
        row
    };
    assert_eq!(
        stage.students().await,
        students.into_iter().map(without_gender).collect::<Vec<_>>()
    );
    let years: Vec<_> = stage.comments().await;
    assert!(years.iter().all(|row| row["academic_year"].is_null()));
}

#[tokio::test]
async fn every_answer_of_postgrest_to_a_column_that_there_is_not_is_understood() {
    for (case, method, occurs) in [
        (
            "column dropped, cache stale: select (42703)",
            "GET",
            "gender",
        ),
        ("column dropped, cache stale: upsert", "POST", "\"gender\""),
        (
            "column dropped, cache fresh: upsert (PGRST204)",
            "POST",
            "\"gender\"",
        ),
    ] {
        let stage = Stage::with_pupils([]).await;
        for pupil in &class(&stage) {
            stage.put(pupil);
        }
        let case = case.to_owned();
        let rule = ProxyRule::new(Fault::Recorded { case }).on(method, "students");
        stage.proxy.inject(match method {
            "GET" => rule.query(occurs),
            _ => rule.body(occurs),
        });

        let summary = stage.run().await.expect_code(0);

        expect_warning(&summary, &[("students", "gender")]);
        assert_eq!(changes(&summary), [[12, 0, 0]; 3]);
        let refused = stage.proxy.seen();
        let refused = refused.iter().filter(|seen| seen.status == Some(400));
        assert_eq!(refused.count(), 1);
    }
}

#[tokio::test]
async fn a_column_that_every_deployment_has_is_not_done_without() {
    let stage = stage_without(&[("students", "faculty")]).await;

    let run = stage.run().await;

    let failure = run.expect_failure(7, sync_protocol::ErrorCode::SupabaseRefused);
    assert!(failure.message.contains("faculty"), "{}", failure.message);
}
