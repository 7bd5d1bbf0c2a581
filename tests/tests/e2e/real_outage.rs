//! A real PostgreSQL that throws everybody out in the middle of a refresh, and lets nobody in for a while.

use std::fs::{self, File};

use e2e::{Stage, until};
use tempfile::TempDir;

/// Several seconds of waiting, by the way in which waits grow.
const MANY_WAITS: usize = 6;

#[tokio::test]
async fn a_database_that_is_really_gone_in_the_middle_of_a_refresh_is_waited_for() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=300);
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("log");
    let waits = || {
        let said = fs::read_to_string(&log).unwrap();
        said.matches(r#""reason":"supabase""#).count()
    };
    let refresh = stage
        .refresh()
        .env("SYNC_OUTAGE_PATIENCE_SECONDS", "90")
        .args(["--progress", "json"])
        .stderr(File::create(&log).unwrap());

    let running = refresh.start();
    until("students are written", || {
        let seen = stage.proxy.seen();
        seen.iter()
            .any(|it| it.is_write() && it.table() == "students")
    })
    .await;
    stage.db.close().await;
    until("it waits for the database", || waits() >= MANY_WAITS).await;
    stage.db.open().await;

    let summary = running.end().await.expect_code(0);
    assert_eq!(summary.warnings, [], "{summary:?}");
    assert_eq!(stage.row_counts().await, [300, 300, 0]);
}
