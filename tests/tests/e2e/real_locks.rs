//! Rows that another transaction really holds, on a real PostgreSQL that cancels statements after a second.

use std::time::Instant;

use e2e::{Stage, refused};
use sandbox::data::Pupil;
use sandbox::proxy::{Fault, ProxyRule};
use sync_protocol::ErrorCode;

/// As the hosted database does after eight seconds. Connections that are open already do not know it.
const TIME_LIMIT: &str = "
do $$ begin execute format('alter database %I set statement_timeout = ''1s''', current_database()); end $$;
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid();
";

/// A stored class, with another group for each pupil in Knack.
async fn changed_class(size: u64) -> Stage {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=size);
    stage.run().await.expect_code(0);
    for n in 1..=size {
        let group = Some("12Z".to_owned());
        stage.put(&Pupil {
            group,
            ..stage.pupil(n)
        });
    }
    stage.db.change(TIME_LIMIT).await;
    let named = ProxyRule::new(Fault::TimeoutsNamed);
    stage.proxy.inject(named.on("POST", "students"));
    stage
}

async fn hold(stage: &Stage, condition: &str) {
    let select = format!("select id from students where {condition} for update");
    stage.db.change(&format!("begin; {select}")).await;
}

#[tokio::test]
async fn rows_that_a_transaction_holds_are_named_and_are_saved_once_it_lets_go() {
    let stage = changed_class(100).await;
    hold(&stage, "email ~ '^p0.7@'").await;
    let begun = Instant::now();

    let run = stage.run().await;

    let seconds = begun.elapsed().as_secs();
    assert!(seconds < 40, "{seconds} s");
    let summary = run.expect_code(9);
    assert_eq!(refused(&summary).len(), 10, "{summary:?}");
    assert_eq!(summary.changes.students.updated, 90);
    stage.db.change("rollback").await;
    let summary = stage.run().await.expect_code(0);
    assert_eq!(summary.changes.students.updated, 10);
}

#[tokio::test]
async fn a_table_that_a_transaction_holds_is_an_outage() {
    let stage = changed_class(100).await;
    stage
        .db
        .change("begin; lock table students in share row exclusive mode")
        .await;
    let begun = Instant::now();

    let run = stage.run().await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    let seconds = begun.elapsed().as_secs();
    assert!(seconds < 30, "{seconds} s");
    assert_eq!(refused(&run.summary()), [""; 0]);
    stage.db.change("rollback").await;
    let summary = stage.run().await.expect_code(0);
    assert_eq!(summary.changes.students.updated, 100);
}
