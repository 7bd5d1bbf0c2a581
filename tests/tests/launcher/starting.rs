//! Signals that come while the launcher is still starting.

use std::fs;

use e2e::{Stage, token_line};
use tempfile::TempDir;

/// Sends HUP to the process that this shell becomes as soon as it has begun: taking care of its log, which may reach a limit on
/// the size of files (signal 25), comes before anything that takes time.
const HANG_UP_AT_ONCE: &str =
    r"{ (until grep -Eq '^SigCgt:.*[13579bdf].{6}$' /proc/$$/status; do :; done; kill -HUP $$) & }";

#[tokio::test]
async fn a_hup_while_it_starts_does_not_end_it() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens");
    // Reading many of them takes a while.
    let others =
        (0..4_000).map(|n| token_line(&format!("other {n}"), "all", &format!("other {n}")));
    let ours = token_line("good", "all", "office");
    fs::write(&file, others.collect::<String>() + &ours).unwrap();
    let launcher = stage.launcher().env("LAUNCHER_AUTH", "token");
    let launcher = launcher.env("LAUNCHER_TOKENS_FILE", &file);

    let running = launcher.start_after(HANG_UP_AT_ONCE).await;

    let asker = running.with_token("good");
    asker.get("/api/establishments").await.expect_status(200);
}
