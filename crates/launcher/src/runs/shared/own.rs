//! A run of this launcher's, and the lease by which it is this launcher's.
//!
//! A process may write only while no other launcher can have been admitted. So if the lease has not been renewed for two thirds
//! of its time, its process is told to end, and after five sixths it is killed: whether Redis is down or only out of reach
//! cannot be told apart from here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::runs::{Fence, Run};

/// When the lease was last known to be held, by a clock that nobody sets: the moment before Redis was asked.
pub(super) type Proven = Arc<Mutex<Instant>>;

/// A run of this launcher's.
pub(super) struct Own {
    pub(super) run: Arc<Run>,
    pub(super) fence: Fence,
    pub(super) about: String,
    pub(super) proven: Proven,
    /// Until its turn has come.
    pub(super) go: Option<oneshot::Sender<()>>,
    /// How many wait before it, as its followers were told.
    pub(super) position: Option<usize>,
    /// The number of the last event that Redis has.
    pub(super) published: u64,
}

/// Stops the run in time if its lease is not renewed. Returns at its end.
pub(super) async fn guard(run: Arc<Run>, proven: Proven, lease: Duration) {
    let watching = async {
        loop {
            let since = *proven.lock();
            until(since + lease.mul_f64(2.0 / 3.0)).await;
            if *proven.lock() != since {
                continue;
            }
            tracing::error!(run_id = %run.id, "the lease cannot be renewed, so the refresh is stopped");
            run.lease_runs_out();
            until(since + lease.mul_f64(5.0 / 6.0)).await;
            if *proven.lock() == since {
                run.lease_is_lost();
                return;
            }
        }
    };
    tokio::select! {
        () = watching => {}
        _ = run.wait() => {}
    }
}

async fn until(at: Instant) {
    tokio::time::sleep_until(at.into()).await;
}
