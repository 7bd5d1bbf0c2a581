//! Set-ups that the launcher refuses before it listens: all that is wrong in one message, and no value in it.

use std::path::Path;
use std::process::Command;

use e2e::{LauncherBuilder, Stage, token_line};
use sandbox::knack::STAFF_VIEW;
use serde_json::Value;
use tempfile::TempDir;

/// sysexits.h: a wrong set-up.
const EX_CONFIG: i32 = 78;

#[tokio::test]
async fn it_does_not_start_unless_the_settings_say_who_may_call() {
    let stage = Stage::with_pupils([]).await;
    let launcher = || stage.launcher();
    for (builder, named) in [
        (
            launcher().without_env("LAUNCHER_AUTH"),
            "LAUNCHER_AUTH is not set",
        ),
        (
            launcher().env("LAUNCHER_AUTH", " "),
            "LAUNCHER_AUTH is not set",
        ),
        (
            launcher().env("LAUNCHER_AUTH", "canary"),
            "LAUNCHER_AUTH must be",
        ),
        (
            launcher().env("LAUNCHER_AUTH", "Token"),
            "LAUNCHER_AUTH must be",
        ),
        (
            launcher().env("LAUNCHER_AUTH", "token,none"),
            "LAUNCHER_AUTH must not contain `none` together with another mode",
        ),
        (
            launcher().env("LAUNCHER_BIND", "0.0.0.0:0"),
            "LAUNCHER_AUTH must not be `none` unless LAUNCHER_BIND",
        ),
        (
            launcher().env("LAUNCHER_BIND", "[::]:0"),
            "LAUNCHER_AUTH must not be `none` unless LAUNCHER_BIND",
        ),
        // As Heroku says where to listen: on every address.
        (
            launcher().without_env("LAUNCHER_BIND").env("PORT", "0"),
            "LAUNCHER_AUTH must not be `none` unless LAUNCHER_BIND",
        ),
        (
            launcher().env("LAUNCHER_AUTH", "token"),
            "LAUNCHER_TOKENS_FILE is not set",
        ),
        (
            launcher().env("LAUNCHER_AUTH", "knack-token"),
            "KNACK_STAFF_VIEW is not set",
        ),
        (
            launcher()
                .env("LAUNCHER_AUTH", "knack-token")
                .env("KNACK_STAFF_VIEW", "canary"),
            "KNACK_STAFF_VIEW is not a view",
        ),
        (
            launcher()
                .env("LAUNCHER_AUTH", "knack-token")
                .env("KNACK_STAFF_VIEW", STAFF_VIEW)
                .env("KNACK_SUPER_USER_VIEW", "scene_1/canary"),
            "KNACK_SUPER_USER_VIEW is not a view",
        ),
    ] {
        refuses(builder, &[named]).await;
    }
}

