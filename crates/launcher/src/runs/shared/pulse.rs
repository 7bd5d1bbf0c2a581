//! What is done again and again while there is anything to do: leases are renewed, events handed on and taken in, and what
//! Redis could not be told before is told. Without runs, nothing is asked.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify};
use uuid::Uuid;

use super::backlog::{KEPT, argument_of};
use super::link::{Link, millis};
use super::own::Proven;
use super::scripts::{BEAT, BURY, Beat, Done, FOLLOW, Followed, RELEASE, WITHDRAW};
use super::{Shared, Together};
use crate::cooldown::Cooldown;
use crate::problem::Problem;
use crate::runs::{Limits, Run};
use crate::supervise::Ending;

/// How old what is known of another launcher's run may be.
const BETWEEN: Duration = Duration::from_millis(100);
/// How long a run's end is kept for a Redis that is away.
const ENDS_KEPT: Duration = Duration::from_mins(10);

/// One run of this launcher's, as it is at this moment.
struct Beating {
    run: Arc<Run>,
    proven: Proven,
    published: u64,
    fence: String,
    about: String,
    place: &'static str,
}

/// Goes on until the coordinator is gone.
async fn beat(shared: Weak<Shared>, wake: Arc<Notify>) {
    while let Some(shared) = shared.upgrade() {
        let is_busy = shared.step().await;
        drop(shared);
        if is_busy {
            tokio::time::sleep(BETWEEN).await;
        } else {
            wake.notified().await;
        }
    }
}

impl Shared {
    pub(in crate::runs) fn start(
        together: Together,
        limits: Limits,
        cooldown: Cooldown,
        runtime: &Handle,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let shared = Arc::new(Self {
            link: Link::new(together.redis, together.lease),
            lease: together.lease,
            limits,
            cooldown,
            instance: Uuid::new_v4().to_string(),
            runtime: runtime.clone(),
            state: Mutex::default(),
            beating: AsyncMutex::new(()),
            wake: Arc::clone(&wake),
        });
        runtime.spawn(beat(Arc::downgrade(&shared), wake));
        shared
    }

    /// Does all of it once. Returns whether anything is left to do.
    pub(super) async fn step(&self) -> bool {
        {
            // Nothing else is said of a run that is about to end.
            let _turn = self.beating.lock().await;
            self.catch_up().await;
            let own = self.beating();
            join_all(own.iter().map(|it| self.beat(it))).await;
        }
        let others = self.followed();
        join_all(others.iter().map(|run| self.follow(run))).await;
        // Held by nobody here when it is counted who wants them.
        drop(others);
        self.forget_old();
        let state = self.state.lock();
        let live = state.known.values().any(|it| it.run.ending().is_none());
        !state.own.is_empty() || live || !state.releases.is_empty() || !state.withdrawals.is_empty()
    }

    async fn catch_up(&self) {
        let releases = std::mem::take(&mut self.state.lock().releases);
        for release in releases {
            let arguments: Vec<&str> = release.arguments.iter().map(String::as_str).collect();
            let told = self.link.call::<Done>(RELEASE, &arguments).await;
            if told.is_err() && release.since.elapsed() < ENDS_KEPT {
                self.state.lock().releases.push(release);
            }
        }
        let withdrawals: Vec<(Uuid, Uuid)> = {
            let mut state = self.state.lock();
            let now = Instant::now();
            state.withdrawals.retain(|it| now < it.until);
            state
                .withdrawals
                .iter()
                .map(|it| (it.school, it.run))
                .collect()
        };
        for (school, run) in withdrawals {
            let (school, run) = (school.to_string(), run.to_string());
            // Asked again at the next beat.
            drop(self.link.call::<Done>(WITHDRAW, &[&school, &run]).await);
        }
    }

    fn beating(&self) -> Vec<Beating> {
        let state = self.state.lock();
        let own = state.own.values();
        let own = own.filter(|own| !own.run.has_lost_lease());
        let own = own.map(|own| Beating {
            run: Arc::clone(&own.run),
            proven: Arc::clone(&own.proven),
            published: own.published,
            fence: own.fence.to_string(),
            about: own.about.clone(),
            place: if own.go.is_some() {
                "queued"
            } else {
                "running"
            },
        });
        own.collect()
    }

    async fn beat(&self, own: &Beating) {
        let sent = Instant::now();
        let (school, run) = (own.run.school.id.to_string(), own.run.id.to_string());
        let (lease, kept) = (millis(self.lease), millis(KEPT));
        let most = self.limits.running.to_string();
        let mut arguments = vec![
            &*school,
            &*run,
            &*self.instance,
            &*own.fence,
            &*lease,
            &*most,
            &*kept,
            &*own.about,
            own.place,
        ];
        let events = own.run.kept_after(own.published);
        let published = events.last().map_or(own.published, |event| event.id);
        let events: Vec<[String; 3]> = events.iter().map(argument_of).collect();
        arguments.extend(events.iter().flatten().map(String::as_str));
        // Otherwise its guard takes care of it.
        let Ok(beat) = self.link.call::<Beat>(BEAT, &arguments).await else {
            return;
        };
        if beat.lost {
            tracing::error!(run_id = run, "the lease is lost, so the refresh is killed");
            own.run.lease_is_lost();
            return;
        }
        *own.proven.lock() = sent;
        if beat.cancel {
            own.run.stop();
        }
        self.heard(own.run.id, &beat, published);
    }

    fn heard(&self, id: Uuid, beat: &Beat, published: u64) {
        let mut state = self.state.lock();
        let Some(own) = state.own.get_mut(&id) else {
            return;
        };
        // A Redis that had forgotten the run gets all that is kept of it at the next beat.
        own.published = if beat.restored { 0 } else { published };
        match beat.position {
            None => {
                if let Some(go) = own.go.take() {
                    // Whoever waited was stopped, and says so by the run's end.
                    let _ = go.send(());
                }
            }
            position if position != own.position => {
                own.position = position;
                own.run.queued(position.unwrap_or_default());
            }
            Some(_) => {}
        }
    }

    /// Other launchers' runs that have not ended here.
    fn followed(&self) -> Vec<Arc<Run>> {
        let state = self.state.lock();
        let known = state.known.values();
        let live = known.filter(|it| it.run.ending().is_none());
        live.map(|it| Arc::clone(&it.run)).collect()
    }

    /// Takes in what a run's launcher has told since, and ends the run if that launcher is gone.
    pub(super) async fn follow(&self, run: &Run) {
        let (school, id) = (run.school.id.to_string(), run.id.to_string());
        let (last, lease) = (run.newest().to_string(), millis(self.lease));
        let arguments = [&*school, &*id, &*last, &*lease];
        let Ok(followed) = self.link.call::<Followed>(FOLLOW, &arguments).await else {
            return;
        };
        for (number, name, data) in followed.events {
            run.receive(number, &name, &data);
        }
        if !followed.alive && run.ending().is_none() {
            let kept = millis(KEPT);
            let end = run.end_of(Ending::failed(Problem::launcher_gone()));
            let [number, name, data] = argument_of(&end);
            let arguments = [&*school, &*id, &*lease, &*kept, &*number, &*name, &*data];
            // What was written is read at the next beat, whoever wrote it.
            drop(self.link.call::<Done>(BURY, &arguments).await);
        }
    }
}
