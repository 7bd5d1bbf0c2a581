//! What was said today, in a small file, so that a restart does not say it again. Without one, only memory knows.
//!
//! What is noted was delivered. A file that cannot be read, or makes no sense, says that nothing was.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::once_a_day::{OnceADay, day};

/// Ten thousand schools fit into it.
const LARGEST: u64 = 512 * 1024;

/// The file, and what is in it.
pub(super) struct Said {
    file: Option<PathBuf>,
    today: Today,
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Today {
    day: Date,
    schools: BTreeSet<Uuid>,
}

impl Said {
    pub(super) fn open(file: Option<PathBuf>) -> Self {
        let read = file.as_ref().map(read);
        let today = match read {
            None => Today::default(),
            Some(Ok(today)) => today,
            Some(Err(error)) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "NOTIFY_STATE_FILE cannot be read, so what was said today may be said again");
                }
                Today::default()
            }
        };
        Self { file, today }
    }

    /// As far as it is of today.
    pub(super) fn once_a_day(&self) -> OnceADay {
        let mut known = OnceADay::default();
        for school in &self.today.schools {
            known.said_on(*school, self.today.day);
        }
        known
    }

    /// Something was said of these schools.
    pub(super) fn note(&mut self, schools: &[Uuid], now: Timestamp) {
        let Some(file) = &self.file else { return };
        let day = day(now);
        if self.today.day != day {
            self.today = Today {
                day,
                schools: BTreeSet::new(),
            };
        }
        self.today.schools.extend(schools);
        if let Err(error) = write(file, &self.today) {
            tracing::warn!(%error, "NOTIFY_STATE_FILE cannot be written, so after a restart what was said today may be said again");
        }
    }
}

fn read(file: &PathBuf) -> io::Result<Today> {
    let mut text = String::new();
    File::open(file)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

/// A restart in the middle finds the old one or the new one.
fn write(file: &PathBuf, today: &Today) -> io::Result<()> {
    let mut beside = file.clone().into_os_string();
    beside.push(".new");
    let mut new = File::create(&beside)?;
    new.write_all(&serde_json::to_vec(today)?)?;
    fs::rename(beside, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_today_is_known_after_a_restart_and_yesterdays_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("said"));
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let noon = "2026-11-26T12:00:00Z".parse().unwrap();
        let next_day = "2026-11-27T00:00:00Z".parse().unwrap();
        Said::open(file.clone()).note(&[one], noon);

        let mut reopened = Said::open(file.clone());
        let known = reopened.once_a_day();
        assert!(!known.may_say(one, noon) && known.may_say(other, noon));
        assert!(known.may_say(one, next_day));

        reopened.note(&[other], next_day);
        let known = Said::open(file).once_a_day();
        assert!(known.may_say(one, next_day) && !known.may_say(other, next_day));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_nothing_and_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let garbled = folder.path().join("garbled");
        fs::write(&garbled, "{\"day\": 5").unwrap();
        let now = "2026-11-26T12:00:00Z".parse().unwrap();
        for file in [
            Some(garbled),
            Some(folder.path().to_owned()),
            Some(folder.path().join("nowhere/said")),
            None,
        ] {
            let mut said = Said::open(file);
            assert!(said.once_a_day().may_say(Uuid::nil(), now));
            said.note(&[Uuid::nil()], now);
        }
    }
}
