//! One run from its admission to its end: wait for its turn, run the program, clear the school's cache, and release the
//! school. Whatever happens in between, the run ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use crate::cache::Cleared;
use crate::changes::KeptRun;
use crate::clock;
use crate::problem::{Code, Problem};
use crate::runs::{Run, RunState, Turn};
use crate::services::Services;
use crate::supervise::{self, ChildArgs, Ending};

/// A signal that ends a refresh reaches us too within this time.
const UNTIL_WE_HEAR: Duration = Duration::from_secs(2);

/// Carries the run out.
pub(super) async fn carry_out(services: Arc<Services>, run: Arc<Run>, turn: Turn) {
    let started = Instant::now();
    let outcome = AssertUnwindSafe(execute(&services, &run, turn)).catch_unwind();
    let (ending, cleared) = outcome
        .await
        .unwrap_or_else(|_| (Ending::failed(Problem::bug()), None));
    let ending = blame(&services, &run, ending).await;
    let state = RunState::of(&ending);
    let took = started.elapsed();
    services.metrics.runs.ended(&ending, took);
    if let Ending::Finished(_) = &ending {
        services
            .metrics
            .runs
            .refreshed(run.school.knack_id, clock::now());
    }
    tracing::info!(run_id = %run.id, school = %run.school.id, ?state, took_ms = took.as_millis(), "a run has ended");
    if let Some(notifier) = &services.notifier {
        notifier.run_ended(&run.school, run.id, &ending);
    }
    services.overviews.forget(run.school.id);
    services.coordinator.end(&run, ending, cleared).await;
}

async fn execute(services: &Services, run: &Run, turn: Turn) -> (Ending, Option<Cleared>) {
    let admitted = Instant::now();
    if let Turn::After(turn) = turn {
        tokio::select! {
            biased;
            () = run.orders.end.cancelled() => return (Ending::failed(Problem::cancelled_before_its_start()), None),
            _ = turn => {}
        }
    }
    if !run.started() {
        return (Ending::failed(Problem::cancelled_before_its_start()), None);
    }
    services.metrics.runs.started(admitted.elapsed());
    tracing::info!(run_id = %run.id, school = %run.school.id, started_by = run.started_by, "a run starts");
    let args = ChildArgs {
        run_id: run.id,
        school: &run.school,
        started_by: &run.started_by,
        fence: run.fence,
    };
    let relay = |event: &_| run.relay(event);
    let report = supervise::run(&services.program, args, &run.orders, relay).await;
    if report.was_killed {
        services.metrics.killed.inc();
    }
    if let (Some(changes), Some(summary)) = (report.changes, report.ending.summary()) {
        let kept = KeptRun::new(run.id, &run.school, changes, summary);
        services.changes.keep(kept);
    }
    let cleared = match &services.cache {
        Some(cache) if report.may_have_written => Some(cache.clear(&run.school).await),
        Some(_) | None => None,
    };
    if let Some(cleared) = &cleared {
        let keys = cleared.keys_deleted;
        services.metrics.cache_keys_deleted.inc_by(keys);
    }
    (report.ending, cleared)
}

/// Why a run was stopped, if it was: nobody has told its process.
async fn blame(services: &Services, run: &Run, ending: Ending) -> Ending {
    match ending {
        Ending::Failed { summary, .. } if run.is_out_of_lease() => Ending::Failed {
            problem: Problem::out_of_lease(),
            summary,
        },
        ending => blame_shutdown(services, run, ending).await,
    }
}

/// A run that was stopped because the service is ending says so. A platform may signal all processes at once, and the refresh
/// may have received its signal before us.
async fn blame_shutdown(services: &Services, run: &Run, ending: Ending) -> Ending {
    let Ending::Failed { problem, summary } = ending else {
        return ending;
    };
    if problem.code != Code::Cancelled {
        return Ending::Failed { problem, summary };
    }
    if !run.orders.end.is_cancelled() {
        // Nobody here has stopped it.
        let closing = services.background.closing();
        drop(tokio::time::timeout(UNTIL_WE_HEAR, closing).await);
    }
    let problem = if services.background.is_closing() {
        Problem::stopped_by_shutdown()
    } else {
        problem
    };
    Ending::Failed { problem, summary }
}
