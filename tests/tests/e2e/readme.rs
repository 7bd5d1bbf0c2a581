//! README is true: its command lines work as they stand, and its table of exit codes is the program's.

use std::process::Stdio;

use e2e::{Refresh, Stage};
use sync_protocol::{ErrorCode, Signal, SyncExit};

const README: &str = include_str!("../../../README.md");
const EXAMPLE_SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

#[tokio::test]
async fn every_refresh_in_the_readme_works_as_written() {
    let stage = Stage::with_pupils([]).await;
    let lines: Vec<&str> = README
        .lines()
        .filter(|line| line.starts_with("sync-single-establishment "))
        .collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        // The program by its own path, the example's school replaced by one of this world.
        let shell = line
            .replacen("sync-single-establishment", "\"$0\" \"$@\"", 1)
            .replace(&format!("--establishment-id {EXAMPLE_SCHOOL}"), "");
        let is_refresh = line.contains(EXAMPLE_SCHOOL);
        let program = if is_refresh {
            stage.refresh()
        } else {
            Refresh::bare()
        }
        .into_command();
        let program = program.as_std();
        let output = tokio::process::Command::new("sh")
            .args(["-c", &shell])
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let failures = [
        ErrorCode::Usage,
        ErrorCode::Configuration,
        ErrorCode::EstablishmentNotFound,
        ErrorCode::KnackRefused,
        ErrorCode::KnackUnavailable,
        ErrorCode::SupabaseRefused,
        ErrorCode::SupabaseUnavailable,
        ErrorCode::BadData,
        ErrorCode::Internal,
        ErrorCode::Deadline,
    ];
    for failure in failures {
        let code = SyncExit::Failed(failure).code();
        let name = serde_json::to_value(failure).unwrap();
        let row = format!("| {code} | `{}` |", name.as_str().unwrap());
        assert!(README.contains(&row), "{row}");
    }
    let [interrupted, terminated] =
        [Signal::Interrupt, Signal::Terminate].map(|signal| SyncExit::Cancelled(signal).code());
    assert!(README.contains(&format!("| {interrupted}, {terminated} | `cancelled` |")));
    assert!(README.contains(&format!(
        "| {} | (`partial: true`) |",
        SyncExit::Partial.code()
    )));
}

#[test]
fn every_script_and_file_it_names_is_there() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let scripts = README
        .split_whitespace()
        .filter(|word| word.starts_with("scripts/"));
    let links = README
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let paths = scripts.chain(links.filter(|link| !link.starts_with("http")));
    for path in paths {
        let path = path.trim_end_matches(|c: char| !c.is_alphanumeric());
        assert!(std::path::Path::new(root).join(path).exists(), "{path}");
    }
}
