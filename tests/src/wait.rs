//! Waiting for something to happen, instead of for some time to pass.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Waits until `holds`.
///
/// # Panics
/// If that takes very long.
#[track_caller]
pub fn until(what: &str, holds: impl Fn() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        while !holds() {
            assert!(started.elapsed() < PATIENCE, "{place}: never: {what}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

/// The same for what has to be asked for.
///
/// # Panics
/// If that takes very long.
#[track_caller]
pub fn until_asked(what: &str, holds: impl AsyncFn() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        while !holds().await {
            assert!(started.elapsed() < PATIENCE, "{place}: never: {what}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
