//! Several schools, a launcher that serves them with a token that covers no others, and the commands that call it.

use std::process::Stdio;
use std::time::Duration;

use e2e::{Launcher, LauncherBuilder, Run, Stage, program, token_line};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

pub(crate) const TOKEN: &str = "vsr_of_the_fleet";
/// Long enough for every command of a test.
const PATIENCE: Duration = Duration::from_mins(2);

/// Some schools of one Supabase; the first has two pupils.
pub(crate) struct Fleet {
    pub(crate) stage: Stage,
    pub(crate) ids: Vec<String>,
}

impl Fleet {
    pub(crate) async fn of(schools: usize) -> Self {
        let stage = Stage::with_class(2).await;
        let mut ids = vec![stage.knack_id.clone()];
        for n in 1..schools {
            let id = format!("{n:04x}{}", &stage.knack_id[4..]);
            let school = json!({ "knack_id": id, "name": format!("Branch {n}") });
            stage.db.insert("establishments", &school).await;
            ids.push(id);
        }
        Self { stage, ids }
    }

    /// A launcher that knows a token for these schools.
    pub(crate) fn launcher(&self) -> LauncherBuilder {
        self.with_token(self.stage.launcher())
    }

    pub(crate) fn with_token(&self, launcher: LauncherBuilder) -> LauncherBuilder {
        launcher.tokens(&token_line(TOKEN, &self.ids.join(","), "fleet"))
    }
}

/// `sync-launcher` with these arguments, for a launcher at this address.
pub(crate) fn command(url: &str, line: &str) -> Command {
    let mut command = Command::new(program("sync-launcher"));
    command
        .args(line.split(' '))
        .env_clear()
        .env("LAUNCHER_URL", url)
        .env("LAUNCHER_TOKEN", TOKEN)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Waits for its end.
pub(crate) async fn ended(child: Child) -> Run {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    output
        .expect("it ends")
        .expect("it can be waited for")
        .into()
}

pub(crate) async fn run(launcher: &Launcher, line: &str) -> Run {
    ended(command(launcher.url(), line).spawn().expect("it starts")).await
}

/// The one document on stdout.
pub(crate) fn document(run: &Run) -> Value {
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// The outcomes of the schools, in the order of their names.
pub(crate) fn outcomes(document: &Value) -> Vec<&str> {
    let schools = document["schools"].as_array().expect("it lists schools");
    let outcome = |school: &'_ Value| school["outcome"].as_str().map(str::len);
    assert!(schools.iter().all(|school| outcome(school).is_some()));
    schools
        .iter()
        .filter_map(|school| school["outcome"].as_str())
        .collect()
}

/// Asserts that a person would get one line of mail that says all of this.
#[track_caller]
pub(crate) fn assert_one_sentence(run: &Run, code: i32, says: &[&str]) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert_eq!(run.stdout, "", "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.trim_end().ends_with('.'), "{run:?}");
    for part in says {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
}
