//! What holds of every coordinator, whether the launcher works alone or with others.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::*;
use crate::access::Authority;
use crate::cooldown::Cause;
use crate::problem::{Code, Problem};
use crate::runs::bench::{Bench, NO_COOLDOWN, admit, eventually, limits, school, start};
use crate::runs::{RunState, Turn};

const COOLDOWN: Cooldown = Cooldown {
    after_success: Duration::from_mins(5),
    after_failure: Duration::from_secs(30),
};

fn failed(problem: Problem) -> Ending {
    Ending::failed(problem)
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

#[tokio::test]
async fn a_second_request_for_a_school_joins_its_run_whether_it_runs_or_waits() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 1), NO_COOLDOWN).await {
        for n in [1, 2] {
            let (run, _) = start(&coordinator, n).await;
            let Ok(Admission::Joined(joined)) = admit(&coordinator, n).await else {
                panic!("school {n} has a run");
            };
            assert!(Arc::ptr_eq(&joined, &run));
            let active = coordinator.active(&school(n)).await.unwrap();
            assert_eq!(active.map(|run| run.id), Some(run.id));
        }
        assert_eq!(coordinator.load(), (1, 1));
    }
}

#[tokio::test]
async fn runs_start_at_once_then_wait_then_are_refused() {
    for (running, queued, expected) in [
        (1, 0, ["now", "busy", "busy", "busy"]),
        (1, 2, ["now", "waits", "waits", "busy"]),
        (2, 1, ["now", "now", "waits", "busy"]),
        (4, 0, ["now", "now", "now", "now"]),
    ] {
        for Bench { coordinator, .. } in Bench::both(limits(running, queued), NO_COOLDOWN).await {
            let mut answers = Vec::new();
            for n in [1, 2, 3, 4] {
                answers.push(match admit(&coordinator, n).await {
                    Ok(Admission::New {
                        turn: Turn::Now, ..
                    }) => "now",
                    Ok(Admission::New { .. }) => "waits",
                    Ok(Admission::Joined(_)) => "joined",
                    Err(Refused::Busy) => "busy",
                    Err(refused) => panic!("{refused:?}"),
                });
            }
            assert_eq!(answers, expected, "{running} {queued}");
        }
    }
}

#[tokio::test]
async fn two_hundred_requests_at_once_are_one_run() {
    for Bench { coordinator, .. } in Bench::both(limits(4, 20), NO_COOLDOWN).await {
        let admissions = join_all((0..200).map(|_| admit(&coordinator, 1))).await;
        let mut new = 0;
        let ids: HashSet<Uuid> = admissions
            .into_iter()
            .map(|admission| match admission {
                Ok(Admission::New { run, .. }) => {
                    new += 1;
                    run.id
                }
                Ok(Admission::Joined(run)) => run.id,
                Err(refused) => panic!("{refused:?}"),
            })
            .collect();
        assert_eq!((new, ids.len()), (1, 1));
    }
}

#[tokio::test]
async fn the_queue_is_served_in_order_and_positions_move_up() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 3), NO_COOLDOWN).await {
        let (first, _) = start(&coordinator, 1).await;
        let (second, mut turn_of_second) = start(&coordinator, 2).await;
        let (third, mut turn_of_third) = start(&coordinator, 3).await;
        let (fourth, _) = start(&coordinator, 4).await;
        let waiting = [&second, &third, &fourth];
        assert_eq!(positions(&waiting), [Some(0), Some(1), Some(2)]);
        assert!(!is_now(&mut turn_of_second));

        coordinator.end(&first, failed(Problem::bug()), None).await;

        eventually(|| is_now(&mut turn_of_second)).await;
        eventually(|| positions(&waiting[1..]) == [Some(0), Some(1)]).await;
        assert!(!is_now(&mut turn_of_third));
        assert_eq!(coordinator.load(), (1, 2));
        assert!(coordinator.active(&school(1)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_run_that_ends_while_it_waits_leaves_the_queue_and_takes_no_place() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 3), NO_COOLDOWN).await {
        let (first, _) = start(&coordinator, 1).await;
        let (second, turn_of_second) = start(&coordinator, 2).await;
        let (third, mut turn_of_third) = start(&coordinator, 3).await;

        drop(turn_of_second);
        let cancelled = failed(Problem::cancelled());
        coordinator.end(&second, cancelled, None).await;
        eventually(|| positions(&[&third]) == [Some(0)]).await;
        assert_eq!(coordinator.load(), (1, 1));
        coordinator.end(&first, failed(Problem::bug()), None).await;
        eventually(|| is_now(&mut turn_of_third)).await;
        coordinator.end(&third, failed(Problem::bug()), None).await;
        assert_eq!(coordinator.load(), (0, 0));
    }
}

