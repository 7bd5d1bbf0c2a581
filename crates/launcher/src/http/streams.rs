//! How many event streams are open, and whose.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

const MOST: usize = 1_000;
const MOST_OF_ONE_CALLER: usize = 20;

/// How many streams are open, by caller.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// The place of an open stream, free again when this is dropped.
pub(super) struct OpenStream {
    streams: Streams,
    caller: String,
}

impl Streams {
    /// A place for one more stream of this caller; `None` if there are too many.
    pub(super) fn take(&self, caller: &str) -> Option<OpenStream> {
        let mut open = self.0.lock();
        let all: usize = open.values().sum();
        let own = open.get(caller).copied().unwrap_or(0);
        if all >= MOST || own >= MOST_OF_ONE_CALLER {
            return None;
        }
        open.insert(caller.to_owned(), own + 1);
        Some(OpenStream {
            streams: self.clone(),
            caller: caller.to_owned(),
        })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock();
        if let Some(count) = open.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_twenty_streams_and_leaves_those_of_others() {
        let streams = Streams::default();
        let mut own: Vec<OpenStream> = (0..20).map(|_| streams.take("a").unwrap()).collect();
        assert!(streams.take("a").is_none());
        assert!(streams.take("b").is_some());
        own.pop();
        assert!(streams.take("a").is_some());
    }

    #[test]
    fn all_callers_together_have_a_thousand_streams() {
        let streams = Streams::default();
        let open: Vec<OpenStream> = (0..MOST)
            .map(|n| streams.take(&(n / MOST_OF_ONE_CALLER).to_string()).unwrap())
            .collect();
        assert!(streams.take("one more").is_none());
        drop(open);
        assert!(streams.take("one more").is_some());
        assert!(streams.0.lock().is_empty());
    }
}
