//! The runs of several launchers, which agree through one Redis: which school is whose, how many run in all, who waits, how far
//! each is, and how it ended. All keys begin with `vsync:`.
//!
//! A launcher owns the runs that it has admitted, each by a lease that it renews; of the others it knows what their launchers
//! tell Redis. No pupil's data is in Redis: events hold what any caller with access to the school is shown of a run.

mod admit;
mod backlog;
mod eviction;
mod known;
mod link;
mod own;
mod pulse;
mod scripts;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use parking_lot::Mutex;
use redis::Client;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify};
use uuid::Uuid;

use super::admission::Limits;
use super::event::Event;
use super::run::Run;
use crate::cache::Cleared;
use crate::cooldown::{CANCELS_WITHIN, Cooldown, LoggedEnd, Outcome, RememberedEnd, Wait};
use crate::supervise::Ending;
use backlog::{KEPT, Release, Withdrawal, argument_of};
use known::{About, Known};
pub(crate) use link::{Evicts, Unreachable};
use link::{Link, millis};
use own::Own;
use scripts::{BEGIN, CANCEL, Cancelled, Done, FIND, Found, LOOK, Looked, RELEASE};

/// How long a request to stop another launcher's run waits until that launcher has heard it.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// What launchers that work together need to know.
#[derive(Clone)]
pub(crate) struct Together {
    pub(crate) redis: Client,
    /// How long a school stays a launcher's that does not renew its lease.
    pub(crate) lease: Duration,
}

/// This launcher's part in it.
pub(crate) struct Shared {
    link: Link,
    lease: Duration,
    limits: Limits,
    cooldown: Cooldown,
    /// Which launcher this is, for whoever looks at the keys.
    instance: String,
    runtime: Handle,
    state: Mutex<State>,
    /// Held while leases are renewed.
    beating: AsyncMutex<()>,
    wake: Arc<Notify>,
}

#[derive(Default)]
struct State {
    closed: bool,
    /// This launcher's runs, until they end.
    own: HashMap<Uuid, Own>,
    /// Those that have ended, in the order they did.
    ended: VecDeque<(Instant, Arc<Run>)>,
    /// Other launchers' runs.
    known: HashMap<Uuid, Known>,
    releases: Vec<Release>,
    withdrawals: Vec<Withdrawal>,
}

impl Shared {
    /// Whether this Redis may be used.
    pub(super) async fn check(&self) -> Result<(), Evicts> {
        self.link.check().await
    }

    /// Whether launchers can agree now.
    pub(super) async fn can_agree(&self) -> Result<(), Unreachable> {
        let lease = millis(self.lease);
        self.link.call::<Done>(BEGIN, &[&lease]).await.map(drop)
    }

    pub(super) async fn active(&self, school: &School) -> Result<Option<Arc<Run>>, Unreachable> {
        if let Some(run) = self.own_of(school) {
            return Ok(Some(run));
        }
        match self.look(school).await?.run {
            Some(run) => self.find(run).await,
            None => Ok(None),
        }
    }

    pub(super) async fn find(&self, id: Uuid) -> Result<Option<Arc<Run>>, Unreachable> {
        if let Some(run) = self.here(id) {
            return Ok(Some(run));
        }
        let found = self.link.call::<Found>(FIND, &[&id.to_string()]).await?;
        let Some(run) = found.about.and_then(|about| About::run(&about, id)) else {
            return Ok(None);
        };
        self.follow(&run).await;
        let run = {
            let mut state = self.state.lock();
            // Somebody else may have been first.
            let known = state.known.entry(id);
            known.or_insert_with(|| Known::new(Arc::new(run))).used()
        };
        self.wake.notify_one();
        Ok(Some(run))
    }

    pub(super) async fn wait(
        &self,
        school: &School,
        logged: &[LoggedEnd],
        now: Timestamp,
    ) -> Option<Wait> {
        let looked = self.look(school).await;
        let remembered = looked.map_or_else(|_| Vec::new(), |looked| ends_of(&looked).0);
        self.cooldown.wait(logged, &remembered, now)
    }

    /// Asks a run to stop, wherever it is.
    pub(super) async fn stop(&self, run: &Run) -> Result<bool, Unreachable> {
        if self.state.lock().own.contains_key(&run.id) || run.ending().is_some() {
            return Ok(run.stop());
        }
        let (school, id) = (run.school.id.to_string(), run.id.to_string());
        let cancelled = self.link.call::<Cancelled>(CANCEL, &[&school, &id]).await?;
        self.wake.notify_one();
        // So that the answer shows it. If it takes longer, it happens all the same.
        drop(tokio::time::timeout(HEARD_WITHIN, run.is_told_to_stop()).await);
        Ok(cancelled.first)
    }

