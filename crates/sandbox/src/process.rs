//! Child processes that never outlive us.
//!
//! Owns how a server of the sandbox is started, watched and ended. Every child runs under a small guard
//! that reads our end of a pipe: when we drop it, or die in any way at all, the guard ends the child and
//! removes its folder. Must never rely on destructors alone: a killed process runs none.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::unistd::{Uid, User};

const GUARD: &str = include_str!("process/guard.sh");

/// How many bytes of a child's output go into an error. The guard keeps as many.
const TAIL: usize = 2_000;

/// What to run, and how to end it.
#[derive(Debug)]
pub(crate) struct Program {
    /// The program and its arguments. Its working folder and environment are the command's.
    pub(crate) command: Command,
    /// The signal that makes it end at once and in order.
    pub(crate) signal: &'static str,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// Removed once the program has ended.
    pub(crate) folder: Option<PathBuf>,
    /// Locked as long as the program lives.
    pub(crate) lock: Option<PathBuf>,
    /// Who it runs as, if not as us.
    pub(crate) user: Option<User>,
}

/// A running child. Dropping it ends the child and waits for that.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    guard: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program` under its guard.
    pub(crate) fn start(program: &Program) -> Result<Self> {
        let Program {
            command,
            signal,
            log,
            folder,
            lock,
            user,
        } = program;
        let name = command.get_program().to_string_lossy().into_owned();

        let mut guard = Command::new("bash");
        guard
            .args(["-c", GUARD, "guard", signal, "10"])
            .arg(log)
            .arg(folder.as_deref().unwrap_or(Path::new("")))
            .arg(lock.as_deref().unwrap_or(Path::new("")))
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(Stdio::piped()) // the death pipe
            .stdout(Stdio::piped()) // the child's last words, once it has ended
            .stderr(Stdio::null())
            .process_group(0); // a Ctrl+C meant for us reaches it as our death
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(key, value),
                None => guard.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guard.current_dir(folder);
        }
        if let Some(user) = user {
            guard.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let guard = guard
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name,
            guard,
            log: log.clone(),
        })
    }

    /// Asks `ready` again and again until it says yes, the child ends, or `limit` is over.
    pub(crate) async fn ready(
        &mut self,
        limit: Duration,
        ready: impl AsyncFn() -> bool,
    ) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.guard.try_wait()? {
                return Err(self.failure(status));
            }
            if ready().await {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "{} is not ready after {limit:?}; its last words:\n{}",
                    self.name,
                    self.tail()
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the child has ended by itself.
    pub(crate) async fn finished(&mut self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            match self.guard.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.failure(status)),
                None if Instant::now() > deadline => {
                    bail!(
                        "{} is not done after {limit:?}; its last words:\n{}",
                        self.name,
                        self.tail()
                    )
                }
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Why a child that has ended should not have, in its own last words, which the guard has kept.
    fn failure(&mut self, status: ExitStatus) -> anyhow::Error {
        let mut words = Vec::new();
        if let Some(mut stdout) = self.guard.stdout.take() {
            let _ = stdout.read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        anyhow!(
            "{} ended ({status}); its last words:\n{}",
            self.name,
            words.trim()
        )
    }

    /// What a child that still runs has said so far.
    fn tail(&self) -> String {
        let output = fs::read(&self.log).unwrap_or_default();
        let start = output.len().saturating_sub(TAIL);
        String::from_utf8_lossy(&output[start..]).trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // The guard bounds the wait itself: it kills what does not end in time.
        let _ = self.guard.wait();
    }
}

/// A new private folder, which the guard of the process that gets it removes.
pub(crate) fn private_folder(name: &str, owner: Option<&User>) -> Result<PathBuf> {
    let folder = tempfile::Builder::new()
        .prefix(&format!("sandbox-{name}-"))
        .tempdir()
        .context("cannot make a temporary folder")?
        .keep();
    if let Some(owner) = owner {
        chown(&folder, Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))
            .with_context(|| format!("cannot give {} to {}", folder.display(), owner.name))?;
    }
    Ok(folder)
}

/// The user that a server refusing to run as root runs as: `None` when we are not root anyway.
pub(crate) fn unprivileged_user(name: &str) -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let user = User::from_name(name)?.with_context(|| format!("there is no user {name}"))?;
    Ok(Some(user))
}

/// A port that was free a moment ago. Another process may take it first: see [`port_was_taken`].
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Whether a start failed because another process took the port between our choice and the child's start.
pub(crate) fn port_was_taken(error: &anyhow::Error) -> bool {
    format!("{error:#}")
        .to_lowercase()
        .contains("already in use")
}
