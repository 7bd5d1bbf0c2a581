//! What surrounds the launcher: its `.env` file, the machine's certificates and proxies, the file of tokens. What is wrong
//! there is exit code 78 with the remedy, and nothing there can keep it waiting.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use e2e::{Gatekeeper, LauncherBuilder, Stage, token_line, until};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use tempfile::TempDir;

async fn assert_refused(launcher: LauncherBuilder, told: &[&str]) {
    let (code, said) = launcher.refusal().await;
    assert_eq!(code, Some(78), "{said}");
    for text in told {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(!said.contains("canary") && !said.contains("bug"), "{said}");
}

#[tokio::test]
async fn a_file_with_another_programs_lines_is_read_and_a_line_of_ours_is_named_by_its_number() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(".env");
    let settings = stage.environment();
    let lines = stage
        .environment()
        .map(|(name, value)| format!("{name}=\"{value}\"\r\n"))
        .concat();
    let before = "\u{feff}MAIL_FROM=VESPA Team <x@y.test>\r\nOTHER=\"canary\r\n";
    fs::write(&file, format!("{before}{lines}")).unwrap();
    let launcher = || {
        let launcher = settings
            .iter()
            .fold(stage.launcher(), |launcher, (name, _)| {
                launcher.without_env(name)
            });
        launcher.in_folder(folder.path())
    };
    let running = launcher().start().await;
    running.refresh(&stage.knack_id).await.expect_status(200);

    fs::write(&file, format!("{before}{lines}LAUNCHER_MAX_RUNS='canary\n")).unwrap();
    assert_refused(
        launcher(),
        &["LAUNCHER_MAX_RUNS is on line 10 of the file .env"],
    )
    .await;
}

#[tokio::test]
async fn a_misspelt_setting_is_named_at_the_start_with_the_nearest_one_and_never_its_value() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let file = "OTHER_PROGRAM=1\nLAUNCHER_MAX_RUN=canary\n";
    fs::write(folder.path().join(".env"), file).unwrap();
    let launcher = stage.launcher().in_folder(folder.path());
    let launcher = launcher
        .env("LAUNCHER_TRUSTED_PROXY", "canary")
        .start()
        .await;

    let warnings: Vec<String> = launcher
        .log()
        .into_iter()
        .filter(|line| line.contains("is not a setting"))
        .collect();

    let [runs, proxy] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    for (line, name, nearest) in [
        (runs, "LAUNCHER_MAX_RUN ", "LAUNCHER_MAX_RUNS"),
        (proxy, "LAUNCHER_TRUSTED_PROXY ", "LAUNCHER_TRUSTED_PROXIES"),
    ] {
        for text in ["\"WARN\"", name, nearest] {
            assert!(line.contains(text), "{text}: {line}");
        }
    }
    assert!(!launcher.log().concat().contains("canary"));
    assert!(!launcher.log().concat().contains("OTHER_PROGRAM"));
}

#[tokio::test]
async fn a_file_that_is_a_folder_or_a_pipe_is_78() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(".env");
    fs::create_dir(&file).unwrap();
    let launcher = || stage.launcher().in_folder(folder.path());
    assert_refused(launcher(), &["the file .env", "is a folder"]).await;
    fs::remove_dir(&file).unwrap();
    nix::unistd::mkfifo(&file, Mode::S_IRWXU).unwrap();
    assert_refused(launcher(), &["the file .env", "is a pipe"]).await;
}

#[tokio::test]
async fn certificates_that_are_not_there_are_78_with_the_remedy() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let fifo = folder.path().join("fifo");
    nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    for (name, value) in [
        ("SSL_CERT_FILE", Path::new("/nonexistent/canary")),
        ("SSL_CERT_FILE", Path::new("")),
        ("SSL_CERT_FILE", Path::new("/dev/null")),
        ("SSL_CERT_FILE", &fifo),
        ("SSL_CERT_DIR", Path::new("/nonexistent/canary")),
        ("SSL_CERT_DIR", folder.path()),
    ] {
        assert_refused(stage.launcher().env(name, value), &[name, "unset it"]).await;
    }
}

#[tokio::test]
async fn neither_it_nor_its_refresh_asks_this_machine_through_a_proxy() {
    let stage = Stage::with_class(2).await;
    let proxy = Gatekeeper::start();
    let launcher = ["http_proxy", "https_proxy", "all_proxy"]
        .into_iter()
        .flat_map(|name| [name.to_owned(), name.to_uppercase()])
        .fold(stage.launcher(), |launcher, name| {
            launcher.env(&name, proxy.url())
        });

    let launcher = launcher.start().await;

    launcher.refresh(&stage.knack_id).await.expect_status(200);
    launcher.get("/api/sync/status").await;
    assert!(proxy.is_alone());
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

#[tokio::test]
async fn a_file_of_tokens_that_is_a_pipe_is_refused_and_never_waited_for() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("tokens");
    let launcher = || {
        let launcher = stage.launcher().env("LAUNCHER_AUTH", "token");
        launcher.env("LAUNCHER_TOKENS_FILE", &file)
    };
    nix::unistd::mkfifo(&file, Mode::S_IRWXU).unwrap();
    assert_refused(launcher(), &["LAUNCHER_TOKENS_FILE", "pipe"]).await;
    fs::remove_file(&file).unwrap();
    symlink("/dev/zero", &file).unwrap();
    assert_refused(launcher(), &["LAUNCHER_TOKENS_FILE", "device"]).await;

    // Those that were read before stay in force, and nothing else waits.
    fs::remove_file(&file).unwrap();
    fs::write(&file, token_line("good", "all", "office")).unwrap();
    let running = launcher().start().await;
    fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, Mode::S_IRWXU).unwrap();
    running.signal(Signal::SIGHUP);
    until("it is told", || {
        let log = running.log();
        log.iter().any(|line| line.contains("stay in force"))
    })
    .await;
    let request = running.refresh_request(&stage.knack_id).bearer_auth("good");
    running.send(request).await.expect_status(200);
}

#[tokio::test]
async fn a_variable_that_is_not_utf_8_is_refused_by_name_whatever_the_file_says() {
    let stage = Stage::with_pupils([]).await;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), "LAUNCHER_AUTH=none\n").unwrap();
    // The last one is only handed on to the refresh.
    for name in ["LAUNCHER_AUTH", "KNACK_API_KEY", "TZ"] {
        let launcher = stage.launcher().in_folder(folder.path());
        let launcher = launcher.env(name, OsStr::from_bytes(b"canary\xff"));
        assert_refused(launcher, &[&format!("{name} is not text in UTF-8")]).await;
    }
}
