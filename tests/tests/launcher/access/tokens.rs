//! Tokens of the launcher's own: how they are made, and the file that lists them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use e2e::{Launcher, Stage, program, token_line, until};
use nix::sys::signal::Signal;
use tempfile::{NamedTempFile, TempDir};
use tokio::process::Command;

use super::world::{OF_A, World, status_of};

#[tokio::test]
async fn a_new_token_works_with_the_line_that_is_printed_beside_it() {
    let world = World::new().await;
    let (a, b) = (world.a.knack_id.as_str(), world.b.id.to_string());
    let launcher = world.launcher().await;
    for (arguments, of_a, of_b, of_other) in [
        (vec!["--school", a], 200, 404, 404),
        (vec!["--school", a, "--school", &b], 200, 200, 404),
        (vec!["--all"], 200, 200, 200),
    ] {
        let (token, line) = new_token(&["--name", "cron of the office"], &arguments).await;
        assert!(!line.contains(&token));
        assert!(line.ends_with(" cron of the office"), "{line}");
        launcher.replace_tokens(&format!("# printed by token new\n{line}\n"));

        let asker = launcher.with_token(&token);
        until_let_in(&asker, a).await;

        for (school, status) in [
            (a, of_a),
            (&b, of_b),
            (world.other.knack_id.as_str(), of_other),
        ] {
            assert_eq!(asker.get(&status_of(school)).await.status, status);
        }
    }
}

#[tokio::test]
async fn no_token_is_made_for_text_that_is_not_a_school_or_not_a_name() {
    for arguments in [
        &["--name", "x"][..],
        &["--all"],
        &["--name", "x", "--school", "canary"],
        &["--name", "x", "--school", "61680fc13a0bfd001e8ca3c"],
        &["--name", "x", "--school", "61680fc13a0bfd001e8ca3cg"],
        &["--name", "x", "--school", "61680fc13a0bfd001e8ca3ca,all"],
        &["--name", "x", "--school", "all"],
        &[
            "--name",
            "x",
            "--school",
            "61680fc13a0bfd001e8ca3ca",
            "--all",
        ],
        &["--name", "", "--all"],
        &["--name", " ", "--all"],
        &["--name", "two\nlines", "--all"],
        &["--name", "ann@school.example", "--all"],
        &["--name", "a name of more than thirty-two letters", "--all"],
    ] {
        let output = token_new(arguments).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_file_that_every_user_may_change_is_read_and_warned_of() {
    const WARNING: &str = "can be changed by every user of this machine";
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens");
    fs::write(&file, token_line("vsr_mine", "all", "mine")).unwrap();
    for (mode, is_told) in [(0o600, false), (0o664, false), (0o666, true)] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let launcher = stage.launcher().env("LAUNCHER_AUTH", "token");
        let launcher = launcher.env("LAUNCHER_TOKENS_FILE", &file).start().await;

        let asker = launcher.with_token("vsr_mine");
        asker.get("/api/establishments").await.expect_status(200);

        let log = launcher.log().join("\n");
        assert_eq!(log.contains(WARNING), is_told, "{mode:o}: {log}");
        assert!(!log.contains("vsr_mine"), "{log}");
    }
}

#[tokio::test]
async fn two_tokens_are_never_the_same() {
    let one = new_token(&["--name", "x"], &["--all"]).await;
    let two = new_token(&["--name", "x"], &["--all"]).await;
    assert_ne!(one.0, two.0);
    assert_ne!(one.1, two.1);
}

#[tokio::test]
async fn a_file_with_a_mistake_leaves_the_tokens_in_force_that_were_read_before() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let good = token_line("vsr_new-canary", "all", "a new one");
    for (file, said) in [
        (
            format!("# one\n{good}canary-in-the-file all somebody\n"),
            "a mistake in line 3",
        ),
        (
            format!("{good}{good}"),
            "a mistake in line 2: the token of line 1 again",
        ),
        (
            format!("{good}{}", token_line("vsr_canary", "all", "a new one")),
            "a mistake in line 2: the name of line 1 again",
        ),
        (String::new(), "a file without any token"),
        (
            "\u{feff}\r\n# canary\r\n".to_owned(),
            "a file without any token",
        ),
    ] {
        let before = errors(&launcher).len();
        launcher.replace_tokens(&file);
        until("the mistake is told", || errors(&launcher).len() > before).await;

        let error = errors(&launcher).pop().unwrap_or_default();
        assert!(error.contains("LAUNCHER_TOKENS_FILE"), "{error}");
        assert!(error.contains(said), "{error}");
        let status = status_of(&world.a.knack_id);
        let old = launcher.with_token(OF_A).get(&status).await;
        old.expect_status(200);
        let new = launcher.with_token("vsr_new-canary").get(&status).await;
        new.expect_problem(401, "unauthenticated");
    }
    assert!(!launcher.whole_log().await.contains("canary"));
}

#[tokio::test]
async fn a_file_that_is_gone_leaves_the_tokens_in_force_as_well() {
    let stage = Stage::with_pupils([]).await;
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, token_line("vsr_x", "all", "somebody")).unwrap();
    let launcher = stage
        .launcher()
        .env("LAUNCHER_AUTH", "token")
        .env("LAUNCHER_TOKENS_FILE", file.path())
        .start()
        .await;
    file.close().unwrap();
    launcher.signal(Signal::SIGHUP);
    until("it is told", || errors(&launcher).len() == 1).await;
    let known = launcher.with_token("vsr_x");
    let schools = known.get("/api/establishments").await;
    schools.expect_status(200);
}

#[tokio::test]
async fn a_file_saved_on_windows_is_read_as_any_other() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let line = token_line("vsr_new", "all", "somebody new");
    launcher.replace_tokens(&format!("\u{feff}{}\r\n", line.trim_end()));
    until_let_in(&launcher.with_token("vsr_new"), &world.a.knack_id).await;
}

/// Its errors up to now.
fn errors(launcher: &Launcher) -> Vec<String> {
    let lines = launcher.log();
    let is_error = |line: &String| line.contains(r#""level":"ERROR""#);
    lines.into_iter().filter(is_error).collect()
}

/// Level-triggered: the launcher reads its file some time after it is told to.
async fn until_let_in(asker: &e2e::Asker<'_>, school: &str) {
    let patience = std::time::Duration::from_mins(1);
    let let_in = async { while asker.get(&status_of(school)).await.status != 200 {} };
    let in_time = tokio::time::timeout(patience, let_in).await;
    in_time.expect("the new token is let in");
}

/// The token and its line.
async fn new_token(name: &[&str], schools: &[&str]) -> (String, String) {
    let output = token_new(&[name, schools].concat()).await;
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let token = text.lines().find(|line| line.starts_with("vsr_"));
    let line = text.lines().find(|line| {
        let digest = line.split(' ').next().unwrap_or_default();
        digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let (token, line) = token.zip(line).expect("a token and a line");
    (token.to_owned(), line.to_owned())
}

async fn token_new(arguments: &[&str]) -> Output {
    let mut command = Command::new(program("sync-launcher"));
    command.args(["token", "new"]).args(arguments).env_clear();
    command.output().await.expect("the launcher starts")
}
