//! Tells the program which commit it is built from: what `VESPA_COMMIT` says or, in a release build, what git says. Other builds
//! do not depend on it, so that a commit does not make them anew.

use std::path::Path;
use std::process::Command;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script through its environment"
)]
fn main() {
    println!("cargo::rerun-if-env-changed=VESPA_COMMIT");
    let given = std::env::var("VESPA_COMMIT").ok();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = match given.filter(|commit| !commit.is_empty()) {
        Some(commit) => Some(commit),
        None if is_release => of_git(),
        None => None,
    };
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=VESPA_COMMIT={commit}");
}

fn of_git() -> Option<String> {
    let log = "../../.git/logs/HEAD";
    if Path::new(log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| commit.trim().to_owned())
}
