//! Tells a program which commit it is built from: `VESPA_COMMIT`, where a build without the repository sets it; otherwise, in
//! release builds, what git says; otherwise `unknown`. A development build does not ask git, since every commit would rebuild it.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "cargo and its build scripts talk by stdout and the environment"
)]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=VESPA_COMMIT");
    println!("cargo:rerun-if-changed=../../build/commit.rs");
    let commit = env::var("VESPA_COMMIT").ok().or_else(of_repository);
    let commit = commit.filter(|commit| is_commit(commit));
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=VESPA_COMMIT={commit}");
}

fn of_repository() -> Option<String> {
    // Not that of a repository around this one.
    let is_repository = Path::new("../../.git").exists();
    if env::var("PROFILE").as_deref() != Ok("release") || !is_repository {
        return None;
    }
    // Written by every commit and every switch of branches.
    let log = "../../.git/logs/HEAD";
    if Path::new(log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    let said = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let said = said.status.success().then_some(said.stdout)?;
    Some(String::from_utf8(said).ok()?.trim().to_owned())
}

fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit())
}
