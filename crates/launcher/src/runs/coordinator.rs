//! The boundary behind which it is decided what may run: the rest of the service asks it, and does not know where the answer
//! comes from.

use std::sync::Arc;

use dashboard::School;
use jiff::Timestamp;
use uuid::Uuid;

use super::admission::{Admission, Limits, Refused};
use super::memory::Memory;
use super::run::Run;
use crate::access::Caller;
use crate::cache::Cleared;
use crate::cooldown::{Cooldown, LoggedEnd, Wait};
use crate::supervise::Ending;

/// Who decides.
pub(crate) enum Coordinator {
    /// This launcher, which works alone.
    Memory(Memory),
}

impl Coordinator {
    /// For a launcher that works alone.
    pub(crate) fn alone(limits: Limits, cooldown: Cooldown) -> Self {
        Self::Memory(Memory::new(limits, cooldown))
    }

    /// The school's run that is queued or running.
    pub(crate) fn active(&self, school: &School) -> Option<Arc<Run>> {
        match self {
            Self::Memory(memory) => memory.active(school),
        }
    }

    /// A run by its id, until an hour after its end. `None` also if the caller has no access to its school: such runs look
    /// exactly like runs that never existed.
    pub(crate) fn for_caller(&self, caller: &Caller, id: Uuid) -> Option<Arc<Run>> {
        let run = match self {
            Self::Memory(memory) => memory.find(id),
        };
        run.filter(|run| caller.covers(&run.school))
    }

    /// Joins the school's run, or admits a new one unless the school or the service has to rest first. `logged` is what the log
    /// says of the school's refreshes.
    pub(crate) fn admit(
        &self,
        school: &Arc<School>,
        started_by: &str,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        match self {
            Self::Memory(memory) => memory.admit(school, started_by, logged, now),
        }
    }

    /// How long the school has to wait for its next refresh; `None` if it may be refreshed now.
    pub(crate) fn wait(
        &self,
        school: &School,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        match self {
            Self::Memory(memory) => memory.wait(school, logged, now),
        }
    }

    /// Asks a run to stop. False if it has ended, or was asked before.
    pub(crate) fn stop(&self, run: &Run) -> bool {
        match self {
            Self::Memory(_) => run.stop(),
        }
    }

    /// A run has ended: its school is free before anyone learns of the end, since they may ask for the next refresh at once.
    pub(crate) fn end(&self, run: &Run, ending: Ending, cache: Option<Cleared>) {
        match self {
            Self::Memory(memory) => memory.end(run, ending, cache),
        }
    }

    /// How many of this launcher's runs are running, and how many wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        match self {
            Self::Memory(memory) => memory.load(),
        }
    }

    /// Admits no more.
    pub(crate) fn close(&self) {
        match self {
            Self::Memory(memory) => memory.close(),
        }
    }

    /// All runs of this launcher that are queued or running.
    pub(crate) fn unfinished(&self) -> Vec<Arc<Run>> {
        match self {
            Self::Memory(memory) => memory.unfinished(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sync_protocol::Calendar;

    use super::*;
    use crate::access::Authority;

    fn school(n: u8) -> Arc<School> {
        Arc::new(School {
            id: Uuid::from_u128(n.into()),
            knack_id: format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap(),
            name: format!("School {n}"),
            calendar: Calendar::from_flags(None, None),
        })
    }

    #[test]
    fn a_run_is_shown_to_callers_with_access_only() {
        let limits = Limits {
            running: 1,
            queued: 1,
        };
        let cooldown = Cooldown {
            after_success: Duration::ZERO,
            after_failure: Duration::ZERO,
        };
        let coordinator = Coordinator::alone(limits, cooldown);
        let admission = coordinator.admit(&school(1), "test", &[], Timestamp::UNIX_EPOCH);
        let Ok(Admission::New { run, .. }) = admission else {
            panic!("the school is free");
        };
        let of = |n| Caller::for_test(Authority::of_schools([school(n).knack_id]));
        for (caller, id, is_shown) in [
            (Caller::for_test(Authority::All), run.id, true),
            (of(1), run.id, true),
            (of(2), run.id, false),
            (Caller::for_test(Authority::All), Uuid::from_u128(9), false),
        ] {
            let shown = coordinator.for_caller(&caller, id).is_some();
            assert_eq!(shown, is_shown, "{caller:?} {id}");
        }
    }
}
