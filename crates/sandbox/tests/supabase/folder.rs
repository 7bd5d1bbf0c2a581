//! One world at a time lives in a folder, and a caller that cannot have it gets a sentence that says so.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

use crate::processes::announced;

/// A world whose rows are in this folder, in which this shell command runs.
fn world(folder: &Path, command: &str) -> Command {
    let mut world = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    world
        .args(["run", "--latency", "none", "--data"])
        .arg(folder)
        .args(["--", "sh", "-c", command])
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    world
}

/// One that lives until its stdin ends.
fn lasting(folder: &Path) -> Child {
    let world = world(folder, "echo folder: up; cat").spawn();
    world.expect("the sandbox starts")
}

fn expect_sentence(output: &Output, begin: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("DEMO_DATA=/another/folder"), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// When each file of the folder was changed last.
fn changes(folder: &Path) -> BTreeMap<String, SystemTime> {
    let entries = std::fs::read_dir(folder.join("supabase")).expect("a project");
    let entries = entries.chain(std::fs::read_dir(folder).expect("a folder"));
    entries
        .map(|entry| {
            let entry = entry.expect("a file");
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            let name = entry.path().display().to_string();
            (name, changed.expect("a time"))
        })
        // The live database writes there.
        .filter(|(name, _)| !name.ends_with("/rows") && !name.ends_with("output.log"))
        .collect()
}

#[test]
fn a_folder_in_use_is_named_and_left_alone_and_free_again_when_its_world_is_killed() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let mut first = lasting(&folder);
    announced(&mut first, "folder: ");
    let before = changes(&folder);

    let second = world(&folder, "true").output().unwrap();

    let named = format!("The demo already runs in {},", folder.display());
    expect_sentence(&second, &named);
    assert_eq!(changes(&folder), before);
    first.kill().unwrap(); // SIGKILL: no destructor runs
    first.wait().unwrap();
    let third = world(&folder, "true").output().unwrap();
    assert_eq!(third.status.code(), Some(0), "{third:?}");
}

#[test]
fn of_two_worlds_started_at_once_in_a_folder_one_works() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("new");
    let mut both = [lasting(&folder), lasting(&folder)];

    // The one that cannot have it ends, and so does its stdout.
    let [first, second] = &mut both;
    let first_works = std::thread::scope(|scope| {
        let second_works = scope.spawn(|| is_up(second));
        let works = is_up(first);
        assert_ne!(works, second_works.join().unwrap());
        works
    });

    let [first, second] = both;
    let (worked, refused) = if first_works {
        (first, second)
    } else {
        (second, first)
    };
    expect_sentence(
        &refused.wait_with_output().unwrap(),
        "The demo already runs in ",
    );
    let worked = worked.wait_with_output().unwrap();
    assert_eq!(worked.status.code(), Some(0), "{worked:?}");
}

/// Whether its command begins.
fn is_up(world: &mut Child) -> bool {
    let stdout = world.stdout.as_mut().expect("its stdout");
    let mut first = [0; 11];
    stdout.read_exact(&mut first).is_ok()
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let parent = TempDir::new().unwrap();
    let file = parent.path().join("file");
    std::fs::write(&file, "").unwrap();
    for folder in [
        file.clone(),
        file.join("below"),
        "/proc/self".into(),
        "/proc/none".into(),
    ] {
        let output = world(&folder, "true").output().unwrap();
        let named = format!("The demo cannot keep its rows in {} (", folder.display());
        expect_sentence(&output, &named);
    }
}
