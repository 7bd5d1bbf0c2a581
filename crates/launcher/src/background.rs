//! Tasks that outlive the request that started them. They run on the main runtime, because a task that a request's
//! worker spawns ends with that worker (docs/knack-and-dashboard.md, "Web server"), and the service waits for them
//! before it ends.

use std::future::Future;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The service's tasks, and whether it is ending.
pub(crate) struct Background {
    runtime: Handle,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Background {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }

    /// As long as this is held, the service waits before it ends.
    pub(crate) fn hold(&self) -> TaskTrackerToken {
        self.tasks.token()
    }

    /// Runs a task that the service waits for when it ends.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, &self.runtime);
    }

    /// Runs `work` to its end, even if nobody waits for it any more, and drops it when the service ends; the outcome is then
    /// `None`.
    pub(crate) fn until_closing<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        // Held before it looks whether the service is ending, so that the end waits for it.
        let held = self.hold();
        let closing = self.closing.clone();
        let task = self.runtime.spawn(async move {
            let _held = held;
            tokio::select! {
                biased;
                () = closing.cancelled() => None,
                outcome = work => Some(outcome),
            }
        });
        async move { task.await.ok().flatten() }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Returns as soon as the service is ending.
    pub(crate) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// The service is ending.
    pub(crate) fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
    }

    /// Returns once nothing is left.
    pub(crate) async fn finished(&self) {
        self.tasks.wait().await;
    }
}
