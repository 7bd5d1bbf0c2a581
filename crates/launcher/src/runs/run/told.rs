//! A run that another launcher carries out: its events are taken in as that launcher has told them. And the other way round,
//! what others have to be told of a run of this launcher's.

use std::time::{Duration, Instant};

use super::Run;
use crate::cache::Cleared;
use crate::runs::event::{Event, EventName};
use crate::runs::view::{RunState, RunView};

impl Run {
    /// The number of the newest event that is known.
    pub(in crate::runs) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    /// The events after `last`, as far as they are kept.
    pub(in crate::runs) fn kept_after(&self, last: u64) -> Vec<Event> {
        let recorded = self.recorded();
        let events = recorded.events.iter().filter(|event| event.id > last);
        events.cloned().collect()
    }

    /// Takes in an event that another launcher has told. One that cannot be read, or is known, says nothing.
    pub(in crate::runs) fn receive(&self, number: u64, name: &str, data: &str) {
        let (Some(name), Ok(view)) = (
            EventName::parse(name),
            serde_json::from_str::<RunView>(data),
        ) else {
            return;
        };
        let mut recorded = self.recorded();
        let is_new = number > *self.newest.borrow() && recorded.ending.is_none();
        if !is_new || view.run_id != self.id {
            return;
        }
        let elapsed = Duration::from_secs(view.elapsed_seconds);
        recorded.ending = view.ending();
        recorded.cache = view.cache.as_ref().map(Cleared::from);
        recorded.state = view.state;
        recorded.queue_position = view.queue_position;
        recorded.progress = view.progress;
        recorded.waiting = view.waiting;
        recorded.started_at = view.started_at;
        recorded.finished_at = view.finished_at;
        recorded.running = view.started_at.and(Instant::now().checked_sub(elapsed));
        recorded.took = view.finished_at.map(|_| elapsed);
        let event = Event::received(self.id, number, name, data);
        self.keep(&mut recorded, event);
    }

    /// Returns once it is being stopped, or has ended.
    pub(in crate::runs) async fn is_told_to_stop(&self) {
        let mut newest = self.newest.subscribe();
        while matches!(self.recorded().state, RunState::Queued | RunState::Running) {
            newest.changed().await.expect("the run holds the sender");
        }
    }
}
