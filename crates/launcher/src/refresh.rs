//! The use case "refresh a school": join its current run, or wait for the cooldown, or have a new run admitted and carried
//! out.
//!
//! A run belongs to the service, never to the request that asked for it, so it keeps running when that request is gone.

mod carry_out;
pub(crate) mod one_at_a_time;
mod shutdown;

use std::sync::Arc;
use std::time::Duration;

use dashboard::School;
use tokio::time::Instant;
use tracing::Instrument;

pub(crate) use shutdown::shut_down;

use crate::access::Caller;
use crate::clock;
use crate::cooldown::Cause;
use crate::problem::Problem;
use crate::runs::{Admission, Refused, Run};
use crate::services::Services;
use carry_out::carry_out;

/// A run that was asked to stop has ended after this, and its cache is cleared, unless its grace was set to longer.
const STOPPING: Duration = Duration::from_secs(12);

/// The result of a request for a refresh.
pub(crate) struct Requested {
    pub(crate) run: Arc<Run>,
    /// Whether the run had been started by an earlier request.
    pub(crate) has_joined: bool,
}

/// The school's current run, or a new one.
pub(crate) async fn join_or_start(
    services: &Arc<Services>,
    school: &Arc<School>,
    caller: &Caller,
) -> Result<Requested, Problem> {
    // The end of the service waits for a run that is admitted, also before its task is spawned.
    let _held = services.background.hold();
    match join_or_admit(services, school, caller).await {
        Ok(Admission::Joined(run)) => {
            services.metrics.joined.inc();
            Ok(Requested {
                run,
                has_joined: true,
            })
        }
        Ok(Admission::New { run, turn }) => {
            let span = tracing::info_span!("run", run_id = %run.id, school = %run.school.id);
            let task = carry_out(Arc::clone(services), Arc::clone(&run), turn);
            services.background.spawn(task.instrument(span));
            Ok(Requested {
                run,
                has_joined: false,
            })
        }
        Err(problem) => {
            services.metrics.rejected(problem.code);
            Err(problem)
        }
    }
}

/// Admits, and waits for a run that is being stopped to end first.
async fn join_or_admit(
    services: &Services,
    school: &Arc<School>,
    caller: &Caller,
) -> Result<Admission, Problem> {
    let patience = Instant::now() + STOPPING;
    loop {
        let admission = tokio::select! {
            biased;
            () = services.background.closing() => join(services, school).await,
            admission = admit(services, school, caller) => admission,
        }?;
        match admission {
            Admission::Joined(run) if run.is_cancelling() => {
                match tokio::time::timeout_at(patience, run.wait()).await {
                    // Someone stopped it, which does not answer this request.
                    Ok((ending, _)) if ending.is_cancelled() => {}
                    // It finished before it was stopped.
                    Ok(_) => return Ok(Admission::Joined(run)),
                    Err(_) => return Err(Problem::still_stopping()),
                }
            }
            admission => return Ok(admission),
        }
    }
}

/// All that can be done for a request that arrives when the service is ending.
async fn join(services: &Services, school: &School) -> Result<Admission, Problem> {
    let run = services.coordinator.active(school).await;
    let run = run.ok().flatten().map(Admission::Joined);
    run.ok_or_else(Problem::shutting_down)
}

async fn admit(
    services: &Services,
    school: &Arc<School>,
    caller: &Caller,
) -> Result<Admission, Problem> {
    let _turn = services.admissions.turn(school.id).await;
    let active = services.coordinator.active(school).await;
    if let Some(run) = active.map_err(|_| Problem::coordinator_unreachable())? {
        return Ok(Admission::Joined(run));
    }
    let history = services.history.of_school(school).await;
    let history = history.map_err(Problem::database_unavailable)?;
    let (logged, now) = (&history.ends, clock::now());
    let coordinator = &services.coordinator;
    let admission = coordinator.admit(school, caller.name(), logged, now);
    admission.await.map_err(Problem::from)
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::too_many_runs(),
            Refused::ShuttingDown => Self::shutting_down(),
            Refused::Unreachable => Self::coordinator_unreachable(),
            Refused::Settling { seconds } => Self::coordinator_settling(seconds),
            Refused::CoolingDown { wait, after } => match wait.cause {
                Cause::Ended => {
                    let problem = Self::cooling_down(wait.seconds);
                    // Whoever comes second may look at what the first one's refresh has done.
                    match after {
                        Some(run) => problem.of_run(run),
                        None => problem,
                    }
                }
                Cause::Cancelled => Self::cancelled_often(wait.seconds),
            },
        }
    }
}
