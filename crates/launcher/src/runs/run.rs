//! One run: its state, what it has told, and who is waiting for it. Owned by the registry, never by a request.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use sync_protocol::ProgressEvent;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::event::{Event, EventName};
use super::view::{CacheView, Progress, RunState, RunView, Waiting};
use crate::cache::Cleared;
use crate::clock;
use crate::problem::Problem;
use crate::supervise::Ending;

/// So many events are kept for those who come back; who was away longer gets a snapshot.
const KEPT_EVENTS: usize = 256;

/// One run of the refresh for one school.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: Uuid,
    pub(crate) school: Arc<School>,
    /// Who asked for it: a token's name or a staff record's id.
    pub(crate) started_by: String,
    created_at: Timestamp,
    /// Ends it early.
    pub(crate) cancel: CancellationToken,
    told: Mutex<Told>,
    /// The id of the newest event, and so a bell for everybody who follows.
    newest: watch::Sender<u64>,
}

#[derive(Debug)]
struct Told {
    state: RunState,
    queue_position: Option<usize>,
    progress: Option<Progress>,
    waiting: Option<Waiting>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    /// Since when it runs, by a clock that nobody sets.
    running: Option<Instant>,
    took: Option<Duration>,
    ending: Option<Ending>,
    cache: Option<Cleared>,
    events: VecDeque<Event>,
}

impl Run {
    pub(crate) fn new(id: Uuid, school: Arc<School>, started_by: String) -> Self {
        Self {
            id,
            school,
            started_by,
            created_at: clock::now(),
            cancel: CancellationToken::new(),
            told: Mutex::new(Told {
                state: RunState::Queued,
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

    /// It waits behind so many others.
    pub(crate) fn queued(&self, position: usize) {
        self.tell_if(&[RunState::Queued], EventName::State, |told| {
            told.queue_position = Some(position);
        });
    }

    /// Its process starts. False if it was asked to stop before: then none may.
    pub(crate) fn started(&self) -> bool {
        self.tell_if(&[RunState::Queued], EventName::State, |told| {
            told.state = RunState::Running;
            told.queue_position = None;
            told.started_at = Some(clock::now());
            told.running = Some(Instant::now());
        })
    }

    /// Whether it still waits for its turn.
    pub(crate) fn is_queued(&self) -> bool {
        self.told().state == RunState::Queued
    }

    /// Whether it was asked to stop and has not ended yet.
    pub(crate) fn is_cancelling(&self) -> bool {
        self.told().state == RunState::Cancelling
    }

    /// Asks it to stop. False if it has ended, or was asked before.
    pub(crate) fn stop(&self) -> bool {
        let goes_on = [RunState::Queued, RunState::Running];
        let is_first = self.tell_if(&goes_on, EventName::State, |told| {
            told.state = RunState::Cancelling;
            told.queue_position = None;
        });
        if is_first {
            self.cancel.cancel();
        }
        is_first
    }

    /// The process told how far it is.
    pub(crate) fn relay(&self, event: &ProgressEvent) {
        match *event {
            // The launcher knew all of it before.
            ProgressEvent::Started { .. } => {}
            ProgressEvent::Phase { phase } => self.tell(EventName::Phase, |told| {
                told.waiting = None;
                told.progress = Some(Progress {
                    phase,
                    done: None,
                    total: None,
                });
            }),
            ProgressEvent::Progress { phase, done, total } => {
                self.tell(EventName::Progress, |told| {
                    told.waiting = None;
                    told.progress = Some(Progress {
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
                self.tell(EventName::Waiting, |told| {
                    told.waiting = Some(Waiting { reason, seconds });
                });
            }
        }
    }

    /// It has ended, and the cache was seen to. Nothing is told after this.
    pub(crate) fn ended(&self, ending: Ending, cache: Option<Cleared>) {
        self.tell(EventName::End, |told| {
            told.state = RunState::of(&ending);
            told.queue_position = None;
            told.waiting = None;
            told.finished_at = Some(clock::now());
            told.took = told.running.map(|since| since.elapsed());
            told.ending = Some(ending);
            told.cache = cache;
        });
    }

    /// How it ended, if it has.
    pub(crate) fn ending(&self) -> Option<(Ending, Option<Cleared>)> {
        let told = self.told();
        Some((told.ending.clone()?, told.cache.clone()))
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

    /// A bell that rings with every event.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// What was told after event `last`; a snapshot where that is no longer known.
    pub(crate) fn events_after(&self, last: Option<u64>) -> Vec<Event> {
        let told = self.told();
        let newest = *self.newest.borrow();
        let oldest_kept = told.events.front().map_or(newest + 1, |event| event.id);
        match last {
            Some(last) if last <= newest && last + 1 >= oldest_kept => {
                let missed = told.events.iter().filter(|event| event.id > last);
                let missed: Vec<Event> = missed.cloned().collect();
                if missed.is_empty() && told.ending.is_some() {
                    return told.events.back().cloned().into_iter().collect();
                }
                missed
            }
            Some(_) | None => {
                let snapshot = Event::new(newest, EventName::Snapshot, &self.view_of(&told));
                let end = told.events.back().filter(|event| event.is_end()).cloned();
                std::iter::once(snapshot).chain(end).collect()
            }
        }
    }

    /// Its state, as it is shown.
    pub(crate) fn view(&self) -> RunView {
        self.view_of(&self.told())
    }

    fn view_of(&self, told: &Told) -> RunView {
        let running = || told.running.map(|since| since.elapsed());
        let problem = told.ending.as_ref().and_then(Ending::problem);
        RunView {
            run_id: self.id,
            establishment_id: self.school.knack_id,
            establishment_uuid: self.school.id,
            establishment_name: self.school.name.clone(),
            state: told.state,
            queue_position: told.queue_position,
            progress: told.progress,
            waiting: told.waiting,
            created_at: self.created_at,
            started_at: told.started_at,
            finished_at: told.finished_at,
            elapsed_seconds: told.took.or_else(running).map_or(0, |took| took.as_secs()),
            summary: told.ending.as_ref().and_then(Ending::summary).cloned(),
            problem: problem.map(|problem: Problem| problem.of_run(self.id).details()),
            cache: told.cache.as_ref().map(CacheView::from),
        }
    }

    fn tell(&self, name: EventName, change: impl FnOnce(&mut Told)) {
        self.tell_to(&mut self.told(), name, change);
    }

    /// The same, if it is in one of these states, which nobody changes in between; false if it is not.
    fn tell_if(
        &self,
        states: &[RunState],
        name: EventName,
        change: impl FnOnce(&mut Told),
    ) -> bool {
        let mut told = self.told();
        let may_change = states.contains(&told.state);
        if may_change {
            self.tell_to(&mut told, name, change);
        }
        may_change
    }

    fn tell_to(&self, told: &mut Told, name: EventName, change: impl FnOnce(&mut Told)) {
        if told.ending.is_some() {
            return;
        }
        change(told);
        let id = *self.newest.borrow() + 1;
        let event = Event::new(id, name, &self.view_of(told));
        told.events.push_back(event);
        if told.events.len() > KEPT_EVENTS {
            told.events.pop_front();
        }
        // Under the lock, so that the bell never rings before the event is there.
        self.newest.send_replace(id);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock()
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
    fn only_the_first_who_stops_a_run_has_stopped_it() {
        let run = run();
        assert!(run.started());
        assert!(run.stop());
        assert!(!run.stop());
        assert_eq!(run.events_after(Some(0)).len(), 2);
    }
}
