//! The documents' own lines for operators work as they are written, by hand and from cron.

use std::os::unix::fs::symlink;
use std::process::Stdio;

use e2e::documents::blocks;
use e2e::{Launcher, Run, program, token_line};
use sandbox::knack::{Fault, KnackRule};
use tempfile::TempDir;
use tokio::process::Command;

use super::world::{Fleet, TOKEN, assert_one_sentence, ended};

const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";
const FOLDER: &str = "/srv/vespa-refresh";

async fn shell(line: &str, folder: &TempDir) -> Run {
    let shell = Command::new("/bin/sh")
        .args(["-c", line])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    ended(shell.expect("a shell starts")).await
}

/// A folder as the documents assume it: the program, and the two variables in its `.env`.
fn folder_for(launcher: &Launcher) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    symlink(
        program("sync-launcher"),
        folder.path().join("sync-launcher"),
    )
    .expect("it can be made");
    let settings = format!("LAUNCHER_URL={}\nLAUNCHER_TOKEN={TOKEN}\n", launcher.url());
    std::fs::write(folder.path().join(".env"), settings).expect("it can be made");
    folder
}

#[tokio::test]
async fn every_line_for_the_shell_works_as_it_is_written() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().env("LAUNCHER_COOLDOWN_SECONDS", "0");
    let launcher = launcher.start().await;
    let folder = folder_for(&launcher);
    let tokens = folder.path().join("tokens");
    let lines = [
        token_line("vsr_a", "all", "office cron"),
        token_line("vsr_b", "all", "another"),
    ];
    std::fs::write(&tokens, lines.concat()).unwrap();
    let lines: Vec<&str> = blocks("sh")
        .into_iter()
        .filter(|line| line.starts_with("sync-launcher "))
        .collect();
    assert!(lines.len() >= 10, "{lines:?}");
    for line in lines {
        let shown = line.replace(SCHOOL, &fleet.ids[1]);
        let told = format!("LAUNCHER_TOKENS_FILE={} ./{shown}", tokens.display());
        let ran = shell(&told, &folder).await;
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        assert!(!ran.stdout.is_empty(), "{line}");
    }
}

#[tokio::test]
async fn every_line_for_cron_sends_nothing_after_a_success_and_one_sentence_after_a_failure() {
    let lines: Vec<&str> = blocks("crontab")
        .into_iter()
        .filter(|line| line.contains("./sync-launcher"))
        .collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for is_well in [true, false] {
        for line in &lines {
            let fleet = Fleet::of(2).await;
            if !is_well {
                fleet
                    .stage
                    .knack
                    .inject(KnackRule::new(Fault::DailyCapReached));
            }
            let launcher = fleet.launcher().start().await;
            let folder = folder_for(&launcher);
            let told = line[line.find("cd ").expect("it changes the folder")..]
                .replace(FOLDER, &folder.path().display().to_string())
                .replace(SCHOOL, &fleet.ids[0]);

            let ran = shell(&told, &folder).await;

            if is_well {
                assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
                assert_eq!((&*ran.stdout, &*ran.stderr), ("", ""), "{line}");
            } else {
                assert_one_sentence(&ran, 5, &["knack_refused", "runs --failed"]);
            }
        }
    }
}
