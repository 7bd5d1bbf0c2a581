//! What replaces `sync-single-establishment` in tests of the launcher, and does what no such program should.
//!
//! It is started through a link: the folder of the link is where it is told how to behave (file `behaviour`), where it
//! leaves its process id (`pid`), and where it is told that it may finish (`go`). So it needs no argument and no variable
//! of its own, and the launcher treats it as it treats the real one. Whatever it does, it ends when that folder is gone.

mod account;
mod dictated;
mod noise;
mod relatives;
mod timed;
mod version;
mod waiting;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, raise};
use sync_protocol::{KnackRecordId, Phase, ProgressEvent};
use uuid::Uuid;

use relatives::Relative;

/// Between two events of one who keeps telling.
const TELLING_PAUSE: Duration = Duration::from_millis(50);

/// One start of it.
struct Refresh {
    /// Where it was started: the link's path.
    link: PathBuf,
    folder: PathBuf,
    establishment: KnackRecordId,
    run_id: Uuid,
}

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    let link = PathBuf::from(arguments.first().context("a program has a name")?);
    let folder = link.parent().context("a link lies in a folder")?.to_owned();
    if let Some(relative) = arguments.get(1).and_then(|word| Relative::of(word)) {
        return relative.live(&folder);
    }
    if arguments.get(1).is_some_and(|word| word == "--version") {
        return version::answer(&link, &folder);
    }
    let value = |name: &str| arguments.iter().find_map(|word| word.strip_prefix(name));
    let run_id = std::env::vars().find(|(name, _)| name == "SYNC_RUN_ID");
    let refresh = Refresh {
        establishment: value("--establishment-id=")
            .context("it is told which school")?
            .parse()?,
        run_id: run_id.context("it is told which run")?.1.parse()?,
        link,
        folder,
    };
    let behaviour = fs::read_to_string(refresh.folder.join("behaviour"))?;
    waiting::leave_pid(&refresh.folder, "pid")?;
    refresh.behave(&behaviour)
}

impl Refresh {
    fn keep_telling(&self, pause: Duration) -> Result<ExitCode> {
        waiting::end_with_stdin();
        noise::tell_until(pause, || waiting::is_told(&self.folder))?;
        self.succeed()
    }

    fn behave(&self, behaviour: &str) -> Result<ExitCode> {
        match behaviour {
            // As it should.
            "behaves" => self.succeed(),
            "waits" => {
                waiting::end_with_stdin();
                let phase = Phase::Fetching;
                noise::tell(&ProgressEvent::Phase { phase })?;
                waiting::until_told(&self.folder);
                self.succeed()
            }
            "keeps telling" => self.keep_telling(TELLING_PAUSE),
            "keeps flooding with events" => self.keep_telling(Duration::ZERO),

            // It does not end.
            "hangs" => Ok(waiting::hang(&self.folder)),
            "ignores TERM" => {
                waiting::ignore_terminate(&self.folder)?;
                Ok(waiting::hang(&self.folder))
            }
            "stops itself" => {
                raise(Signal::SIGSTOP)?;
                Ok(waiting::hang(&self.folder))
            }
            "closes its pipes and hangs" => {
                let nothing = fs::File::create("/dev/null")?;
                nix::unistd::dup2_stdout(&nothing)?;
                nix::unistd::dup2_stderr(&nothing)?;
                Ok(waiting::hang(&self.folder))
            }
            "floods stdout without end" => noise::flood_without_end(std::io::stdout().lock()),
            "floods stderr without end" => noise::flood_without_end(std::io::stderr().lock()),

            "floods both without end" => {
                std::thread::spawn(|| noise::flood_without_end(std::io::stdout()));
                noise::flood_without_end(std::io::stderr().lock())
            }

            // It says too much.
            "floods stdout" => {
                noise::flood(std::io::stdout().lock())?;
                self.succeed()
            }
            "floods stderr" => {
                noise::flood(std::io::stderr().lock())?;
                self.succeed()
            }
            "floods with events" => {
                noise::flood_of_events()?;
                self.succeed()
            }
            "says one long line" => {
                noise::one_long_line()?;
                self.succeed()
            }
            "babbles" => {
                noise::babble(self.establishment, self.run_id)?;
                self.succeed()
            }
            "tells secrets on stderr" => {
                noise::tell_secrets(std::io::stderr().lock())?;
                self.succeed()
            }
            "tells secrets on stdout" => {
                noise::tell_secrets(std::io::stdout().lock())?;
                Ok(ExitCode::SUCCESS)
            }

            // It leaves somebody behind.
            "leaves a child" => {
                Relative::Child.start(&self.link)?;
                self.succeed()
            }
            "leaves a child in a session of its own" => {
                Relative::Fugitive.start(&self.link)?;
                self.succeed()
            }
            "hangs with a child that ignores TERM" => {
                Relative::Stubborn.start(&self.link)?;
                Ok(waiting::hang(&self.folder))
            }

            // It crashes.
            "crashes" => crash(),
            "crashes after its summary" => {
                noise::say(&self.summary().to_string())?;
                crash()
            }
            "is killed" => {
                raise(Signal::SIGKILL)?;
                bail!("nobody survives that")
            }

            // Its summary is none, or none that can be believed.
            other => match account::of(other, self.summary()) {
                Some((said, exit)) => {
                    std::io::stdout().write_all(&said)?;
                    Ok(ExitCode::from(exit))
                }
                None if timed::does(other, &self.folder)? => self.succeed(),
                None if dictated::does(other, self.summary(), &self.folder)? => {
                    Ok(ExitCode::SUCCESS)
                }
                None => bail!("nobody knows how to behave like {other:?}"),
            },
        }
    }

    /// What a refresh of a school without students says.
    fn summary(&self) -> serde_json::Value {
        account::summary(self.establishment, self.run_id)
    }

    fn succeed(&self) -> Result<ExitCode> {
        noise::say(&self.summary().to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Ended as by a bug.
fn crash() -> Result<ExitCode> {
    // Rust takes note of the first, in case it means that a stack is too small, and then leaves it to the system.
    raise(Signal::SIGSEGV)?;
    raise(Signal::SIGSEGV)?;
    bail!("nobody survives that")
}
