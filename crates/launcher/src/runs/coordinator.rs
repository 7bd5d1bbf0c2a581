//! The boundary behind which it is decided what may run: the rest of the service asks it, and does not know where the answer
//! comes from.

use std::sync::Arc;

use dashboard::School;
use jiff::Timestamp;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::admission::{Admission, Limits, Refused};
use super::memory::Memory;
use super::run::Run;
use super::shared::{Evicts, Shared, Together, Unreachable};
use crate::access::Caller;
use crate::cache::Cleared;
use crate::cooldown::{Cooldown, LoggedEnd, Wait};
use crate::supervise::Ending;

/// Who decides.
pub(crate) enum Coordinator {
    /// This launcher, which works alone.
    Memory(Box<Memory>),
    /// All launchers that use the same Redis.
    Redis(Arc<Shared>),
}

impl Coordinator {
    /// For a launcher that works alone.
    pub(crate) fn alone(limits: Limits, cooldown: Cooldown) -> Self {
        Self::Memory(Box::new(Memory::new(limits, cooldown)))
    }

    /// For one of several. What goes on by itself does so on `runtime`.
    pub(crate) fn together(
        together: Together,
        limits: Limits,
        cooldown: Cooldown,
        runtime: &Handle,
    ) -> Self {
        Self::Redis(Shared::start(together, limits, cooldown, runtime))
    }

    /// Whether the launcher may start with this coordinator.
    pub(crate) async fn check(&self) -> Result<(), Evicts> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(shared) => shared.check().await,
        }
    }

    /// Whether runs can be admitted now.
    pub(crate) async fn can_admit(&self) -> Result<(), Unreachable> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(shared) => shared.can_agree().await,
        }
    }

    /// The school's run that is queued or running.
    pub(crate) async fn active(&self, school: &School) -> Result<Option<Arc<Run>>, Unreachable> {
        match self {
            Self::Memory(memory) => Ok(memory.active(school)),
            Self::Redis(shared) => shared.active(school).await,
        }
    }

    /// A run by its id, until an hour after its end. `None` also if the caller has no access to its school: such runs look
    /// exactly like runs that never existed.
    pub(crate) async fn for_caller(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<Option<Arc<Run>>, Unreachable> {
        let run = match self {
            Self::Memory(memory) => memory.find(id),
            Self::Redis(shared) => shared.find(id).await?,
        };
        Ok(run.filter(|run| caller.covers(&run.school)))
    }

    /// Joins the school's run, or admits a new one unless the school or the service has to rest first. `logged` is what the log
    /// says of the school's refreshes.
    pub(crate) async fn admit(
        &self,
        school: &Arc<School>,
        started_by: &str,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Result<Admission, Refused> {
        match self {
            Self::Memory(memory) => memory.admit(school, started_by, logged, now),
            Self::Redis(shared) => shared.admit(school, started_by, logged, now).await,
        }
    }

    /// How long the school has to wait for its next refresh; `None` if it may be refreshed now. By the log alone if nothing else
    /// can be asked.
    pub(crate) async fn wait(
        &self,
        school: &School,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        match self {
            Self::Memory(memory) => memory.wait(school, logged, now),
            Self::Redis(shared) => shared.wait(school, logged, now).await,
        }
    }

    /// Asks a run to stop. False if it has ended, or was asked before.
    pub(crate) async fn stop(&self, run: &Run) -> Result<bool, Unreachable> {
        match self {
            Self::Memory(_) => Ok(run.stop()),
            Self::Redis(shared) => shared.stop(run).await,
        }
    }

    /// A run has ended: its school is free before anyone learns of the end, since they may ask for the next refresh at once.
    pub(crate) async fn end(&self, run: &Arc<Run>, ending: Ending, cache: Option<Cleared>) {
        match self {
            Self::Memory(memory) => memory.end(run, ending, cache),
            Self::Redis(shared) => shared.end(run, ending, cache).await,
        }
    }

    /// Whether another launcher carries the run out, so that it goes on when this one ends.
    pub(crate) fn is_elsewhere(&self, run: &Run) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Redis(shared) => !shared.owns(run),
        }
    }

    /// How many of this launcher's runs are running, and how many wait.
    pub(crate) fn load(&self) -> (usize, usize) {
        match self {
            Self::Memory(memory) => memory.load(),
            Self::Redis(shared) => shared.load(),
        }
    }

    /// Admits no more.
    pub(crate) fn close(&self) {
        match self {
            Self::Memory(memory) => memory.close(),
            Self::Redis(shared) => shared.close(),
        }
    }

    /// All runs of this launcher that are queued or running.
    pub(crate) fn unfinished(&self) -> Vec<Arc<Run>> {
        match self {
            Self::Memory(memory) => memory.unfinished(),
            Self::Redis(shared) => shared.unfinished(),
        }
    }

    /// Nothing runs any more, and the service ends.
    pub(crate) async fn say_goodbye(&self) {
        if let Self::Redis(shared) = self {
            shared.say_goodbye().await;
        }
    }
}

#[cfg(test)]
mod tests;
