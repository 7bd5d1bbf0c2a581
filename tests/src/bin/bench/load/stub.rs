//! The program in the place of the refresh. It is started through a link, whose folder tells it what to do, and where it leaves
//! word of what it did (tests/src/bin/misbehave).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::launcher::Launcher;
use crate::measure::Bench;

/// The folder of the link.
pub(super) struct Stub(TempDir);

impl Stub {
    pub(super) fn that(behaviour: &str) -> Result<Self> {
        let folder = TempDir::new()?;
        let program = std::env::current_exe()?.with_file_name("misbehave");
        symlink(program, folder.path().join("refresh"))?;
        fs::write(folder.path().join("behaviour"), behaviour)?;
        Ok(Self(folder))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("refresh")
    }

    /// Lets it go on.
    pub(super) fn may_go_on(&self) -> Result<()> {
        Ok(fs::write(self.0.path().join("go"), "")?)
    }

    /// Whether it was ever started.
    pub(super) fn was_started(&self) -> bool {
        self.0.path().join("pid").exists()
    }

    /// When it began or ended, in microseconds since 1970.
    pub(super) fn time(&self, of: &str) -> Result<u64> {
        let written = fs::read_to_string(self.0.path().join(of))?;
        written
            .parse()
            .with_context(|| format!("no time: {written}"))
    }

    /// A launcher that starts it.
    pub(super) async fn launcher(
        &self,
        bench: &Bench,
        program: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Launcher> {
        let path = self.path().display().to_string();
        let own = [
            ("LAUNCHER_CLI", path.as_str()),
            ("LAUNCHER_REQUESTS_PER_MINUTE", "1000000"),
        ];
        Launcher::start(bench, program, &[&own[..], settings].concat()).await
    }
}
