//! `sync-launcher refresh`: refreshes the chosen schools, as many at once as the launcher admits, and tries those once
//! more that failed for a reason that may have passed.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sync_protocol::Signal;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::api::{Api, ApiError};
use super::chosen::{Chosen, chosen};
use super::progress::Progress;
use super::room::Room;
use super::school::{self, Fleet, Verdict};
use super::sentence;
use super::summary::{Ended, FleetSummary, SchoolResult};
use super::waits::LastServed;
use super::wire::{School, SchoolList};
use crate::args::RefreshArgs;
use crate::clock;
use crate::signals::{Asked, Signals};

/// One caller may have twenty event streams.
const MOST_AT_ONCE: usize = 16;

/// Refreshes the schools that the arguments choose.
pub(super) async fn refresh(api: Api, args: &RefreshArgs, signals: Signals) -> FleetSummary {
    let began = Instant::now();
    let mut summary = FleetSummary::new(clock::now());
    let stop = CancellationToken::new();
    let patience = Duration::from_secs(args.patience);
    let fleet = Arc::new(Fleet {
        api,
        served: LastServed::now(patience),
        room: Room::new(),
        patience,
        ended: Notify::new(),
        stop: stop.clone(),
    });
    let end = told_to_end(signals, Duration::from_secs(args.timeout));
    let mut end = pin!(end);
    let ended = {
        let work = all(&fleet, args, &mut summary);
        let mut work = pin!(work);
        tokio::select! {
            biased;
            () = &mut work => Ended::ByItself,
            ended = &mut end => {
                stop.cancel();
                // Those that are under way say how far they are.
                work.await;
                ended
            }
        }
    };
    summary.close(ended, began.elapsed());
    summary.message = sentence::for_mail(&summary);
    summary
}

async fn told_to_end(mut signals: Signals, timeout: Duration) -> Ended {
    let signal = async {
        loop {
            match signals.next().await {
                Asked::Interrupt => return Ended::BySignal(Signal::Interrupt),
                Asked::End => return Ended::BySignal(Signal::Terminate),
                // The terminal is gone, or somebody takes us for the service.
                Asked::ReadTokensAgain => {}
            }
        }
    };
    tokio::time::timeout(timeout, signal)
        .await
        .unwrap_or(Ended::InTime)
}

async fn all(fleet: &Arc<Fleet>, args: &RefreshArgs, summary: &mut FleetSummary) {
    let list = tokio::select! {
        biased;
        () = fleet.stop.cancelled() => return,
        list = list(fleet) => list,
    };
    let Chosen { schools, unknown } = match list {
        Ok(list) => chosen(list, args),
        Err(error) => return summary.failed_before_all(&error),
    };
    let progress = Progress::new(schools.len() + unknown.len(), args.quiet);
    for id in unknown {
        let result = SchoolResult::unknown(id);
        progress.ended(&result);
        summary.schools.push(result);
    }
    let attempts = 1 + args.retries;
    let results = visit_all(fleet, schools, attempts, &progress).await;
    summary.schools.extend(results);
}

/// The caller's schools, as soon as the launcher serves them.
async fn list(fleet: &Fleet) -> Result<SchoolList, ApiError> {
    let mut attempt = 0;
    loop {
        let error = match fleet.api.schools().await {
            Ok(list) => {
                fleet.served.note();
                return Ok(list);
            }
            Err(error) => error,
        };
        let pause = school::after_refusal(&fleet.served, &error, attempt);
        tokio::time::sleep(pause.ok_or(error)?).await;
        attempt += 1;
    }
}

/// A school that is not done.
struct Open {
    school: School,
    attempts: u32,
}

async fn visit_all(
    fleet: &Arc<Fleet>,
    schools: Vec<School>,
    most_attempts: u32,
    progress: &Progress,
) -> Vec<SchoolResult> {
    let fresh = |school| Open {
        school,
        attempts: 0,
    };
    let mut open: VecDeque<Open> = schools.into_iter().map(fresh).collect();
    let mut visits = JoinSet::new();
    let mut results = Vec::new();
    loop {
        let may_start =
            !open.is_empty() && visits.len() < MOST_AT_ONCE && !fleet.stop.is_cancelled();
        if !may_start && visits.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            Some(visited) = visits.join_next(), if !visits.is_empty() => {
                fleet.ended.notify_waiters();
                // Nothing of ours panics, and nobody aborts it.
                let Ok((visited, verdict)) = visited else { continue };
                let visited: Open = visited;
                let goes_again = matches!(verdict, Verdict::Failed { is_worth_another: true, .. })
                    && visited.attempts < most_attempts
                    && !fleet.stop.is_cancelled();
                let result = SchoolResult::of(&visited.school, visited.attempts, verdict);
                if goes_again {
                    progress.goes_again(&result);
                    // Behind all others, so that whatever was the matter has time to pass.
                    open.push_back(visited);
                } else {
                    progress.ended(&result);
                    results.push(result);
                }
            }
            () = fleet.room.is_free(), if may_start => {
                if let Some(mut next) = open.pop_front() {
                    next.attempts += 1;
                    let (fleet, place) = (Arc::clone(fleet), fleet.room.take());
                    visits.spawn(async move {
                        let verdict = school::refresh(fleet, next.school.clone(), place).await;
                        (next, verdict)
                    });
                }
            }
        }
    }
    let never = open
        .iter()
        .map(|open| SchoolResult::of(&open.school, open.attempts, Verdict::NotStarted));
    results.extend(never);
    results
}
