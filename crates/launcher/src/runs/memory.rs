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
    use std::collections::HashSet;

    use sync_protocol::Calendar;

    use super::*;
    use crate::problem::Problem;

    const NO_COOLDOWN: Cooldown = Cooldown {
        after_success: Duration::ZERO,
        after_failure: Duration::ZERO,
    };

    fn registry(running: usize, queued: usize) -> Memory {
        Memory::new(Limits { running, queued }, NO_COOLDOWN)
    }

    fn admit(runs: &Memory, n: u8, started_by: &str) -> Result<Admission, Refused> {
        runs.admit(&school(n), started_by, &[], Timestamp::UNIX_EPOCH)
    }

    fn school(n: u8) -> Arc<School> {
        Arc::new(School {
            id: Uuid::from_u128(n.into()),
            knack_id: format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap(),
            name: format!("School {n}"),
            calendar: Calendar::from_flags(None, None),
        })
    }

    /// A new run of school `n`, and when it may start.
    fn start(runs: &Memory, n: u8) -> (Arc<Run>, Turn) {
        match admit(runs, n, "test") {
            Ok(Admission::New { run, turn }) => (run, turn),
            Ok(Admission::Joined(_)) => panic!("school {n} has a run"),
            Err(refused) => panic!("school {n}: {refused:?}"),
        }
    }

    fn is_now(turn: &mut Turn) -> bool {
        match turn {
            Turn::Now => true,
            Turn::After(turn) => turn.try_recv().is_ok(),
        }
    }

    fn positions(runs: &[&Arc<Run>]) -> Vec<Option<usize>> {
        runs.iter().map(|run| run.view().queue_position).collect()
    }

    #[test]
    fn a_second_request_for_a_school_joins_its_run_whether_it_runs_or_waits() {
        let runs = registry(1, 1);
        for n in [1, 2] {
            let (run, _) = start(&runs, n);
            let Ok(Admission::Joined(joined)) = admit(&runs, n, "another") else {
                panic!("school {n} has a run");
            };
            assert!(Arc::ptr_eq(&joined, &run));
            assert_eq!(runs.active(&school(n)).map(|run| run.id), Some(run.id));
        }
        assert_eq!(runs.load(), (1, 1));
    }

    #[test]
    fn runs_start_at_once_then_wait_then_are_refused() {
        for (running, queued, expected) in [
            (1, 0, ["now", "busy", "busy", "busy"]),
            (1, 2, ["now", "waits", "waits", "busy"]),
            (2, 1, ["now", "now", "waits", "busy"]),
            (4, 0, ["now", "now", "now", "now"]),
        ] {
            let runs = registry(running, queued);
            let answers = [1, 2, 3, 4].map(|n| match admit(&runs, n, "test") {
                Ok(Admission::New {
                    turn: Turn::Now, ..
                }) => "now",
                Ok(Admission::New { .. }) => "waits",
                Ok(Admission::Joined(_)) => "joined",
                Err(Refused::Busy) => "busy",
                Err(refused) => panic!("{refused:?}"),
            });
            assert_eq!(answers, expected, "{running} {queued}");
        }
    }

    #[test]
    fn the_queue_is_served_in_order_and_positions_move_up() {
        let runs = registry(1, 3);
        let (first, _) = start(&runs, 1);
        let (second, mut turn_of_second) = start(&runs, 2);
        let (third, mut turn_of_third) = start(&runs, 3);
        let (fourth, _) = start(&runs, 4);
        let waiting = [&second, &third, &fourth];
        assert_eq!(positions(&waiting), [Some(0), Some(1), Some(2)]);
        assert!(!is_now(&mut turn_of_second));

        runs.end(&first, Ending::failed(Problem::bug()), None);

        assert!(is_now(&mut turn_of_second));
        assert!(!is_now(&mut turn_of_third));
        assert_eq!(positions(&waiting[1..]), [Some(0), Some(1)]);
        assert_eq!(runs.load(), (1, 2));
        assert!(runs.active(&school(1)).is_none());
    }

    #[test]
    fn a_run_that_ends_while_it_waits_leaves_the_queue_and_takes_no_place() {
        let runs = registry(1, 3);
        let (first, _) = start(&runs, 1);
        let (second, turn_of_second) = start(&runs, 2);
        let (third, mut turn_of_third) = start(&runs, 3);
        let (_fourth, turn_of_fourth) = start(&runs, 4);

        // Stopped and released, and one whose task is gone without having released it yet.
        drop(turn_of_second);
        runs.end(&second, Ending::failed(Problem::cancelled()), None);
        assert_eq!(positions(&[&third]), [Some(0)]);
        assert_eq!(runs.load(), (1, 2));
        runs.end(&first, Ending::failed(Problem::bug()), None);
        assert!(is_now(&mut turn_of_third));
        drop(turn_of_fourth);
        runs.end(&third, Ending::failed(Problem::bug()), None);
        assert_eq!(runs.load(), (0, 0));
    }

    #[test]
    fn after_closing_requests_join_but_start_nothing() {
        let runs = registry(1, 1);
        let (running, _) = start(&runs, 1);
        let (waiting, _) = start(&runs, 2);

        runs.close();

        assert!(matches!(admit(&runs, 1, "test"), Ok(Admission::Joined(_))));
        let refused = admit(&runs, 3, "test").err();
        assert_eq!(refused, Some(Refused::ShuttingDown));
        let unfinished: HashSet<Uuid> = runs.unfinished().iter().map(|run| run.id).collect();
        assert_eq!(unfinished, HashSet::from([running.id, waiting.id]));
    }

    #[test]
    fn a_run_is_remembered_for_an_hour_after_its_end() {
        let runs = registry(1, 1);
        let (run, _) = start(&runs, 1);
        assert!(runs.find(run.id).is_some());
        runs.end(&run, Ending::failed(Problem::bug()), None);
        assert!(runs.find(run.id).is_some());
        assert!(runs.find(Uuid::from_u128(9)).is_none());
        let mut state = runs.state();
        state.forget_old(Instant::now() + KEPT / 2);
        assert_eq!(state.by_id.len(), 1);
        state.forget_old(Instant::now() + KEPT + Duration::from_secs(1));
        assert!(state.by_id.is_empty());
    }

    #[test]
    fn how_a_run_ended_counts_for_its_school_and_no_other() {
        for (problem, expected) in [
            (Problem::bug(), Some(31)),
            (Problem::timed_out(), Some(31)),
            (Problem::cancelled(), None),
            (Problem::stopped_by_shutdown(), None),
        ] {
            let cooldown = Cooldown {
                after_success: Duration::from_mins(5),
                after_failure: Duration::from_secs(30),
            };
            let limits = Limits {
                running: 1,
                queued: 1,
            };
            let runs = Memory::new(limits, cooldown);
            let (run, _) = start(&runs, 1);
            runs.end(&run, Ending::failed(problem), None);
            let seconds = |n| {
                let wait = runs.wait(&school(n), &[], Timestamp::UNIX_EPOCH);
                wait.map(|wait| wait.seconds)
            };
            assert!(seconds(1) == expected || seconds(1) == expected.map(|it| it - 1));
            assert_eq!(seconds(2), None);
            if expected.is_some() {
                let refused = admit(&runs, 1, "test").err();
                let after = refused.and_then(|refused| match refused {
                    Refused::CoolingDown { after, .. } => after,
                    _ => None,
                });
                assert_eq!(after, Some(run.id));
            }
        }
    }
}
