//! Refreshes one school: asks until the launcher admits it, then follows the run to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::api::{Api, ApiError};
use super::follow::{Followed, follow};
use super::recent::{LastEnd, last_end};
use super::room::{Room, Waiting};
use super::waits::{LastServed, Turn};
use super::wire::{PastOutcome, Problem, Run, RunState, School};

/// A request that is on its way may still be answered when we are told to end.
const LAST_ANSWER: Duration = Duration::from_secs(2);

/// The state that all schools share.
pub(super) struct Fleet {
    pub(super) api: Api,
    pub(super) served: LastServed,
    pub(super) room: Room,
    pub(super) patience: Duration,
    /// Notified when a run of ours has ended: there may be room now.
    pub(super) ended: Notify,
    /// Cancelled when the command is told to end.
    pub(super) stop: CancellationToken,
}

/// What became of a school.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was refreshed, completely or in part.
    Refreshed {
        run_id: Uuid,
        run: Option<Box<Run>>,
        joined: bool,
        is_partial: bool,
    },
    /// Somebody else had refreshed it a short while ago.
    Recent(Uuid),
    /// It was not refreshed.
    Failed {
        problem: Problem,
        run_id: Option<Uuid>,
        /// Whether another attempt may go better.
        is_worth_another: bool,
    },
    /// Its run was going on when we were told to end.
    Running(Uuid),
    /// We were told to end before it had begun.
    NotStarted,
}

/// The consequence of a refusal.
enum Next {
    /// Asking again after a pause; with the refusal, for where there is none.
    Ask(Option<Duration>, ApiError),
    Done(Verdict),
}

/// Refreshes a school. `waiting` is its place in the [`Room`].
pub(super) async fn refresh(fleet: Arc<Fleet>, school: School, waiting: Waiting) -> Verdict {
    let turn = Turn::within(fleet.patience);
    let mut place = Some(waiting);
    let mut ours = Vec::new();
    let mut attempt = 0;
    loop {
        let waiting = place.take().unwrap_or_else(|| fleet.room.take());
        let started = tokio::select! {
            biased;
            started = fleet.api.start(school.establishment_id) => started,
            () = grace(&fleet.stop) => return Verdict::NotStarted,
        };
        let next = match started {
            Ok(accepted) => {
                fleet.served.note();
                let id = accepted.run_id;
                ours.push(id);
                let followed = follow(&fleet.api, &fleet.served, id, waiting, &fleet.stop).await;
                after_run(&turn, followed, id, accepted.joined)
            }
            Err(error) if is_cooling(&error) => {
                // It waits for a time that is known, and holds nobody up.
                drop(waiting);
                after_cooldown(&fleet, &school, &turn, error, &ours).await
            }
            Err(error) => {
                place = Some(waiting);
                Next::Ask(after_refusal(&fleet.served, &error, attempt), error)
            }
        };
        match next {
            Next::Done(verdict) => return verdict,
            Next::Ask(None, error) => return Verdict::lasting(&error),
            Next::Ask(Some(pause), error) => tokio::select! {
                biased;
                () = fleet.stop.cancelled() => return Verdict::NotStarted,
                () = tokio::time::sleep(pause) => attempt += 1,
                () = fleet.ended.notified(), if error.code() == "busy" => {}
            },
        }
    }
}

fn is_cooling(error: &ApiError) -> bool {
    error.code() == "cooling_down"
}

/// How long to wait before the launcher is asked again: nothing if that is of no use, or if it was waited for long enough.
pub(super) fn after_refusal(
    served: &LastServed,
    error: &ApiError,
    attempt: u32,
) -> Option<Duration> {
    match error {
        ApiError::Unreachable => served.pause(attempt, None),
        ApiError::Problem(problem) if problem.retryable => {
            served.pause(attempt, problem.retry_after_seconds)
        }
        ApiError::Problem(_) | ApiError::NoLauncher(_) => None,
    }
}

fn after_run(turn: &Turn, followed: Followed, id: Uuid, joined: bool) -> Next {
    match followed {
        Followed::Ended(run) => match (run.state, &run.problem) {
            (RunState::Succeeded | RunState::Partial, _) => Next::Done(Verdict::Refreshed {
                run_id: id,
                joined,
                is_partial: run.state == RunState::Partial,
                run: Some(run),
            }),
            // The launcher is being restarted.
            (_, Some(problem)) if problem.code == "shutting_down" => {
                let pause = turn.pause(Some(1));
                Next::Ask(pause, ApiError::Problem(problem.clone()))
            }
            (_, problem) => Next::Done(Verdict::Failed {
                is_worth_another: problem.as_ref().is_some_and(|problem| problem.retryable),
                problem: problem.clone().unwrap_or_else(unexplained),
                run_id: Some(id),
            }),
        },
        Followed::Forgotten => Next::Ask(turn.pause(Some(1)), ApiError::Unreachable),
        Followed::GaveUp(error) => Next::Done(Verdict::lasting(&error)),
        Followed::Stopped => Next::Done(Verdict::Running(id)),
    }
}

/// A cooldown after a success means that the school is up to date. After a failure, it is waited for.
async fn after_cooldown(
    fleet: &Fleet,
    school: &School,
    turn: &Turn,
    error: ApiError,
    ours: &[Uuid],
) -> Next {
    fleet.served.note();
    let ApiError::Problem(problem) = &error else {
        return Next::Done(Verdict::lasting(&error));
    };
    let pause = turn.pause(problem.retry_after_seconds);
    match why_cooling(fleet, school, problem.run_id).await {
        // Its end was not heard because the launcher was restarted.
        Some(end) if end.is_success() && ours.contains(&end.run_id) => {
            Next::Done(Verdict::Refreshed {
                run_id: end.run_id,
                run: None,
                joined: false,
                is_partial: end.outcome == PastOutcome::Partial,
            })
        }
        Some(end) if end.is_success() => Next::Done(Verdict::Recent(end.run_id)),
        Some(_) | None => Next::Ask(pause, error),
    }
}

async fn why_cooling(fleet: &Fleet, school: &School, last: Option<Uuid>) -> Option<LastEnd> {
    let remembered = match last {
        Some(id) => fleet.api.run(id).await.ok().map(|run| (id, run)),
        None => None,
    };
    let remembered = remembered.as_ref().map(|(id, run)| (*id, run));
    let logged = fleet.api.runs_of(school.establishment_id).await;
    let logged = logged.map_or_else(|_| Vec::new(), |history| history.runs);
    last_end(remembered, &logged)
}

async fn grace(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_ANSWER).await;
}

fn unexplained() -> Problem {
    Problem {
        code: "internal".to_owned(),
        detail: "The refresh failed, and the launcher did not say why.".to_owned(),
        retryable: false,
        retry_after_seconds: None,
        run_id: None,
    }
}

impl Verdict {
    /// A failure of the launcher, or of the caller's access, which another attempt would meet again.
    pub(super) fn lasting(error: &ApiError) -> Self {
        let problem = match error {
            ApiError::Problem(problem) => problem.clone(),
            ApiError::Unreachable | ApiError::NoLauncher(_) => Problem {
                code: error.code().to_owned(),
                detail: error.to_string(),
                retryable: false,
                retry_after_seconds: None,
                run_id: None,
            },
        };
        Self::Failed {
            run_id: problem.run_id,
            problem,
            is_worth_another: false,
        }
    }
}
