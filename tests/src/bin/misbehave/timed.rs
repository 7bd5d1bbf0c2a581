//! What it does by the clock, for those who measure the launcher: when it began, when it ended, and events that say when they
//! were told.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use sync_protocol::{Phase, ProgressEvent};

use super::{noise, waiting};

const EVENTS: u32 = 20;
const BETWEEN_EVENTS: Duration = Duration::from_millis(100);

/// Does it, if that is how it is to behave. It has yet to print its summary then.
pub(crate) fn does(behaviour: &str, folder: &Path) -> Result<bool> {
    match behaviour {
        "times itself" => fs::write(folder.join("begun"), microseconds().to_string())?,
        "tells twenty events" => tell_events()?,
        "tells twenty events once told" => {
            waiting::end_with_stdin();
            waiting::until_told(folder);
            tell_events()?;
        }
        _ => return Ok(false),
    }
    fs::write(folder.join("ended"), microseconds().to_string())?;
    Ok(true)
}

fn tell_events() -> Result<()> {
    for _ in 0..EVENTS {
        let (phase, done) = (Phase::Fetching, microseconds());
        noise::tell(&ProgressEvent::Progress {
            phase,
            done,
            total: done,
        })?;
        std::thread::sleep(BETWEEN_EVENTS);
    }
    Ok(())
}

/// Since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "another program compares it with its own clock"
)]
fn microseconds() -> u64 {
    Timestamp::now()
        .as_microsecond()
        .try_into()
        .unwrap_or_default()
}
