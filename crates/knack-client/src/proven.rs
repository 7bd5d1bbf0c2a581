//! What has proved to be good: an app's key and an address that Knack has served in this run. A refusal that blames just that is
//! wrong. Requests that were sent together may be answered in any order, so a refusal waits for the others' answers.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use transport::Silence;

use crate::KnackError;
use crate::refusal::{Blamed, blamed};

#[derive(Debug, Default)]
pub(crate) struct Proven {
    /// The paths of what was served; as many as there are objects.
    served: Mutex<HashSet<String>>,
    /// Told of the end of each request.
    ended: Notify,
}

/// A request under way; tells of its end, however it ends.
#[derive(Debug)]
pub(crate) struct UnderWay<'a>(&'a Notify);

impl Proven {
    pub(crate) fn under_way(&self) -> UnderWay<'_> {
        UnderWay(&self.ended)
    }

    /// The app's key was given what is at this path.
    pub(crate) fn served(&self, path: &str) {
        self.paths().insert(path.to_owned());
    }

    /// What a failure means beside the answers that came before it, and those that are still to come.
    pub(crate) async fn judge(
        &self,
        error: KnackError,
        path: &str,
        silence: &Silence,
    ) -> KnackError {
        let Some(blamed) = blamed(&error) else {
            return error;
        };
        loop {
            let ended = self.ended.notified();
            let was_good = match blamed {
                Blamed::App => !self.paths().is_empty(),
                Blamed::Address => self.paths().contains(path),
            };
            if was_good {
                return error.no_longer_served();
            }
            if silence.since().is_none() {
                return error;
            }
            ended.await;
        }
    }

    fn paths(&self) -> MutexGuard<'_, HashSet<String>> {
        self.served.lock().expect("no holder panics")
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}
