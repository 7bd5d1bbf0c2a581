//! One run: its state and its events. Owned by the registry, never by a request.

mod end;
mod lease;
mod told;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use sync_protocol::ProgressEvent;
use tokio::sync::watch;
use uuid::Uuid;

use super::event::{Event, EventName};
use super::view::{CacheView, Progress, RunState, RunView, Waiting};
use crate::cache::Cleared;
use crate::clock;
use crate::problem::Problem;
use crate::supervise::{Ending, Orders};

/// How many events are kept for readers that come back; one that missed more gets a snapshot.
const KEPT_EVENTS: usize = 256;

/// One run of the refresh for one school.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) school: Arc<School>,
    /// The caller who requested it: a token's name or a staff record's id.
    pub(crate) started_by: String,
    pub(crate) created_at: Timestamp,
    /// The number of its lease, if launchers work together.
    pub(crate) fence: Option<Fence>,
    /// Ends it early.
    pub(crate) orders: Orders,
    /// Whether it was stopped because of its lease.
    is_out_of_lease: AtomicBool,
    recorded: Mutex<Recorded>,
    /// The id of the newest event; wakes everyone who follows.
    newest: watch::Sender<u64>,
}

/// A number that is larger for each lease than for all before it.
pub(crate) type Fence = u64;

#[derive(Debug, Clone)]
struct Recorded {
    state: RunState,
    /// Nothing changes any more, since its end is about to be told.
    is_sealed: bool,
    queue_position: Option<usize>,
    progress: Option<Progress>,
    waiting: Option<Waiting>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    /// Since when it has been running, by a clock that nobody sets.
    running: Option<Instant>,
    took: Option<Duration>,
    ending: Option<Ending>,
    cache: Option<Cleared>,
    events: VecDeque<Event>,
}

impl Run {
    pub(crate) fn new(id: Uuid, school: Arc<School>, started_by: String) -> Self {
        Self::of_another(id, school, started_by, clock::now())
    }

