//! The registry of runs: whether a request starts a run, waits or joins one, and what is remembered of runs that have ended.
//!
//! One run per school. All of it is in this process's memory; sharing it between launchers would change this module
//! and nothing else. Does no I/O and starts nothing: it decides what may start.

mod admission;
mod ends;
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

pub(crate) use admission::{Admission, Limits, Refused, Turn};
use ends::Ends;
pub(crate) use event::Event;
pub(crate) use run::Run;
pub(crate) use view::{RunState, RunView};

use crate::access::Caller;
use crate::cooldown::{Outcome, RememberedEnd};
use crate::supervise::Ending;

/// How long a run that has ended is remembered.
const KEPT: Duration = Duration::from_hours(1);

/// All runs of this launcher.
pub(crate) struct Runs {
    limits: Limits,
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

impl Runs {
    /// `ends_kept` is how long the end of a school's last run counts.
    pub(crate) fn new(limits: Limits, ends_kept: Duration) -> Self {
        Self {
            limits,
            state: Mutex::new(State::new(ends_kept)),
        }
    }

    /// The school's run that is queued or running.
    pub(crate) fn active(&self, school: &School) -> Option<Arc<Run>> {
        self.state().active.get(&school.id).cloned()
    }

    /// The school's run that ended last, if that was no longer ago.
    pub(crate) fn last_ended(&self, school: &School, ago: Duration) -> Option<Uuid> {
        let state = self.state();
        let newest_first = state.ended.iter().rev();
        let newest_first = newest_first.take_while(|(at, _)| at.elapsed() <= ago);
        let mut runs = newest_first.filter_map(|(_, id)| state.by_id.get(id));
        runs.find(|run| run.school.id == school.id)
            .map(|run| run.id)
    }

    /// A run by its id, until an hour after its end. `None` also if the caller has no access to its school: such runs look
    /// exactly like runs that never existed.
    pub(crate) fn for_caller(&self, caller: &Caller, id: Uuid) -> Option<Arc<Run>> {
        let mut state = self.state();
        state.forget_old(Instant::now());
        let run = state.by_id.get(&id)?;
        caller.covers(&run.school).then(|| Arc::clone(run))
    }

    /// Joins the school's run, or admits a new one.
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

    /// A run has ended: its school is free, and the next may go.
    pub(crate) fn release(&self, run: &Run, ending: &Ending) {
        let mut state = self.state();
        let now = Instant::now();
        state.active.remove(&run.school.id);
        state.ended.push_back((now, run.id));
        state.ends.note(run.school.id, outcome(ending), now);
        state.running.remove(&run.id);
        // It may have been stopped before its turn came.
        state.queue.retain(|waiting| waiting.run.id != run.id);
        state.next(self.limits.running);
        state.publish_positions();
    }

    /// How the school's runs here ended, as far as its cooldown depends on it.
    pub(crate) fn ends(&self, school: &School) -> Vec<RememberedEnd> {
        self.state().ends.of(school.id, Instant::now())
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

    /// All runs that are queued or running.
    pub(crate) fn unfinished(&self) -> Vec<Arc<Run>> {
        self.state().active.values().cloned().collect()
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

fn outcome(ending: &Ending) -> Outcome {
    match ending {
        Ending::Finished(_) => Outcome::Succeeded,
        Ending::Failed { .. } if ending.is_cancelled() => Outcome::Cancelled,
        Ending::Failed { .. } => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sync_protocol::Calendar;

    use super::*;
    use crate::access::Authority;
    use crate::problem::Problem;

    const HOUR: Duration = Duration::from_hours(1);

    fn registry(running: usize, queued: usize) -> Runs {
        Runs::new(Limits { running, queued }, HOUR)
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
    fn start(runs: &Runs, n: u8) -> (Arc<Run>, Turn) {
        match runs.admit(&school(n), "test") {
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
            let Ok(Admission::Joined(joined)) = runs.admit(&school(n), "another") else {
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
            let answers = [1, 2, 3, 4].map(|n| match runs.admit(&school(n), "test") {
                Ok(Admission::New {
                    turn: Turn::Now, ..
                }) => "now",
                Ok(Admission::New { .. }) => "waits",
                Ok(Admission::Joined(_)) => "joined",
                Err(Refused::Busy) => "busy",
                Err(Refused::ShuttingDown) => "shutting down",
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

        runs.release(&first, &Ending::failed(Problem::bug()));

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
        runs.release(&second, &Ending::failed(Problem::cancelled()));
        assert_eq!(positions(&[&third]), [Some(0)]);
        assert_eq!(runs.load(), (1, 2));
        runs.release(&first, &Ending::failed(Problem::bug()));
        assert!(is_now(&mut turn_of_third));
        drop(turn_of_fourth);
        runs.release(&third, &Ending::failed(Problem::bug()));
        assert_eq!(runs.load(), (0, 0));
    }

    #[test]
    fn after_closing_requests_join_but_start_nothing() {
        let runs = registry(1, 1);
        let (running, _) = start(&runs, 1);
        let (waiting, _) = start(&runs, 2);

        runs.close();

        assert!(matches!(
            runs.admit(&school(1), "test"),
            Ok(Admission::Joined(_))
        ));
        let refused = runs.admit(&school(3), "test").err();
        assert_eq!(refused, Some(Refused::ShuttingDown));
        let unfinished: HashSet<Uuid> = runs.unfinished().iter().map(|run| run.id).collect();
        assert_eq!(unfinished, HashSet::from([running.id, waiting.id]));
    }

    #[test]
    fn a_run_is_remembered_after_its_end_and_shown_to_callers_with_access_only() {
        let runs = registry(1, 1);
        let (run, _) = start(&runs, 1);
        let of = |n| Caller::for_test(Authority::of_schools([school(n).knack_id]));
        for is_ended in [false, true] {
            if is_ended {
                runs.release(&run, &Ending::failed(Problem::bug()));
            }
            for (caller, id, is_shown) in [
                (Caller::for_test(Authority::All), run.id, true),
                (of(1), run.id, true),
                (of(2), run.id, false),
                (Caller::for_test(Authority::All), Uuid::from_u128(9), false),
            ] {
                let shown = runs.for_caller(&caller, id).is_some();
                assert_eq!(shown, is_shown, "{caller:?} {id} {is_ended}");
            }
        }
        let mut state = runs.state();
        state.forget_old(Instant::now() + KEPT / 2);
        assert_eq!(state.by_id.len(), 1);
        state.forget_old(Instant::now() + KEPT + Duration::from_secs(1));
        assert!(state.by_id.is_empty());
    }

    #[test]
    fn how_a_run_ended_counts_for_its_school_and_no_other() {
        for (problem, expected) in [
            (Problem::bug(), Outcome::Failed),
            (Problem::timed_out(), Outcome::Failed),
            (Problem::cancelled(), Outcome::Cancelled),
            (Problem::stopped_by_shutdown(), Outcome::Cancelled),
        ] {
            let runs = registry(1, 1);
            let (run, _) = start(&runs, 1);
            runs.release(&run, &Ending::failed(problem));
            let ends = runs.ends(&school(1));
            let outcomes: Vec<Outcome> = ends.iter().map(|end| end.outcome).collect();
            assert_eq!(outcomes, [expected]);
            assert_eq!(runs.ends(&school(2)), []);
        }
    }
}
