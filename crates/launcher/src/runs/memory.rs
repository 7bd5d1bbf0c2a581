//! The runs of one launcher that works alone, in this process's memory. Does no I/O and starts nothing: it decides what may
//! start.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::admission::{Admission, Limits, Refused, Turn};
use super::ends::Ends;
use super::run::Run;
use crate::cache::Cleared;
use crate::cooldown::{Cooldown, LoggedEnd, Outcome, Wait};
use crate::supervise::Ending;

/// How long a run that has ended is remembered.
const KEPT: Duration = Duration::from_hours(1);

/// All runs of this launcher.
pub(crate) struct Memory {
    limits: Limits,
    cooldown: Cooldown,
    state: Mutex<State>,
}

struct State {
    closed: bool,
    /// Those that hold one of the places.
    running: HashSet<Uuid>,
    /// First come, first served.
    queue: VecDeque<InQueue>,
    by_id: HashMap<Uuid, Arc<Run>>,
    /// By school: its run that is queued or running.
    active: HashMap<Uuid, Arc<Run>>,
    /// In the order they ended.
    ended: VecDeque<(Instant, Uuid)>,
    ends: Ends,
}

struct InQueue {
    run: Arc<Run>,
    go: oneshot::Sender<()>,
}

impl Memory {
    pub(super) fn new(limits: Limits, cooldown: Cooldown) -> Self {
        Self {
            limits,
            cooldown,
            state: Mutex::new(State::new(cooldown.longest())),
        }
    }

    /// The school's run that is queued or running.
    pub(super) fn active(&self, school: &School) -> Option<Arc<Run>> {
        self.state().active.get(&school.id).cloned()
    }

    /// A run by its id, until an hour after its end.
    pub(super) fn find(&self, id: Uuid) -> Option<Arc<Run>> {
        let mut state = self.state();
        state.forget_old(Instant::now());
        state.by_id.get(&id).cloned()
    }

    /// Joins the school's run, or admits a new one unless the school or the launcher has to rest first.
    pub(super) fn admit(
        &self,
        school: &Arc<School>,
        started_by: &str,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        let mut state = self.state();
        if let Some(run) = state.active.get(&school.id) {
            return Ok(Admission::Joined(Arc::clone(run)));
        }
        if let Some(wait) = state.wait(self.cooldown, school, logged, now) {
            let after = state.last_ended(school, self.cooldown.longest());
            return Err(Refused::CoolingDown { wait, after });
        }
        if state.closed {
            return Err(Refused::ShuttingDown);
        }
        state.forget_old(Instant::now());
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

    /// How long the school has to wait for its next refresh; `None` if it may be refreshed now.
    pub(super) fn wait(
        &self,
        school: &School,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        self.state().wait(self.cooldown, school, logged, now)
    }

    /// A run has ended: its school is free, the next may go, and then everyone who follows it learns of the end.
    pub(super) fn end(&self, run: &Run, ending: Ending, cache: Option<Cleared>) {
        self.release(run, &ending);
        run.ended(ending, cache);
    }

    /// How many run, and how many wait.
    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.state();
        (state.running.len(), state.queue.len())
    }

    /// Admits no more.
    pub(super) fn close(&self) {
        self.state().closed = true;
    }

    /// All runs that are queued or running.
    pub(super) fn unfinished(&self) -> Vec<Arc<Run>> {
        self.state().active.values().cloned().collect()
    }

    fn release(&self, run: &Run, ending: &Ending) {
        let mut state = self.state();
        let now = Instant::now();
        state.active.remove(&run.school.id);
        state.ended.push_back((now, run.id));
        state.ends.note(run.school.id, Outcome::of(ending), now);
        state.running.remove(&run.id);
        // It may have been stopped before its turn came.
        state.queue.retain(|waiting| waiting.run.id != run.id);
        state.next(self.limits.running);
        state.publish_positions();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn new(ends_kept: Duration) -> Self {
        Self {
            closed: false,
            running: HashSet::new(),
            queue: VecDeque::new(),
            by_id: HashMap::new(),
            active: HashMap::new(),
            ended: VecDeque::new(),
            ends: Ends::new(ends_kept),
        }
    }

    fn wait(
        &self,
        cooldown: Cooldown,
        school: &School,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        let remembered = self.ends.of(school.id, Instant::now());
        cooldown.wait(logged, &remembered, now)
    }

    /// The school's run that ended last, if that was no longer ago.
    fn last_ended(&self, school: &School, ago: Duration) -> Option<Uuid> {
        let newest_first = self.ended.iter().rev();
        let newest_first = newest_first.take_while(|(at, _)| at.elapsed() <= ago);
        let mut runs = newest_first.filter_map(|(_, id)| self.by_id.get(id));
        runs.find(|run| run.school.id == school.id)
            .map(|run| run.id)
    }

    fn next(&mut self, most: usize) {
        while self.running.len() < most
            && let Some(waiting) = self.queue.pop_front()
        {
            // A run whose task no longer waits was stopped, and takes no place.
            if waiting.go.send(()).is_ok() {
                self.running.insert(waiting.run.id);
            }
        }
    }

    fn publish_positions(&self) {
        for (position, waiting) in self.queue.iter().enumerate() {
            waiting.run.queued(position);
        }
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((ended, id)) = self.ended.front()
            && now.duration_since(*ended) > KEPT
        {
            self.by_id.remove(id);
            self.ended.pop_front();
        }
        self.ends.forget_old(now);
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::Calendar;

    use super::*;
    use crate::problem::Problem;

    #[test]
    fn a_run_is_remembered_for_an_hour_after_its_end() {
        let limits = Limits {
            running: 1,
            queued: 1,
        };
        let cooldown = Cooldown {
            after_success: Duration::ZERO,
            after_failure: Duration::ZERO,
        };
        let runs = Memory::new(limits, cooldown);
        let school = Arc::new(School {
            id: Uuid::from_u128(1),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: "A school".to_owned(),
            calendar: Calendar::from_flags(None, None),
        });
        let admission = runs.admit(&school, "test", &[], Timestamp::UNIX_EPOCH);
        let Ok(Admission::New { run, .. }) = admission else {
            panic!("the school is free");
        };
        runs.end(&run, Ending::failed(Problem::bug()), None);
        let mut state = runs.state();
        state.forget_old(Instant::now() + KEPT / 2);
        assert_eq!(state.by_id.len(), 1);
        state.forget_old(Instant::now() + KEPT + Duration::from_secs(1));
        assert!(state.by_id.is_empty());
    }
}
