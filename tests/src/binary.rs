//! Running the real `sync-single-establishment`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
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

    /// With no argument and no setting, on a network whose name server never answers. `None` where this machine does not let
    /// anybody make a network of their own.
    ///
    /// # Panics
    /// If it cannot be tried.
    pub fn bare_without_names() -> Option<Self> {
        const OWN_NETWORK: [&str; 3] = ["--map-root-user", "--net", "--mount"];
        // What is sent to 10.8.0.1 leaves by the loopback device and so arrives where nobody is meant.
        const PREPARATION: &str = "ip link set lo up \
            && ip address add 10.9.9.1/32 dev lo && ip route add 10.8.0.1/32 dev lo src 10.9.9.1 \
            && mount -t tmpfs none /mnt && echo nameserver 10.8.0.1 >/mnt/resolv.conf \
            && mount --bind /mnt/resolv.conf /etc/resolv.conf";
        let is_possible = std::process::Command::new("unshare")
            .args(OWN_NETWORK)
            .args(["/bin/sh", "-c", PREPARATION])
            .output()
            .is_ok_and(|tried| tried.status.success());
        if !is_possible {
            return None;
        }
        let mut command = TokioCommand::new("unshare");
        let script = format!("{PREPARATION} && exec \"$0\" \"$@\"");
        command
            .args(OWN_NETWORK)
            .args(["/bin/sh", "-c", &script])
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
