//! What it answers to `--version`, by which the launcher finds out whether it can be run at all: what the real one answers,
//! unless the file `version` says otherwise. The file `asked` has one dot for each time that it was asked.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::noise::{self, say};
use crate::relatives::Relative;
use crate::waiting;

const NAME: &str = "sync-single-establishment 0.0.0";

pub(crate) fn answer(link: &Path, folder: &Path) -> Result<ExitCode> {
    let mut asked = OpenOptions::new();
    let mut asked = asked.append(true).create(true).open(folder.join("asked"))?;
    asked.write_all(b".")?;
    let Ok(behaviour) = fs::read_to_string(folder.join("version")) else {
        say(NAME)?;
        return Ok(ExitCode::SUCCESS);
    };
    match behaviour.as_str() {
        "fails" => {
            say(NAME)?;
            Ok(ExitCode::FAILURE)
        }
        "is another" => {
            say("another-program 0.0.0")?;
            Ok(ExitCode::SUCCESS)
        }
        "floods" => noise::flood_without_end(std::io::stdout().lock()),
        "hangs with a child that ignores TERM" => {
            say(NAME)?;
            waiting::leave_pid(folder, "pid")?;
            Relative::Stubborn.start(link)?;
            Ok(waiting::hang(folder))
        }
        other => bail!("nobody knows a version like {other:?}"),
    }
}