    /// Frees the school, and then lets everyone know how the run has ended.
    pub(super) async fn end(&self, run: &Arc<Run>, ending: Ending, cache: Option<Cleared>) {
        let outcome = Outcome::of(&ending);
        let end = run.seal(ending, cache);
        {
            let _turn = self.beating.lock().await;
            let own = self.state.lock().own.remove(&run.id);
            if let Some(own) = own {
                let mut events = run.kept_after(own.published);
                events.push(end.event().clone());
                self.release(&own, outcome, &events).await;
            }
        }
        let now = Instant::now();
        self.state.lock().ended.push_back((now, Arc::clone(run)));
        run.unseal(end);
        self.wake.notify_one();
    }

    async fn release(&self, own: &Own, outcome: Outcome, events: &[Event]) {
        let mut arguments = vec![
            own.run.school.id.to_string(),
            own.run.id.to_string(),
            own.fence.to_string(),
            word_of(outcome).to_owned(),
            millis(self.cooldown.longest()),
            millis(CANCELS_WITHIN + self.cooldown.after_failure),
            millis(KEPT),
        ];
        arguments.extend(events.iter().flat_map(argument_of));
        let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if self.link.call::<Done>(RELEASE, &texts).await.is_err() {
            self.state.lock().releases.push(Release {
                since: Instant::now(),
                arguments,
            });
        }
    }

    /// Tells Redis what it does not know yet, before the service ends.
    pub(super) async fn say_goodbye(&self) {
        self.step().await;
    }

    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        let queued = state.own.values().filter(|own| own.go.is_some()).count();
        (state.own.len() - queued, queued)
    }

    pub(super) fn close(&self) {
        self.state.lock().closed = true;
    }

    pub(super) fn unfinished(&self) -> Vec<Arc<Run>> {
        let state = self.state.lock();
        state.own.values().map(|own| Arc::clone(&own.run)).collect()
    }

    /// Whether this launcher carries the run out.
    pub(super) fn owns(&self, run: &Run) -> bool {
        self.state.lock().own.contains_key(&run.id)
    }

    fn own_of(&self, school: &School) -> Option<Arc<Run>> {
        let state = self.state.lock();
        let mut own = state.own.values();
        own.find(|own| own.run.school.id == school.id)
            .map(|own| Arc::clone(&own.run))
    }

    fn here(&self, id: Uuid) -> Option<Arc<Run>> {
        let mut state = self.state.lock();
        if let Some(own) = state.own.get(&id) {
            return Some(Arc::clone(&own.run));
        }
        if let Some((_, run)) = state.ended.iter().find(|(_, run)| run.id == id) {
            return Some(Arc::clone(run));
        }
        state.known.get_mut(&id).map(Known::used)
    }

    async fn look(&self, school: &School) -> Result<Looked, Unreachable> {
        self.link.call(LOOK, &[&school.id.to_string()]).await
    }

    /// The admission of this run is taken back.
    fn take_back(&self, school: Uuid, run: Uuid) {
        let until = Instant::now() + self.lease;
        let withdrawal = Withdrawal { until, school, run };
        self.state.lock().withdrawals.push(withdrawal);
        self.wake.notify_one();
    }

    fn forget_old(&self) {
        let mut state = self.state.lock();
        while let Some((ended, _)) = state.ended.front()
            && ended.elapsed() > KEPT
        {
            state.ended.pop_front();
        }
        state.known.retain(|_, known| known.is_wanted());
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The pulse notices that it is gone.
        self.wake.notify_one();
    }
}

fn word_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
    }
}

/// How the school's runs ended, as far as its cooldown depends on it, and which was the last.
fn ends_of(looked: &Looked) -> (Vec<RememberedEnd>, Option<Uuid>) {
    let ended = looked.ended.split_once(' ').and_then(|(word, rest)| {
        let outcome = match word {
            "succeeded" => Outcome::Succeeded,
            _ => Outcome::Failed,
        };
        end_of(outcome, rest, looked.now)
    });
    let cancelled = looked.cancelled.iter();
    let cancelled = cancelled.filter_map(|text| end_of(Outcome::Cancelled, text, looked.now));
    let ends: Vec<(RememberedEnd, Uuid)> = ended.into_iter().chain(cancelled).collect();
    let last = ends.iter().min_by_key(|(end, _)| end.ago);
    let last = last.map(|(_, run)| *run);
    (ends.into_iter().map(|(end, _)| end).collect(), last)
}

fn end_of(outcome: Outcome, text: &str, now: u64) -> Option<(RememberedEnd, Uuid)> {
    let (at, run) = text.split_once(' ')?;
    let ago = Duration::from_millis(now.saturating_sub(at.parse().ok()?));
    Some((RememberedEnd { outcome, ago }, run.parse().ok()?))
}

#[cfg(test)]
mod tests;
