//! Since when a row is known to be as it was read.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What was read so recently need not be read again.
const FRESH: Duration = Duration::from_secs(1);

/// When a row was last found to be as it was.
#[derive(Debug, Default)]
pub(super) struct LastRead(Cell<Option<Instant>>);

impl LastRead {
    pub(super) fn is_fresh(&self) -> bool {
        self.0.get().is_some_and(|read| read.elapsed() < FRESH)
    }

    pub(super) fn renew(&self) {
        self.0.set(Some(Instant::now()));
    }
}
