//! The end of a run, which can be known to Redis before anyone is told.

use super::{Recorded, Run};
use crate::cache::Cleared;
use crate::clock;
use crate::runs::event::{Event, EventName};
use crate::runs::view::RunState;
use crate::supervise::Ending;

/// A run's end, which nobody has been told yet.
pub(in crate::runs) struct Sealed {
    recorded: Recorded,
    event: Event,
}

impl Run {
    /// It has ended, and the cache was cleared if it had to be. No event follows.
    pub(in crate::runs) fn ended(&self, ending: Ending, cache: Option<Cleared>) {
        self.unseal(self.seal(ending, cache));
    }

    /// The same before anyone is told. Nothing of it changes in between.
    pub(in crate::runs) fn seal(&self, ending: Ending, cache: Option<Cleared>) -> Sealed {
        let mut recorded = self.recorded();
        recorded.is_sealed = true;
        self.ended_as(&recorded, ending, cache)
    }

    /// Now everyone is told.
    pub(in crate::runs) fn unseal(&self, Sealed { recorded, event }: Sealed) {
        let mut kept = self.recorded();
        if kept.ending.is_some() {
            return;
        }
        *kept = recorded;
        self.keep(&mut kept, event);
    }

    /// The event of such an end, which does not happen here.
    pub(in crate::runs) fn end_of(&self, ending: Ending) -> Event {
        self.ended_as(&self.recorded(), ending, None).event
    }

    fn ended_as(&self, recorded: &Recorded, ending: Ending, cache: Option<Cleared>) -> Sealed {
        let mut recorded = recorded.clone();
        recorded.state = RunState::of(&ending);
        recorded.queue_position = None;
        recorded.waiting = None;
        recorded.finished_at = Some(clock::now());
        recorded.took = recorded.running.map(|since| since.elapsed());
        recorded.ending = Some(ending);
        recorded.cache = cache;
        let id = *self.newest.borrow() + 1;
        let event = Event::new(id, EventName::End, &self.view_of(&recorded));
        Sealed { recorded, event }
    }
}

impl Sealed {
    pub(in crate::runs) fn event(&self) -> &Event {
        &self.event
    }
}
