//! Admits one refresh of a school at a time, so that requests that arrive together read the log once.

use std::sync::Arc;

use moka::future::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

const MOST_SCHOOLS: u64 = 10_000;

/// A lock for each school.
pub(crate) struct OneAtATime(Cache<Uuid, Arc<Mutex<()>>>);

impl OneAtATime {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST_SCHOOLS).build())
    }

    /// Waits until nobody else is being admitted for this school.
    pub(super) async fn turn(&self, school: Uuid) -> OwnedMutexGuard<()> {
        let lock = self.0.get_with(school, async { Arc::default() }).await;
        lock.lock_owned().await
    }
}
