//! The registry of runs: who may start, who has to wait, who joins, and what is remembered of those that have ended.
//!
//! One run per school. All of it lies in this process's memory; several launchers that share it would change this module
//! and nothing else. Does no I/O and starts nothing: it says who may.

mod event;
mod run;
mod view;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;
use uuid::Uuid;

pub(crate) use event::Event;
pub(crate) use run::Run;
pub(crate) use view::{RunState, RunView};

use crate::history::Cooldown;
use crate::supervise::Ending;

/// How long a run that has ended can still be asked for.
const KEPT: Duration = Duration::from_hours(1);

/// How many runs there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// At once.
    pub(crate) running: usize,
    /// Waiting for their turn.
    pub(crate) queued: usize,
}

/// All runs of this launcher.
pub(crate) struct Runs {
    limits: Limits,
    cooldown: Cooldown,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    closed: bool,
    /// Those that hold one of the places.
    running: HashSet<Uuid>,
    /// First come, first served.
    queue: VecDeque<InQueue>,
    by_id: HashMap<Uuid, Arc<Run>>,
    /// By school: the run that goes on.
    active: HashMap<Uuid, Arc<Run>>,
    /// In the order they ended.
    ended: VecDeque<(Instant, Uuid)>,
    /// By school: from when on it may be refreshed again. The log says so too, but only what a run lived to write there.
    cooling: HashMap<Uuid, Instant>,
}

struct InQueue {
    run: Arc<Run>,
    go: oneshot::Sender<()>,
}

/// What became of a request for a run.
pub(crate) enum Admission {
    /// A new run; it may start when `turn` says so.
    New { run: Arc<Run>, turn: Turn },
    /// The school's run that goes on already.
    Joined(Arc<Run>),
}

/// Why no run was admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As many run and wait as may.
    Busy,
    /// The launcher is about to end.
    ShuttingDown,
    /// It was refreshed a moment ago.
    CoolingDown {
        /// Whole seconds, rounded up.
        seconds: u64,
    },
}

/// A place among those that may run.
pub(crate) enum Turn {
    /// Now.
    Now,
    /// Once another has ended.
    After(oneshot::Receiver<()>),
}

impl Runs {
    pub(crate) fn new(limits: Limits, cooldown: Cooldown) -> Self {
        Self {
            limits,
            cooldown,
            state: Mutex::default(),
        }
    }

    /// The school's run that goes on.
    pub(crate) fn active(&self, school: &School) -> Option<Arc<Run>> {
        self.state().active.get(&school.id).cloned()
    }

    /// A run by its id, for an hour after its end.
    pub(crate) fn get(&self, id: Uuid) -> Option<Arc<Run>> {
        let mut state = self.state();
        state.forget_old(Instant::now());
        state.by_id.get(&id).cloned()
    }

    /// Joins the school's run, or admits a new one, or says why not.
    pub(crate) fn admit(
        &self,
        school: &Arc<School>,
        started_by: &str,
    ) -> Result<Admission, Refused> {
        let mut state = self.state();
        if let Some(run) = state.active.get(&school.id) {
            return Ok(Admission::Joined(Arc::clone(run)));
        }
        if state.closed {
            return Err(Refused::ShuttingDown);
        }
        let now = Instant::now();
        state.forget_old(now);
        if let Some(seconds) = state.cooling_seconds(school.id, now) {
            return Err(Refused::CoolingDown { seconds });
        }
        let is_free = state.running.len() < self.limits.running;
        if !is_free && state.queue.len() >= self.limits.queued {
            return Err(Refused::Busy);
        }
        let id = Uuid::new_v4();
        let run = Arc::new(Run::new(id, Arc::clone(school), started_by.to_owned()));
        state.by_id.insert(id, Arc::clone(&run));
        state.active.insert(school.id, Arc::clone(&run));
        let turn = if is_free {
            state.running.insert(id);
            Turn::Now
        } else {
            let (go, turn) = oneshot::channel();
            run.queued(state.queue.len());
            state.queue.push_back(InQueue {
                run: Arc::clone(&run),
                go,
            });
            Turn::After(turn)
        };
        Ok(Admission::New { run, turn })
    }

    /// A run has ended: its school is free, and the next may go.
    pub(crate) fn release(&self, run: &Run, ending: &Ending) {
        let mut state = self.state();
        let now = Instant::now();
        state.active.remove(&run.school.id);
        state.ended.push_back((now, run.id));
        if let Some(wait) = self.cooldown_after(ending) {
            state.cooling.insert(run.school.id, now + wait);
        }
        state.running.remove(&run.id);
        // It may have been stopped before its turn came.
        state.queue.retain(|waiting| waiting.run.id != run.id);
        state.next(self.limits.running);
        state.tell_positions();
    }

    /// Whole seconds until the school may be refreshed again, as far as this launcher knows.
    pub(crate) fn cooldown_seconds(&self, school: &School) -> u64 {
        self.state()
            .cooling_seconds(school.id, Instant::now())
            .unwrap_or(0)
    }

    /// How many run, and how many wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.running.len(), state.queue.len())
    }

    /// Admits no more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
    }

    /// All runs that go on or wait.
    pub(crate) fn unfinished(&self) -> Vec<Arc<Run>> {
        self.state().active.values().cloned().collect()
    }

    fn cooldown_after(&self, ending: &Ending) -> Option<Duration> {
        match ending {
            Ending::Finished(_) => Some(self.cooldown.after_success),
            Ending::Failed { .. } if ending.is_cancelled() => None,
            Ending::Failed { .. } => Some(self.cooldown.after_failure),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn next(&mut self, most: usize) {
        while self.running.len() < most
            && let Some(waiting) = self.queue.pop_front()
        {
            // Who no longer waits was stopped, and takes no place.
            if waiting.go.send(()).is_ok() {
                self.running.insert(waiting.run.id);
            }
        }
    }

    fn tell_positions(&self) {
        for (position, waiting) in self.queue.iter().enumerate() {
            waiting.run.queued(position);
        }
    }

    fn cooling_seconds(&self, school: Uuid, now: Instant) -> Option<u64> {
        let until = *self.cooling.get(&school)?;
        let left = until.checked_duration_since(now)?;
        (!left.is_zero()).then(|| left.as_secs() + 1)
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((ended, id)) = self.ended.front()
            && now.duration_since(*ended) > KEPT
        {
            self.by_id.remove(id);
            self.ended.pop_front();
        }
        self.cooling.retain(|_, until| *until > now);
    }
}