    /// A run that another launcher carries out, of which no event is known yet.
    pub(super) fn of_another(
        id: Uuid,
        school: Arc<School>,
        started_by: String,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            school,
            started_by,
            created_at,
            fence: None,
            orders: Orders::default(),
            is_out_of_lease: AtomicBool::new(false),
            recorded: Mutex::new(Recorded {
                state: RunState::Queued,
                is_sealed: false,
                queue_position: None,
                progress: None,
                waiting: None,
                started_at: None,
                finished_at: None,
                running: None,
                took: None,
                ending: None,
                cache: None,
                events: VecDeque::new(),
            }),
            newest: watch::Sender::new(0),
        }
    }

    /// The same with the number of its lease.
    pub(super) fn with_fence(mut self, fence: Fence) -> Self {
        self.fence = Some(fence);
        self
    }

    /// It waits behind this many others.
    pub(crate) fn queued(&self, position: usize) {
        self.publish_if(&[RunState::Queued], EventName::State, |recorded| {
            recorded.queue_position = Some(position);
        });
    }

    /// Its process is about to start. False if it was asked to stop before: then no process may start.
    pub(crate) fn started(&self) -> bool {
        self.publish_if(&[RunState::Queued], EventName::State, |recorded| {
            recorded.state = RunState::Running;
            recorded.queue_position = None;
            recorded.started_at = Some(clock::now());
            recorded.running = Some(Instant::now());
        })
    }

    /// Whether it still waits for its turn.
    pub(crate) fn is_queued(&self) -> bool {
        self.recorded().state == RunState::Queued
    }

    /// Whether it was asked to stop and has not ended yet.
    pub(crate) fn is_cancelling(&self) -> bool {
        self.recorded().state == RunState::Cancelling
    }

    /// Asks it to stop. False if it has ended, or was asked before.
    pub(crate) fn stop(&self) -> bool {
        let unfinished = [RunState::Queued, RunState::Running];
        let is_first = self.publish_if(&unfinished, EventName::State, |recorded| {
            recorded.state = RunState::Cancelling;
            recorded.queue_position = None;
        });
        if is_first {
            self.orders.end.cancel();
        }
        is_first
    }

    /// The process reported how far it is.
    pub(crate) fn relay(&self, event: &ProgressEvent) {
        match *event {
            // The launcher knew all of this before.
            ProgressEvent::Started { .. } => {}
            ProgressEvent::Phase { phase } => self.publish(EventName::Phase, |recorded| {
                recorded.waiting = None;
                recorded.progress = Some(Progress {
                    phase,
                    done: None,
                    total: None,
                });
            }),
            ProgressEvent::Progress { phase, done, total } => {
                self.publish(EventName::Progress, |recorded| {
                    recorded.waiting = None;
                    recorded.progress = Some(Progress {
                        phase,
                        done: Some(done),
                        total: Some(total),
                    });
                });
            }
            ProgressEvent::Waiting { reason, seconds } => {
                let seconds = if seconds.is_finite() {
                    seconds.max(0.0)
                } else {
                    0.0
                };
                self.publish(EventName::Waiting, |recorded| {
                    recorded.waiting = Some(Waiting { reason, seconds });
                });
            }
        }
    }

    /// How it ended, if it has.
    pub(crate) fn ending(&self) -> Option<(Ending, Option<Cleared>)> {
        let recorded = self.recorded();
        Some((recorded.ending.clone()?, recorded.cache.clone()))
    }

    /// How it ended, as soon as it has.
    pub(crate) async fn wait(&self) -> (Ending, Option<Cleared>) {
        let mut newest = self.newest.subscribe();
        loop {
            if let Some(ending) = self.ending() {
                return ending;
            }
            newest.changed().await.expect("the run holds the sender");
        }
    }

    /// Changes with every event.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The events after `last`; a snapshot if those are no longer kept.
    pub(crate) fn events_after(&self, last: Option<u64>) -> Vec<Event> {
        let recorded = self.recorded();
        let newest = *self.newest.borrow();
        let oldest_kept = recorded.events.front().map_or(newest + 1, |event| event.id);
        match last {
            Some(last) if last < newest && last + 1 >= oldest_kept => {
                let missed = recorded.events.iter().filter(|event| event.id > last);
                missed.cloned().collect()
            }
            Some(last) if last == newest && recorded.ending.is_some() => {
                recorded.events.back().cloned().into_iter().collect()
            }
            // Also for a reader that missed nothing: a stream without an event looks like one that does not get through.
            Some(_) | None => {
                let snapshot = Event::new(newest, EventName::Snapshot, &self.view_of(&recorded));
                let end = recorded
                    .events
                    .back()
                    .filter(|event| event.is_end())
                    .cloned();
                std::iter::once(snapshot).chain(end).collect()
            }
        }
    }

    /// Its state, as callers see it.
    pub(crate) fn view(&self) -> RunView {
        self.view_of(&self.recorded())
    }

    fn view_of(&self, recorded: &Recorded) -> RunView {
        let running = || recorded.running.map(|since| since.elapsed());
        let problem = recorded.ending.as_ref().and_then(Ending::problem);
        RunView {
            run_id: self.id,
            establishment_id: self.school.knack_id,
            establishment_uuid: self.school.id,
            establishment_name: self.school.name.clone(),
            state: recorded.state,
            queue_position: recorded.queue_position,
            progress: recorded.progress,
            waiting: recorded.waiting,
            created_at: self.created_at,
            started_at: recorded.started_at,
            finished_at: recorded.finished_at,
            elapsed_seconds: recorded
                .took
                .or_else(running)
                .map_or(0, |took| took.as_secs()),
            summary: recorded.ending.as_ref().and_then(Ending::summary).cloned(),
            problem: problem.map(|problem: Problem| problem.of_run(self.id).details()),
            cache: recorded.cache.as_ref().map(CacheView::from),
        }
    }

    fn publish(&self, name: EventName, change: impl FnOnce(&mut Recorded)) {
        self.publish_to(&mut self.recorded(), name, change);
    }

    /// The same if it is in one of these states, checked under the same lock; false if it is not.
    fn publish_if(
        &self,
        states: &[RunState],
        name: EventName,
        change: impl FnOnce(&mut Recorded),
    ) -> bool {
        let mut recorded = self.recorded();
        let may_change = !recorded.is_sealed && states.contains(&recorded.state);
        if may_change {
            self.publish_to(&mut recorded, name, change);
        }
        may_change
    }

    fn publish_to(
        &self,
        recorded: &mut Recorded,
        name: EventName,
        change: impl FnOnce(&mut Recorded),
    ) {
        if recorded.is_sealed {
            return;
        }
        change(recorded);
        let id = *self.newest.borrow() + 1;
        let event = Event::new(id, name, &self.view_of(recorded));
        self.keep(recorded, event);
    }

    fn keep(&self, recorded: &mut Recorded, event: Event) {
        let id = event.id;
        recorded.events.push_back(event);
        if recorded.events.len() > KEPT_EVENTS {
            recorded.events.pop_front();
        }
        // Under the lock, so that nobody is woken before the event is there.
        self.newest.send_replace(id);
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock()
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::Calendar;

    use super::*;

    fn run() -> Run {
        let school = School {
            id: Uuid::from_u128(1),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: "A school".to_owned(),
            calendar: Calendar::from_flags(None, None),
        };
        Run::new(Uuid::from_u128(2), Arc::new(school), "x".to_owned())
    }

    #[test]
    fn a_run_that_was_stopped_before_its_process_starts_does_not_start() {
        let run = run();
        run.queued(1);
        assert!(run.stop());
        run.queued(0);
        assert!(!run.started());
        let view = run.view();
        assert_eq!(view.state, RunState::Cancelling);
        assert_eq!(view.queue_position, None);
        assert_eq!(view.started_at, None);
    }

    #[test]
    fn only_the_first_stop_counts() {
        let run = run();
        assert!(run.started());
        assert!(run.stop());
        assert!(!run.stop());
        assert_eq!(run.events_after(Some(0)).len(), 2);
    }
}
