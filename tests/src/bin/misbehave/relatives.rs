//! Processes that it starts and leaves behind. They hold its pipes.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::waiting;

/// Somebody it leaves behind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Relative {
    /// In its process group.
    Child,
    /// In its process group, and deaf to TERM.
    Stubborn,
    /// In a session of its own, where no signal to the group reaches it.
    Fugitive,
}

impl Relative {
    const ALL: [Self; 3] = [Self::Child, Self::Stubborn, Self::Fugitive];

    fn word(self) -> &'static str {
        match self {
            Self::Child => "--as-child",
            Self::Stubborn => "--as-stubborn-child",
            Self::Fugitive => "--as-fugitive",
        }
    }

    /// Who is started with this argument.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|relative| relative.word() == word)
    }

    /// Starts one, and waits until it is what it is to be.
    pub(crate) fn start(self, link: &Path) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg0(link).arg(self.word()).spawn()?;
        let folder = link.parent().unwrap_or(link);
        waiting::until_there(&folder.join("relative"), folder);
        Ok(())
    }

    /// What it then does.
    pub(crate) fn live(self, folder: &Path) -> Result<ExitCode> {
        match self {
            Self::Child => {}
            Self::Stubborn => waiting::ignore_terminate(folder)?,
            Self::Fugitive => drop(nix::unistd::setsid()?),
        }
        waiting::leave_pid(folder, "relative")?;
        Ok(waiting::hang(folder))
    }
}
