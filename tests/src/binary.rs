//! Running the real `sync-single-establishment`.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tokio::process::Command as TokioCommand;

use crate::{Run, Running};

/// The command line under test, in an environment of its own.
pub struct Refresh {
    command: TokioCommand,
}

impl Refresh {
    /// With no argument and no setting.
    pub fn bare() -> Self {
        Self::of(TokioCommand::new(program("sync-single-establishment")))
    }

    /// The same, after a shell has run `preparation` in its process.
    pub fn bare_after(preparation: &str) -> Self {
        let mut shell = TokioCommand::new("/bin/sh");
        let script = format!("{preparation} && exec \"$0\" \"$@\"");
        shell
            .args(["-c", &script])
            .arg(program("sync-single-establishment"));
        Self::of(shell)
    }

    fn of(mut command: TokioCommand) -> Self {
        command
            .env_clear()
            .current_dir(empty_folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self { command }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sends its stderr somewhere else than into [`Run::stderr`].
    #[must_use]
    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stderr(to);
        self
    }

    /// Runs it to its end.
    pub async fn run(mut self) -> Run {
        let output = self.command.output().await.expect("the binary starts");
        Run::from(output)
    }

    /// Starts it and leaves it running, its stdin open.
    pub fn start(mut self) -> Running {
        self.command.stdin(Stdio::piped());
        Running::new(self.command.spawn().expect("the binary starts"))
    }

    /// The command itself, for tests that send signals or hold its pipes.
    pub fn into_command(self) -> TokioCommand {
        self.command
    }
}

/// The path of one of the workspace's programs.
pub fn program(name: &str) -> PathBuf {
    programs().join(name)
}

/// Built once for the process, as cargo builds binaries only of the package it tests.
fn programs() -> &'static PathBuf {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--locked", "--workspace", "--bins"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        // What cargo tells a test about its package would make some build scripts, and all that needs them, run anew.
        for (name, _) in std::env::vars_os() {
            let told = name.as_encoded_bytes();
            if told.starts_with(b"CARGO_PKG_") || told.starts_with(b"CARGO_MANIFEST_") {
                cargo.env_remove(name);
            }
        }
        let built = cargo.status().expect("cargo runs");
        assert!(built.success(), "the programs build");
        let test = std::env::current_exe().expect("a test has a path");
        let folder = test
            .ancestors()
            .nth(2)
            .expect("tests lie in target/debug/deps");
        folder.to_owned()
    })
}

/// A working folder without a `.env`.
pub(crate) fn empty_folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("vespa-e2e-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    })
}