#[tokio::test]
async fn a_file_of_tokens_that_cannot_be_read_is_named_by_its_variable() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::with_prefix("canary").unwrap();
    let missing = folder.path().join("missing");
    for path in [missing.as_path(), folder.path()] {
        let builder = stage
            .launcher()
            .env("LAUNCHER_AUTH", "token")
            .env("LAUNCHER_TOKENS_FILE", path);
        refuses(
            builder,
            &["LAUNCHER_TOKENS_FILE names a file that cannot be read"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_mistake_in_the_file_of_tokens_is_reported_with_its_line() {
    let stage = Stage::with_pupils([]).await;
    let good = token_line("vsr_x", "all", "somebody");
    for bad in [
        "canary",
        "vsr_canary all somebody",
        &good.replace(" all ", " everything-canary "),
        &good.replace(" all ", " 61680fc13a0bfd001e8ca3ca,canary "),
        &good.replace("somebody", "canary@school.example"),
        &good.replace("somebody", ""),
        &good[1..],
    ] {
        let lines = format!("{good}# a comment\n{bad}\n");
        let builder = stage.launcher().tokens(&lines);
        refuses(
            builder,
            &["LAUNCHER_TOKENS_FILE names a file with a mistake in line 3"],
        )
        .await;
    }
}

#[tokio::test]
async fn a_file_of_tokens_that_would_let_nobody_in_or_two_in_as_one_is_refused() {
    let stage = Stage::with_pupils([]).await;
    let one = token_line("vsr_x", "all", "somebody");
    let (same_token, same_name) = (
        token_line("vsr_x", "all", "another"),
        token_line("vsr_y", "all", "somebody"),
    );
    for (file, said) in [
        (
            String::new(),
            "LAUNCHER_TOKENS_FILE names a file without any token",
        ),
        (
            "# later\n".to_owned(),
            "LAUNCHER_TOKENS_FILE names a file without any token",
        ),
        (
            format!("{one}{same_token}"),
            "in line 2: the token of line 1 again",
        ),
        (
            format!("{one}\n{same_name}"),
            "in line 3: the name of line 1 again",
        ),
    ] {
        refuses(stage.launcher().tokens(&file), &[said]).await;
    }
}

#[tokio::test]
async fn a_file_of_tokens_without_an_end_holds_up_no_start() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for path in [pipe.as_path(), Path::new("/dev/zero")] {
        let builder = stage
            .launcher()
            .env("LAUNCHER_AUTH", "token")
            .env("LAUNCHER_TOKENS_FILE", path);
        let said = "LAUNCHER_TOKENS_FILE names a file that cannot be read";
        refuses(builder, &[said]).await;
    }
}

#[tokio::test]
async fn a_mistake_in_what_only_a_refresh_reads_is_known_at_the_start_too() {
    let stage = Stage::with_pupils([]).await;
    for setting in [
        "KNACK_TIMEOUT_SECONDS",
        "SUPABASE_TIMEOUT_SECONDS",
        "SYNC_OUTAGE_PATIENCE_SECONDS",
        "SYNC_ANSWERS",
    ] {
        for value in ["NaN", "-1", "0", "90s", "1e9"] {
            let builder = stage.launcher().env(setting, value);
            refuses(builder, &[setting]).await;
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let stage = Stage::with_pupils([]).await;
    let builder = stage
        .launcher()
        .without_env("KNACK_API_KEY")
        .env("SUPABASE_URL", "http://canary.example")
        .env("SUPABASE_KEY", "sb_publishable_canary")
        .env("LAUNCHER_AUTH", "token,knack-token")
        .env("LAUNCHER_BIND", "canary")
        .env("LAUNCHER_CLI", "canary/relative")
        .env("LAUNCHER_MAX_RUNS", "0")
        .env("LAUNCHER_MAX_WAIT", "canary")
        .env("LAUNCHER_CORS_ORIGINS", "https://canary.example/path")
        .env("LAUNCHER_CACHE_PATTERNS", "canary")
        .env("REDIS_URL", "http://canary")
        .env("LAUNCHER_METRICS_TOKEN", "canary with spaces");
    refuses(
        builder,
        &[
            "KNACK_API_KEY is not set",
            "SUPABASE_URL must",
            "SUPABASE_KEY ",
            "LAUNCHER_BIND must",
            "LAUNCHER_TOKENS_FILE is not set",
            "KNACK_STAFF_VIEW is not set",
            "LAUNCHER_CLI must",
            "LAUNCHER_MAX_RUNS must",
            "LAUNCHER_MAX_WAIT must",
            "LAUNCHER_CORS_ORIGINS must",
            "LAUNCHER_CACHE_PATTERNS must",
            "REDIS_URL must",
            "LAUNCHER_METRICS_TOKEN ",
        ],
    )
    .await;
}

#[tokio::test]
async fn pages_of_everybody_are_not_an_origin_to_allow() {
    let stage = Stage::with_pupils([]).await;
    for origins in [
        "*",
        "null",
        "vespaacademy.knack.com",
        "https://*.knack.com",
        "http://vespaacademy.knack.com",
        "https://vespaacademy.knack.com/",
        "https://vespaacademy.knack.com,null",
    ] {
        let builder = stage.launcher().env("LAUNCHER_CORS_ORIGINS", origins);
        refuses(builder, &["LAUNCHER_CORS_ORIGINS must"]).await;
    }
}

/// Asserts that it ends at once, with one line that names all of this and repeats nothing.
async fn refuses(builder: LauncherBuilder, named: &[&str]) {
    let (code, said) = builder.refusal().await;
    assert_eq!(code, Some(EX_CONFIG), "{named:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let line: Value = serde_json::from_str(&said).expect("the log is JSON");
    let message = line["message"].as_str().expect("a message");
    for name in named {
        assert!(message.contains(name), "{name}: {message}");
    }
    assert!(!said.contains("canary"), "{said}");
}