#[tokio::test]
async fn after_closing_requests_join_but_start_nothing() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 1), NO_COOLDOWN).await {
        let (running, _) = start(&coordinator, 1).await;
        let (waiting, _) = start(&coordinator, 2).await;

        coordinator.close();

        let admission = admit(&coordinator, 1).await;
        assert!(matches!(admission, Ok(Admission::Joined(_))));
        let refused = admit(&coordinator, 3).await.err();
        assert_eq!(refused, Some(Refused::ShuttingDown));
        let unfinished = coordinator.unfinished();
        let unfinished: HashSet<Uuid> = unfinished.iter().map(|run| run.id).collect();
        assert_eq!(unfinished, HashSet::from([running.id, waiting.id]));
    }
}

#[tokio::test]
async fn a_run_is_found_before_and_after_its_end_by_callers_with_access_only() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 1), NO_COOLDOWN).await {
        let (run, _) = start(&coordinator, 1).await;
        let of = |n| Caller::for_test(Authority::of_schools([school(n).knack_id]));
        for is_ended in [false, true] {
            if is_ended {
                coordinator.end(&run, failed(Problem::bug()), None).await;
            }
            for (caller, id, is_shown) in [
                (Caller::for_test(Authority::All), run.id, true),
                (of(1), run.id, true),
                (of(2), run.id, false),
                (Caller::for_test(Authority::All), Uuid::from_u128(9), false),
            ] {
                let shown = coordinator.for_caller(&caller, id).await.unwrap();
                assert_eq!(shown.is_some(), is_shown, "{caller:?} {id} {is_ended}");
            }
        }
    }
}

#[tokio::test]
async fn how_a_run_ended_counts_for_its_school_and_no_other() {
    for (problem, expected) in [
        (Problem::bug(), 30),
        (Problem::timed_out(), 30),
        (Problem::cancelled(), 0),
        (Problem::stopped_by_shutdown(), 0),
    ] {
        for Bench { coordinator, .. } in Bench::both(limits(1, 1), COOLDOWN).await {
            let (run, _) = start(&coordinator, 1).await;
            coordinator.end(&run, failed(problem.clone()), None).await;
            let seconds = async |n| {
                let school = school(n);
                let wait = coordinator.wait(&school, &[], Timestamp::UNIX_EPOCH);
                wait.await.map_or(0, |wait| wait.seconds)
            };
            let left = seconds(1).await;
            assert!((expected..=expected + 1).contains(&left) || (expected > 0 && left > 20));
            assert_eq!(left == 0, expected == 0);
            assert_eq!(seconds(2).await, 0);
            let refused = admit(&coordinator, 1).await.err();
            let after = refused.and_then(|refused| match refused {
                Refused::CoolingDown { after, .. } => after,
                other => panic!("{other:?}"),
            });
            assert_eq!(after, (expected > 0).then_some(run.id));
        }
    }
}

#[tokio::test]
async fn the_third_cancellation_in_a_row_is_waited_for() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 1), COOLDOWN).await {
        for _ in 0..3 {
            let (run, _) = start(&coordinator, 1).await;
            let cancelled = failed(Problem::cancelled());
            coordinator.end(&run, cancelled, None).await;
        }
        let refused = admit(&coordinator, 1).await.err();
        let Some(Refused::CoolingDown { wait, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(wait.cause, Cause::Cancelled);
    }
}

#[tokio::test]
async fn a_run_is_asked_to_stop_once_and_ends_as_it_is_told() {
    for Bench { coordinator, .. } in Bench::both(limits(1, 1), NO_COOLDOWN).await {
        let (run, _) = start(&coordinator, 1).await;
        assert!(run.started());
        assert_eq!(coordinator.stop(&run).await, Ok(true));
        assert_eq!(coordinator.stop(&run).await, Ok(false));
        assert!(run.orders.end.is_cancelled());
        assert!(!run.orders.die.is_cancelled());
        let cancelled = failed(Problem::cancelled());
        coordinator.end(&run, cancelled, None).await;
        let (ending, _) = run.wait().await;
        assert_eq!(ending.problem().unwrap().code, Code::Cancelled);
        assert_eq!(run.view().state, RunState::Cancelled);
        assert_eq!(coordinator.stop(&run).await, Ok(false));
    }
}
