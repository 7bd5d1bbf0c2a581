//! How far a connection is: the bytes that move, and the requests in progress.

use std::task::Waker;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// A client on a slow line has taken a buffer by then.
const STALLED_AFTER: Duration = Duration::from_secs(1);

/// The progress of one connection. Shared by the task that serves it and by the search for one to close.
#[derive(Debug)]
pub(in crate::http) struct Progress {
    state: Mutex<State>,
    task: AtomicWaker,
}

#[derive(Debug)]
struct State {
    /// When bytes moved last.
    moved: Instant,
    /// Since when bytes have been waiting for the client, if they do.
    waiting: Option<Instant>,
    /// Requests in progress.
    requests: usize,
    /// Whether there was ever one.
    has_asked: bool,
    /// Whether bytes of a later request came, and not all of its head.
    is_head_begun: bool,
    is_evicted: bool,
    /// When the answer has to end, if it does not end by itself.
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    at: Instant,
    /// Or before, once this is cancelled.
    now: CancellationToken,
}

/// The standing of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Standing {
    /// No request is in progress: kept alive, or the head is not complete yet. Nothing has moved since then.
    Idle { since: Instant },
    /// An answer waits for a client that does not read. Nothing has moved since then.
    Stalled { since: Instant },
    /// A request is handled or answered.
    Busy,
}

impl Progress {
    pub(in crate::http) fn new() -> Self {
        let state = State {
            moved: Instant::now(),
            waiting: None,
            requests: 0,
            has_asked: false,
            is_head_begun: false,
            is_evicted: false,
            end: None,
        };
        Self {
            state: Mutex::new(state),
            task: AtomicWaker::new(),
        }
    }

    pub(in crate::http) fn standing(&self, now: Instant) -> Standing {
        self.state().standing(now)
    }

    pub(in crate::http) fn request_begins(&self) {
        let mut state = self.state();
        state.requests += 1;
        state.has_asked = true;
        state.end = None;
        state.is_head_begun = false;
    }

    pub(in crate::http) fn request_ends(&self) {
        self.state().requests -= 1;
    }

    /// The answer of this request has to end by then, or once `now` is cancelled. It ends by itself as long as its client
    /// reads; a client that always leaves something unread would keep it for ever.
    pub(in crate::http) fn answer_ends(&self, at: Instant, now: CancellationToken) {
        self.state().end = Some(End { at, now });
    }

    /// Whether an answer that had to end still waits for its client.
    pub(super) fn is_overdue(&self) -> bool {
        self.state().is_overdue(Instant::now())
    }

    /// Makes the connection's own task close it.
    pub(in crate::http) fn evict(&self) {
        self.state().is_evicted = true;
        self.task.wake();
    }

    pub(in crate::http) fn is_evicted(&self) -> bool {
        self.state().is_evicted
    }

    /// The task to wake for that.
    pub(super) fn register(&self, task: &Waker) {
        self.task.register(task);
    }

    /// Bytes were read.
    pub(super) fn reads(&self) {
        let mut state = self.state();
        state.moved = Instant::now();
        state.is_head_begun = state.has_asked && state.requests == 0;
    }

    /// Bytes were written.
    pub(super) fn writes(&self) {
        self.state().moved = Instant::now();
    }

    /// Whether the rest of a request's head is awaited, except for the first of the connection.
    pub(super) fn is_head_begun(&self) -> bool {
        self.state().is_head_begun
    }

    /// Bytes are left that the client does not take.
    pub(super) fn waits(&self) {
        self.state().waiting.get_or_insert_with(Instant::now);
    }

    /// All bytes were taken. True if they had to wait.
    pub(super) fn is_flushed(&self) -> bool {
        self.state().waiting.take().is_some()
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.state().waiting.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn is_overdue(&self, now: Instant) -> bool {
        let end = self.end.as_ref().filter(|_| self.waiting.is_some());
        end.is_some_and(|end| end.now.is_cancelled() || now >= end.at)
    }

    fn standing(&self, now: Instant) -> Standing {
        let since = self.moved;
        match self.waiting {
            Some(waiting) if now.saturating_duration_since(waiting) >= STALLED_AFTER => {
                Standing::Stalled { since }
            }
            Some(_) => Standing::Busy,
            None if self.requests > 0 => Standing::Busy,
            None => Standing::Idle { since },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_busy_while_a_request_is_in_progress_and_its_client_reads() {
        let moved = Instant::now();
        let now = moved + Duration::from_mins(1);
        let just = now.checked_sub(Duration::from_millis(10));
        let long = now.checked_sub(STALLED_AFTER);
        for (requests, waiting, standing) in [
            (0, None, Standing::Idle { since: moved }),
            (1, None, Standing::Busy),
            (2, None, Standing::Busy),
            (1, just, Standing::Busy),
            (1, long, Standing::Stalled { since: moved }),
            // Answered, but the client has not taken all of it.
            (0, just, Standing::Busy),
            (0, long, Standing::Stalled { since: moved }),
        ] {
            let state = State {
                moved,
                waiting,
                requests,
                has_asked: true,
                is_head_begun: false,
                is_evicted: false,
                end: None,
            };
            assert_eq!(state.standing(now), standing, "{requests} {waiting:?}");
        }
    }

    #[test]
    fn an_answer_is_overdue_if_it_waits_for_its_client_when_it_has_to_end() {
        let (now, minute) = (Instant::now(), Duration::from_mins(1));
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        for (at, is_cancelled, waits, expected) in [
            (now + minute, false, true, false),
            (now, false, true, true),
            (now + minute, true, true, true),
            // It reads, so the answer ends by itself.
            (now, false, false, false),
            (now + minute, true, false, false),
        ] {
            let progress = Progress::new();
            let token = if is_cancelled {
                cancelled.clone()
            } else {
                CancellationToken::new()
            };
            progress.request_begins();
            progress.answer_ends(at, token);
            if waits {
                progress.waits();
            }
            let is_overdue = || progress.state().is_overdue(now);
            assert_eq!(is_overdue(), expected, "{is_cancelled} {waits}");
            progress.request_begins();
            assert!(!is_overdue(), "that was the answer before");
        }
    }

    #[test]
    fn a_later_head_has_begun_between_its_first_byte_and_its_request() {
        let progress = Progress::new();
        progress.reads();
        assert!(
            !progress.is_head_begun(),
            "the server looks after the first"
        );
        progress.request_begins();
        progress.reads();
        assert!(!progress.is_head_begun(), "a body");
        progress.request_ends();
        assert!(!progress.is_head_begun());
        progress.reads();
        assert!(progress.is_head_begun());
        progress.request_begins();
        assert!(!progress.is_head_begun());
    }
}
