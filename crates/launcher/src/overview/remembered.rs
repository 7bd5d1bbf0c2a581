//! Remembers for a moment what was read of a school and its year: many of its staff may open the page at once, and
//! someone with many schools goes back and forth between them. It is read again after a run has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashboard::SchoolYear;
use moka::future::Cache;
use sync_protocol::AcademicYear;
use uuid::Uuid;

const FOR: Duration = Duration::from_secs(30);
const MOST: u64 = 500;

/// Values by school and year. Those who ask for one at the same time wait for one reading.
pub(super) struct Remembered<T> {
    values: Cache<(Uuid, AcademicYear, u64), T>,
    /// Part of every key, so that what was read while a run ended is not taken for what it left.
    runs_ended: Mutex<HashMap<Uuid, u64>>,
}

impl<T: Clone + Send + Sync + 'static> Remembered<T> {
    pub(super) fn new() -> Self {
        Self {
            values: Cache::builder()
                .max_capacity(MOST)
                .time_to_live(FOR)
                .build(),
            runs_ended: Mutex::default(),
        }
    }

    /// The remembered value, or else the one that `reading` returns. Failures are not remembered.
    pub(super) async fn or_read<E: Send + Sync + 'static>(
        &self,
        of: &SchoolYear,
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Arc<E>> {
        let runs_ended = {
            let counts = self.runs_ended.lock();
            let counts = counts.unwrap_or_else(PoisonError::into_inner);
            counts.get(&of.school.id).copied().unwrap_or(0)
        };
        let key = (of.school.id, of.year, runs_ended);
        self.values.try_get_with(key, reading).await
    }

    /// A run of this school has ended.
    pub(super) fn forget(&self, school: Uuid) {
        let counts = self.runs_ended.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        *counts.entry(school).or_default() += 1;
    }
}
