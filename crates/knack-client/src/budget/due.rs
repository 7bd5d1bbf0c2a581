//! Remembers what is done once a day on each machine, and when it is due again. The file lies beside the budget's and
//! follows the same rules.
//!
//! While one process does what is due, the others wait for it, and then find that it is done. A file that cannot be used, or
//! whose content makes no sense, makes everything due: better done too often than not at all.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::file::{SharedFile, now, read, write};
use super::window::{Millis, millis};

const LOCK_RETRY: Duration = Duration::from_millis(50);
/// Longer than what is due takes. Whoever waited in vain does it as well.
const LOCK_PATIENCE: Duration = Duration::from_secs(8);
/// Later times were written by a clock that has since been set back.
const LATEST: Duration = Duration::from_hours(24);
/// More are not kept: several apps may share one file.
const MOST: usize = 16;

/// One thing to do, by a number that says what exactly and for whom: another number is another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due(pub u64);

/// The tasks that are due. No other process does them until this is dropped.
#[derive(Debug, Default)]
pub struct Schedule {
    /// `None` where nothing can be remembered.
    file: Option<File>,
    entries: Vec<(Due, Millis)>,
}

impl Schedule {
    pub(super) async fn open(shared: &SharedFile) -> Self {
        let opened = async {
            let mut file = shared.locked(LOCK_RETRY, LOCK_PATIENCE).await?;
            let entries = from_bytes(&read(&mut file)?, now());
            Ok::<_, io::Error>(Self {
                file: Some(file),
                entries,
            })
        };
        opened.await.unwrap_or_else(|error| {
            tracing::info!(%error, "what was done today cannot be remembered, so it is done again");
            Self::default()
        })
    }

    /// Whether this has to be done now.
    pub fn is_due(&self, what: Due) -> bool {
        !self.entries.iter().any(|(entry, _)| *entry == what)
    }

    /// It is done, and due again after this time, at most a day.
    pub fn done(&mut self, what: Due, again_in: Duration) {
        let due_at = now().saturating_add(millis(again_in.min(LATEST)));
        self.entries.retain(|(entry, _)| *entry != what);
        self.entries.push((what, due_at));
        if self.entries.len() > MOST {
            self.entries.remove(0);
        }
        let Some(file) = &mut self.file else { return };
        if let Err(error) = write(file, &to_bytes(&self.entries)) {
            tracing::info!(%error, "what was done today could not be noted, so it will be done again");
        }
    }
}

/// The tasks that are not due yet.
fn from_bytes(bytes: &[u8], now: Millis) -> Vec<(Due, Millis)> {
    let (numbers, rest) = bytes.as_chunks::<{ size_of::<u64>() }>();
    let (pairs, odd) = numbers.as_chunks::<2>();
    if !rest.is_empty() || !odd.is_empty() || pairs.len() > MOST {
        return Vec::new();
    }
    let latest = now.saturating_add(millis(LATEST));
    pairs
        .iter()
        .map(|pair| pair.map(u64::from_le_bytes))
        .filter(|[_, due_at]| *due_at > now && *due_at <= latest)
        .map(|[what, due_at]| (Due(what), due_at))
        .collect()
}

fn to_bytes(entries: &[(Due, Millis)]) -> Vec<u8> {
    let numbers = entries.iter().flat_map(|(what, due_at)| [what.0, *due_at]);
    numbers.flat_map(u64::to_le_bytes).collect()
}

#[cfg(test)]
mod tests;
