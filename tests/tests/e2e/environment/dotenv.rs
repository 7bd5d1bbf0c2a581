//! The file `.env`, which is usually shared with other programs.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use e2e::{Refresh, Stage};
use nix::sys::stat::Mode;
use tempfile::TempDir;

use super::assert_refused;

/// A refresh whose settings are in a `.env` alone, with these lines before and after them.
fn with_file(stage: &Stage, folder: &Path, before: &str, after: &str) -> Refresh {
    let settings = stage.environment();
    let lines = settings
        .map(|(name, value)| format!("{name}={value}\n"))
        .concat();
    fs::write(folder.join(".env"), format!("{before}{lines}{after}")).expect("it can be written");
    without_settings(stage, folder)
}

fn without_settings(stage: &Stage, folder: &Path) -> Refresh {
    let settings = stage.environment();
    let refresh = settings.iter().fold(stage.refresh(), |refresh, (name, _)| {
        refresh.without_env(name)
    });
    refresh.in_folder(folder)
}

#[tokio::test]
async fn a_file_that_other_programs_read_is_read() {
    let stage = Stage::with_class(2).await;
    for (before, after) in [
        ("", ""),
        ("\u{feff}", ""),
        ("\u{feff}# Shared with the dashboard\r\n\r\n", "\r\n"),
        ("MAIL_FROM=VESPA Team <x@y.test>\n", "GREETING=it's me\n"),
        (
            "hello world\nA: b\n\"C\"=d\n=e\nF=\"unclosed\n",
            "G='unclosed\n",
        ),
        (
            "PRIVATE_KEY=\"-----BEGIN\nKNACK_API_KEY=no\n-----END\"\n",
            "",
        ),
        (
            "KNACK_API_KEY=\"unclosed\nSUPABASE_KEY=first\n",
            "KNACK_TIMEOUT_SECONDS = '20' # s\n",
        ),
        ("export KNACK_TIMEOUT_SECONDS=20\n", "OTHER=caf\u{e9}\n"),
    ] {
        let folder = TempDir::new().unwrap();
        let run = with_file(&stage, folder.path(), before, after).run().await;
        assert_eq!(run.code, Some(0), "{before:?} {after:?}: {run:?}");
    }
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_named_by_its_number_and_only_ours_is_fatal() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let before = "A=1\r\nB='\r\n'\r\n";
    for line in [
        "SUPABASE_KEY=\"canary",
        "SUPABASE_KEY='canary",
        "SUPABASE_KEY=\"canary\"canary",
        "set SUPABASE_KEY=canary",
        "export \"SUPABASE_KEY\"=canary",
    ] {
        let refresh = with_file(&stage, folder.path(), before, &format!("{line}\n"));
        assert_refused(refresh, &["SUPABASE_KEY is on line 11 of the file .env"]).await;
    }
    for line in [
        "SUPABASE_KEY: canary",
        "SUPABASE_KEY canary",
        "SUPABASE_KEY",
    ] {
        fs::write(folder.path().join(".env"), format!("{before}{line}\n")).unwrap();
        let refresh = without_settings(&stage, folder.path());
        assert_refused(refresh, &["SUPABASE_KEY is on line 4 of the file .env"]).await;
        // But what sets it counts.
        let refresh = with_file(&stage, folder.path(), before, &format!("{line}\n"));
        refresh.run().await.expect_code(0);
    }

    let refresh = with_file(&stage, folder.path(), "A=1\nOTHER=\"canary\n", "");
    let run = refresh.run().await;
    run.expect_code(0);
    assert!(run.stderr.contains("lines=\"2\""), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);

    let refresh = with_file(&stage, folder.path(), "", "SUPABASE_KEY=\"canary\n");
    let refresh = refresh.env("SUPABASE_KEY", stage.secret_key());
    refresh.run().await.expect_code(0);
}

/// What may be there in the place of a file with settings.
enum What {
    Folder,
    Pipe,
    LinkTo(&'static str),
    File(Vec<u8>),
}

#[tokio::test]
async fn a_file_that_is_not_a_file_or_not_text_is_refused_and_never_waited_for() {
    let stage = Stage::with_class(1).await;
    let in_utf_16 = |text: &str| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    for (told, what) in [
        ("is a folder", What::Folder),
        ("is a pipe", What::Pipe),
        ("device", What::LinkTo("/dev/zero")),
        ("device", What::LinkTo("/dev/null")),
        (
            "is a link to a file that does not exist",
            What::LinkTo("nowhere"),
        ),
        ("UTF-8", What::File(in_utf_16("SUPABASE_KEY=canary\r\n"))),
        ("UTF-8", What::File(b"\x7fELF\x02\x01\0\0canary".to_vec())),
        ("far too large", What::File(vec![b'#'; 2_000_000])),
    ] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join(".env");
        match what {
            What::Folder => fs::create_dir(file).unwrap(),
            What::Pipe => nix::unistd::mkfifo(&file, Mode::S_IRWXU).unwrap(),
            What::LinkTo(target) => symlink(target, file).unwrap(),
            What::File(bytes) => fs::write(file, bytes).unwrap(),
        }
        let refresh = stage.refresh().in_folder(folder.path());
        assert_refused(refresh, &["the file .env", told]).await;
    }
    assert!(stage.proxy.seen().is_empty());
}

#[tokio::test]
async fn a_variable_that_is_not_utf_8_is_refused_by_name_whatever_the_file_says() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let after = "KNACK_TIMEOUT_SECONDS=20\n";
    for name in ["KNACK_TIMEOUT_SECONDS", "SUPABASE_KEY"] {
        let refresh = with_file(&stage, folder.path(), "", after);
        let refresh = refresh.env(name, OsStr::from_bytes(b"canary\xff"));
        assert_refused(refresh, &[&format!("{name} is not text in UTF-8")]).await;
    }
}
