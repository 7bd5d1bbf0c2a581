//! Everything the service consists of, and what it does when a refresh is asked for: see who may, start the process, and
//! see to the cache and the registry when it ends.
//!
//! A run belongs to this service, never to the request that asked for it: it is spawned on the main runtime, since what a
//! request's worker spawns dies with that worker (docs/knack-and-dashboard.md, "Web server").

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use futures_util::FutureExt;
use moka::future::Cache as Remembered;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use uuid::Uuid;

use crate::access::{Access, Caller};
use crate::cache::{Cache, Cleared};
use crate::clock;
use crate::directory::Directory;
use crate::history::History;
use crate::metrics::Metrics;
use crate::overview::Overviews;
use crate::problem::{Code, Problem};
use crate::readiness::Checks;
use crate::runs::{Admission, Refused, Run, RunState, Runs, Turn};
use crate::supervise::{self, ChildArgs, Ending, Program};

/// The service.
pub(crate) struct Launcher {
    pub(crate) access: Access,
    pub(crate) directory: Directory,
    pub(crate) history: History,
    pub(crate) overviews: Overviews,
    pub(crate) cache: Option<Cache>,
    pub(crate) runs: Runs,
    pub(crate) metrics: Metrics,
    pub(crate) program: Program,
    pub(crate) runtime: Handle,
    /// Running refreshes may end by themselves for so long when the service ends.
    pub(crate) shutdown_patience: Duration,
    pub(crate) work: Work,
    pub(crate) checks: Checks,
}

/// What the service has under way.
pub(crate) struct Work {
    /// One refresh of a school is admitted at a time, so that those who come together read the log once.
    admissions: Remembered<Uuid, Arc<Mutex<()>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
}

const MOST_ADMISSIONS: u64 = 10_000;
/// What a full queue asks to wait.
const BUSY_SECONDS: u64 = 15;
const SHUTDOWN_SECONDS: u64 = 30;
/// A run that was asked to stop has ended after this, and its cache is cleared, unless its grace was set longer.
const STOPPING: Duration = Duration::from_secs(12);

impl Default for Work {
    fn default() -> Self {
        Self {
            admissions: Remembered::builder().max_capacity(MOST_ADMISSIONS).build(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        }
    }
}

impl Launcher {
    /// The school's run: the one that goes on, or a new one. True if it goes on already.
    pub(crate) async fn refresh(
        self: &Arc<Self>,
        school: &Arc<School>,
        caller: &Caller,
    ) -> Result<(Arc<Run>, bool), Problem> {
        // Whoever is admitted is waited for at the end, also before its task is spawned.
        let _counted = self.work.tasks.token();
        let patience = tokio::time::Instant::now() + STOPPING;
        let admission = loop {
            let admission = tokio::select! {
                biased;
                () = self.work.closing.cancelled() => self.join(school),
                admission = self.admit(school, caller) => admission,
            };
            match admission {
                Ok(Admission::Joined(run)) if run.is_cancelling() => {
                    match tokio::time::timeout_at(patience, run.wait()).await {
                        // Somebody stopped it; that is no answer to who asks now.
                        Ok((ending, _)) if ending.is_cancelled() => {}
                        // It ended by itself before it was stopped.
                        Ok(_) => break Ok(Admission::Joined(run)),
                        Err(_) => break Err(being_stopped()),
                    }
                }
                admission => break admission,
            }
        };
        match admission {
            Ok(Admission::Joined(run)) => {
                self.metrics.joined.inc();
                Ok((run, true))
            }
            Ok(Admission::New { run, turn }) => {
                let span = tracing::info_span!("run", run_id = %run.id, school = %run.school.id);
                let carried_out = Arc::clone(self).carry_out(Arc::clone(&run), turn);
                let carried_out = carried_out.instrument(span);
                self.work.tasks.spawn_on(carried_out, &self.runtime);
                Ok((run, false))
            }
            Err(problem) => {
                self.metrics.rejected(problem.code);
                Err(problem)
            }
        }
    }

    /// All that is left to do for who comes when the service ends.
    fn join(&self, school: &School) -> Result<Admission, Problem> {
        let run = self.runs.active(school).map(Admission::Joined);
        run.ok_or_else(|| refused(Refused::ShuttingDown))
    }

    async fn admit(&self, school: &Arc<School>, caller: &Caller) -> Result<Admission, Problem> {
        let lock = self
            .work
            .admissions
            .get_with(school.id, async { Arc::default() })
            .await;
        let _one_at_a_time = lock.lock().await;
        if let Some(run) = self.runs.active(school) {
            return Ok(Admission::Joined(run));
        }
        let history = self.history.of_school(school).await.map_err(unreadable)?;
        let seconds = history.cooldown_seconds(clock::now());
        if seconds > 0 {
            return Err(refused(Refused::CoolingDown { seconds }));
        }
        self.runs.admit(school, &caller.name).map_err(refused)
    }

