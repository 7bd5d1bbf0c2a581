//! The wall clock jumps, as it does when somebody sets it or a machine wakes up. Nothing that lasts may depend on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Stage, until};
use sandbox::knack::{Fault, Kind, KnackRule};
use tempfile::NamedTempFile;

/// Debian's libfaketime, which answers a program that asks for the time.
fn faketime() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("there are libraries");
    let folders = folders.flatten().map(|folder| folder.path());
    let mut libraries = folders
        .chain([Path::new("/usr/lib").to_owned()])
        .map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.exists());
    found.expect("faketime is not installed: run scripts/setup test")
}

#[tokio::test]
async fn a_clock_that_jumps_changes_neither_a_runs_duration_nor_its_cooldown() {
    for [first, second] in [["+1h", "-1h"], ["-1h", "+1h"]] {
        let stage = Stage::with_class(2).await;
        let slow = Fault::Delay(Duration::from_secs(2));
        stage.knack.inject(KnackRule::new(slow).on(Kind::Page));
        let clock = NamedTempFile::new().unwrap();
        let set = |offset: &str| fs::write(clock.path(), offset).unwrap();
        set("+0");
        let launcher = stage
            .launcher()
            .env("LD_PRELOAD", faketime())
            .env("FAKETIME_TIMESTAMP_FILE", clock.path())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .start()
            .await;
        let run = launcher.start_refresh(&stage.knack_id).await;
        until("Knack is asked", || !stage.knack.seen().is_empty()).await;

        set(first);
        let ended = launcher.run_in_state(&run, &["succeeded"]).await;

        let created = launcher.get(&run).await.body["createdAt"].clone();
        assert_ne!(
            created, ended["finishedAt"],
            "{first}: its clock has jumped"
        );
        let elapsed = ended["elapsedSeconds"].as_u64().unwrap();
        assert!((1..120).contains(&elapsed), "{first}: {elapsed} s");
        for offset in [first, second] {
            set(offset);
            let again = launcher.refresh(&stage.knack_id).await;
            let problem = again.expect_problem(429, "cooling_down");
            let seconds = problem["retryAfterSeconds"].as_u64().unwrap();
            assert!(
                (180..=301).contains(&seconds),
                "{first} {offset}: {seconds} s"
            );
        }
        assert_eq!(stage.logs().await.len(), 1);
        assert_eq!(stage.row_counts().await, [2, 2, 0]);
    }
}
