//! Decides when the next school may be sent. While one of ours waits in the launcher's queue, or for a place in it, no
//! other is sent: the launcher is kept busy, and the queue stays free for people who press the button.

use tokio::sync::watch;

/// How many of our schools wait for their turn.
#[derive(Clone)]
pub(super) struct Room(watch::Sender<usize>);

/// One of them. Given back when it is dropped.
pub(super) struct Waiting(watch::Sender<usize>);

impl Room {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Another of ours waits.
    pub(super) fn take(&self) -> Waiting {
        self.0.send_modify(|waiting| *waiting += 1);
        Waiting(self.0.clone())
    }

    /// Returns once none waits.
    pub(super) async fn is_free(&self) {
        let mut waiting = self.0.subscribe();
        // The sender is held here, so it cannot be closed.
        drop(waiting.wait_for(|waiting| *waiting == 0).await);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}
