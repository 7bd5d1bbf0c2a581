//! Limits how many event streams are open, in total and for each caller, and decides when they have to end.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

const MOST: usize = 1_000;
const MOST_OF_ONE_CALLER: usize = 20;

/// The open streams.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// How many are open, by caller.
    open: HashMap<String, usize>,
    /// Ends all streams, those that begin later too.
    closing: CancellationToken,
    /// Ends those that are open now.
    ending: CancellationToken,
}

/// The place of an open stream, free again when this is dropped.
pub(super) struct OpenStream {
    streams: Streams,
    caller: String,
    ending: CancellationToken,
}

impl Streams {
    /// A place for one more stream of this caller; `None` if there are too many.
    pub(super) fn take(&self, caller: &str) -> Option<OpenStream> {
        let mut state = self.0.lock();
        let all: usize = state.open.values().sum();
        let own = state.open.get(caller).copied().unwrap_or(0);
        if all >= MOST || own >= MOST_OF_ONE_CALLER {
            return None;
        }
        state.open.insert(caller.to_owned(), own + 1);
        Some(OpenStream {
            streams: self.clone(),
            caller: caller.to_owned(),
            ending: state.ending.clone(),
        })
    }

    /// Ends all streams that are open.
    pub(super) fn end_all(&self) {
        let mut state = self.0.lock();
        let next = state.closing.child_token();
        std::mem::replace(&mut state.ending, next).cancel();
    }

    /// Ends all streams, those that begin later too.
    pub(super) fn close(&self) {
        let state = self.0.lock();
        state.closing.cancel();
        state.ending.cancel();
    }
}

impl OpenStream {
    /// Cancelled once it has to end.
    pub(super) fn ending(&self) -> &CancellationToken {
        &self.ending
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let open = &mut self.streams.0.lock().open;
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
        assert!(streams.0.lock().open.is_empty());
    }

    #[test]
    fn a_stream_ends_with_all_that_were_open_and_none_begins_after_closing() {
        let streams = Streams::default();
        let ended = |stream: &OpenStream| stream.ending().is_cancelled();
        for _ in 0..2 {
            let open = streams.take("a").unwrap();
            assert!(!ended(&open));
            streams.end_all();
            assert!(ended(&open));
        }
        let open = streams.take("a").unwrap();
        assert!(!ended(&open));
        streams.close();
        assert!(ended(&open) && ended(&streams.take("b").unwrap()));
        streams.end_all();
        assert!(ended(&streams.take("b").unwrap()));
    }
}
