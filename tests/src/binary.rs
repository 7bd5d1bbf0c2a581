//! Running the real `sync-single-establishment`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use tokio::io::AsyncWriteExt;
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

    /// The same with a network and mounts of its own, which `preparation` arranges as if it were root. `None` where this
    /// machine does not let anybody have that.
    ///
    /// # Panics
    /// If the program is missing.
    pub fn bare_apart(preparation: &str) -> Option<Self> {
        Self::unshared(&["--net", "--mount"], preparation)
    }

    /// The same with mounts of its own alone.
    ///
    /// # Panics
    /// If the program is missing.
    pub fn bare_on_own_mounts(preparation: &str) -> Option<Self> {
        Self::unshared(&["--mount"], preparation)
    }

    fn unshared(what: &[&str], preparation: &str) -> Option<Self> {
        let with_shell = |command: &str| {
            let words = ["--map-root-user"].iter().chain(what);
            let words = words.chain(&["/bin/sh", "-c"]).copied();
            words
                .map(str::to_owned)
                .chain([command.to_owned()])
                .collect::<Vec<_>>()
        };
        let tried = std::process::Command::new("unshare")
            .args(with_shell(preparation))
            .output();
        if !tried.is_ok_and(|tried| tried.status.success()) {
            return None;
        }
        let mut command = TokioCommand::new("unshare");
        command
            .args(with_shell(&format!("{preparation} && exec \"$0\" \"$@\"")))
            .arg(program("sync-single-establishment"));
        Some(Self::of(command))
    }

    fn of(mut command: TokioCommand) -> Self {
        sandbox::time_limit::watch();
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

    /// Starts it in this working folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
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

    /// Runs it to its end with this on stdin, and nothing after it.
    pub async fn run_with(mut self, stdin: &str) -> Run {
        self.command.stdin(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary starts");
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        // Whoever does not read it may be gone already.
        drop(pipe.write_all(stdin.as_bytes()).await);
        drop(pipe);
        Run::from(
            child
                .wait_with_output()
                .await
                .expect("its output can be read"),
        )
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

/// The path of one of the workspace's programs, which cargo builds only for the package that it tests: all others are built
/// before.
///
/// # Panics
/// If it is missing, or older than its source: it would not be what is to be tested.
pub fn program(name: &str) -> PathBuf {
    sandbox::time_limit::watch();
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests lie in target/debug/deps");
    let program = folder.join(name);
    assert!(
        is_up_to_date(&program).unwrap_or(false),
        "{name} is missing or older than its source: run `cargo build --workspace --bins` first"
    );
    program
}

/// Whether it is younger than each file that cargo has made it of.
fn is_up_to_date(program: &Path) -> std::io::Result<bool> {
    let built = program.metadata()?.modified()?;
    let made_of = std::fs::read_to_string(program.with_extension("d"))?;
    let sources = made_of.split_whitespace().skip(1).map(Path::new);
    // A source that is gone is no longer part of it, or its user does not compile.
    let changes = sources.filter_map(|source| source.metadata().ok()?.modified().ok());
    Ok(changes.into_iter().all(|changed| changed <= built))
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