    /// From a run's admission to its end, whatever happens in between.
    async fn carry_out(self: Arc<Self>, run: Arc<Run>, turn: Turn) {
        let started = Instant::now();
        let work = AssertUnwindSafe(self.work(&run, turn)).catch_unwind().await;
        let (ending, cache) = work.unwrap_or_else(|_| {
            let sentence = "The refresh failed because of a bug. Rows already saved stay. Tell your administrator; the log has the details.";
            (Ending::failed(Problem::new(Code::Internal, sentence)), None)
        });
        let ending = self.in_the_end(ending);
        let state = RunState::of(&ending);
        let took = started.elapsed();
        self.metrics.run_ended(state, took.as_secs_f64());
        tracing::info!(run_id = %run.id, school = %run.school.id, ?state, took_ms = took.as_millis(), "a run has ended");
        // The school is free before anybody hears of the end: who hears of it may ask again.
        self.runs.release(&run, &ending);
        run.ended(ending, cache);
    }

    async fn work(&self, run: &Run, turn: Turn) -> (Ending, Option<Cleared>) {
        if let Turn::After(turn) = turn {
            tokio::select! {
                biased;
                () = run.cancel.cancelled() => return (Ending::failed(never_started()), None),
                _ = turn => {}
            }
        }
        if !run.started() {
            return (Ending::failed(never_started()), None);
        }
        tracing::info!(run_id = %run.id, school = %run.school.id, started_by = run.started_by, "a run starts");
        let args = ChildArgs {
            run_id: run.id,
            school: &run.school,
            started_by: &run.started_by,
        };
        let report =
            supervise::run(&self.program, args, &run.cancel, |event| run.relay(event)).await;
        if report.was_killed {
            self.metrics.killed.inc();
        }
        let cache = match &self.cache {
            Some(cache) if report.may_have_written => Some(cache.clear(&run.school).await),
            Some(_) | None => None,
        };
        if let Some(cleared) = &cache {
            self.metrics.cache_keys_deleted.inc_by(cleared.keys_deleted);
        }
        (report.ending, cache)
    }

    /// Who is stopped because the service ends is told so.
    fn in_the_end(&self, ending: Ending) -> Ending {
        match ending {
            Ending::Failed { problem, summary }
                if self.is_closing() && problem.code == Code::Cancelled =>
            {
                Ending::Failed {
                    problem: Problem::later(
                        Code::ShuttingDown,
                        SHUTDOWN_SECONDS,
                        "The service is restarting, so the refresh was stopped. Rows already saved stay. Try again in a minute.",
                    ),
                    summary,
                }
            }
            other => other,
        }
    }

    /// Does something on the main runtime, to its end even if nobody waits for it any more, and gives it up when the service
    /// ends. What it would have found out is then nothing.
    pub(crate) fn until_closing<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        // Counted first: whoever looks whether the service ends is waited for.
        let counted = self.work.tasks.token();
        let closing = self.work.closing.clone();
        let task = self.runtime.spawn(async move {
            let _counted = counted;
            tokio::select! {
                biased;
                () = closing.cancelled() => None,
                outcome = work => Some(outcome),
            }
        });
        async move { task.await.ok().flatten() }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.work.closing.is_cancelled()
    }

    /// Starts nothing more, lets what runs end for a while, then ends it. Returns when no child is left.
    pub(crate) async fn close(&self) {
        self.runs.close();
        self.work.closing.cancel();
        self.work.tasks.close();
        for run in self.runs.unfinished() {
            if run.is_queued() {
                run.stop();
            }
        }
        if tokio::time::timeout(self.shutdown_patience, self.work.tasks.wait())
            .await
            .is_err()
        {
            for run in self.runs.unfinished() {
                run.stop();
            }
            self.work.tasks.wait().await;
        }
    }
}

fn refused(refused: Refused) -> Problem {
    match refused {
        Refused::Busy => Problem::later(
            Code::Busy,
            BUSY_SECONDS,
            "Too many schools are being refreshed at once. Nothing was started. Try again in a moment.",
        ),
        Refused::ShuttingDown => Problem::later(
            Code::ShuttingDown,
            SHUTDOWN_SECONDS,
            "The service is restarting. Nothing was started. Try again in a minute.",
        ),
        Refused::CoolingDown { seconds } => Problem::later(
            Code::CoolingDown,
            seconds,
            format!(
                "A refresh of this school ended a moment ago. The next one can start in {}.",
                in_words(seconds)
            ),
        ),
    }
}

fn being_stopped() -> Problem {
    Problem::later(
        Code::Busy,
        BUSY_SECONDS,
        "A refresh of this school is still being stopped. Nothing was started. Try again in a moment.",
    )
}

fn in_words(seconds: u64) -> String {
    let plural = |n: u64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (seconds / 60, seconds % 60) {
        (0, seconds) => plural(seconds, "second"),
        (minutes, 0) => plural(minutes, "minute"),
        (minutes, seconds) => format!(
            "{} and {}",
            plural(minutes, "minute"),
            plural(seconds, "second")
        ),
    }
}

fn never_started() -> Problem {
    Problem::new(
        Code::Cancelled,
        "The refresh was cancelled before it started. Nothing was changed.",
    )
}

/// Supabase did not answer a question of our own.
pub(crate) fn unreadable(error: impl std::fmt::Display) -> Problem {
    const SECONDS: u64 = 30;
    tracing::warn!(%error, "Supabase could not be read");
    Problem::later(
        Code::DashboardUnavailable,
        SECONDS,
        "The dashboard's database does not answer. Nothing was started or changed. Try again in a moment.",
    )
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn times_are_told_in_words() {
        for (seconds, words) in [
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "1 minute and 1 second"),
            (300, "5 minutes"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
