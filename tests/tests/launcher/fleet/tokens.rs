//! `sync-launcher token list` and `token revoke`, beside a launcher that runs.

use e2e::{Stage, program, token_line, until_asked};
use nix::sys::signal::Signal;
use tempfile::TempDir;
use tokio::process::Command;

use super::world::{document, ended};

async fn token(file: &std::path::Path, line: &[&str]) -> e2e::Run {
    let mut command = Command::new(program("sync-launcher"));
    command
        .arg("token")
        .args(line)
        .env_clear()
        .env("LAUNCHER_TOKENS_FILE", file)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    ended(command.spawn().expect("it starts")).await
}

#[tokio::test]
async fn a_token_that_is_revoked_is_refused_once_the_launcher_was_told_and_the_others_are_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens");
    let stage = Stage::with_pupils([]).await;
    let id = &stage.knack_id;
    let lines = [
        token_line("vsr_one", "all", "the office"),
        "# a comment\n".to_owned(),
        token_line("vsr_two", id, "another"),
    ];
    std::fs::write(&file, lines.concat()).unwrap();
    let launcher = stage
        .launcher()
        .env("LAUNCHER_AUTH", "token")
        .env("LAUNCHER_TOKENS_FILE", &file)
        .start()
        .await;
    let asks = async |token: &str| {
        let request = launcher.request(reqwest::Method::GET, "/api/establishments");
        launcher.send(request.bearer_auth(token)).await.status
    };
    let listed = document(&token(&file, &["list"]).await);
    assert_eq!(
        listed["tokens"],
        serde_json::json!([
            { "name": "the office", "schools": null },
            { "name": "another", "schools": [id] },
        ])
    );

    let revoked = token(&file, &["revoke", "the office"]).await;

    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    assert!(revoked.stdout.contains("HUP"), "{revoked:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), lines[1..].concat());
    launcher.signal(Signal::SIGHUP);
    until_asked("it is refused", async || asks("vsr_one").await == 401).await;
    assert_eq!(asks("vsr_two").await, 200);
    let last = token(&file, &["revoke", "another"]).await;
    assert_eq!(last.code, Some(78), "{last:?}");
    assert!(last.stderr.contains("only token"), "{last:?}");
    assert_eq!(asks("vsr_two").await, 200);
}

#[tokio::test]
async fn no_list_of_tokens_shows_what_they_are_recognised_by() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens");
    let line = token_line("vsr_one", "all", "the office");
    std::fs::write(&file, &line).unwrap();
    let listed = token(&file, &["list"]).await;
    let digest = line.split(' ').next().unwrap();
    assert!(!listed.stdout.contains(&digest[..8]), "{listed:?}");
    let missing = token(&folder.path().join("nothing"), &["list"]).await;
    assert_eq!(missing.code, Some(78), "{missing:?}");
    assert_eq!(missing.stderr.lines().count(), 1, "{missing:?}");
}
