//! What `sync-launcher` says of itself: help, version, completions and the page for `man`.

use e2e::{Run, program};
use tokio::process::Command;

use crate::fleet::world::ended;

async fn ask(args: &[&str]) -> Run {
    let asked = Command::new(program("sync-launcher"))
        .args(args)
        .env_clear()
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    ended(asked.expect("it starts")).await
}

#[tokio::test]
async fn completions_the_man_page_the_version_and_help_come_from_the_command_line_itself() {
    for (args, words) in [
        (
            &["--completions", "bash"][..],
            &["_sync__launcher()", "--stale", "revoke"][..],
        ),
        (
            &["--completions", "zsh"],
            &["#compdef sync-launcher", "--patience"],
        ),
        (
            &["--completions", "fish"],
            &["complete -c sync-launcher", "retries"],
        ),
        (
            &["--man"],
            &[
                ".TH sync-launcher",
                "SYNC-LAUNCHER REFRESH",
                "SYNC-LAUNCHER TOKEN REVOKE",
                ".SS OPTIONS",
                "Exit codes, of the worst school",
                "LAUNCHER_BIND",
            ],
        ),
        (&["--version"], &["sync-launcher 0.", " ("]),
        (&["--help"], &["Examples:", "Exit codes", "REDIS_URL"]),
        (&["-h"], &["See --help for examples"]),
        (&["schools", "--help"], &["Examples:", "Exit codes"]),
        (&["runs", "--help"], &["Examples:", "Exit codes"]),
        (&["token", "--help"], &["Examples:", "Exit codes"]),
        (&["refresh", "--help"], &["Examples:", "Exit codes"]),
    ] {
        let asked = ask(args).await;
        assert_eq!((asked.code, &*asked.stderr), (Some(0), ""), "{args:?}");
        for word in words {
            assert!(asked.stdout.contains(word), "{args:?} {word}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn a_slip_on_the_command_line_is_2_and_says_what_was_meant() {
    for (args, meant) in [
        (&["refesh"][..], "refresh"),
        (&["refresh", "--al"], "--all"),
        (&["--demo-tokn"], "--demo-token"),
        (&["--completions", "bsh"], "bash"),
    ] {
        let asked = ask(args).await;
        assert_eq!((asked.code, &*asked.stdout), (Some(2), ""), "{args:?}");
        assert!(asked.stderr.contains(meant), "{args:?}: {asked:?}");
    }
}
