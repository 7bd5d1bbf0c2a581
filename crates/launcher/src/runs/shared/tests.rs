//! What holds of several launchers on one real Redis, which is stopped, emptied and set wrongly under them.

use std::time::{Duration, Instant};

use redis::Value;

use crate::access::{Authority, Caller};
use crate::problem::{Code, Problem};
use crate::runs::bench::{
    LONG, NO_COOLDOWN, admit, ask, eventually, limits, long_running_redis, on, school, start,
};
use crate::runs::{Admission, Coordinator, Refused, RunState, Turn};
use crate::supervise::Ending;
use sandbox::redis::Redis;

/// Long enough for a loaded machine to renew it, and short enough to be waited for.
const SHORT: Duration = Duration::from_secs(3);
/// What a caller waits for at most until it is decided that nothing can be decided.
const DECIDED: Duration = Duration::from_millis(1_500);

fn anyone() -> Caller {
    Caller::for_test(Authority::All)
}

fn launcher(redis: &Redis, lease: Duration) -> Coordinator {
    on(redis, lease, limits(2, 4), NO_COOLDOWN)
}

async fn two_launchers() -> (Redis, Coordinator, Coordinator) {
    let redis = long_running_redis().await;
    let (one, other) = (launcher(&redis, LONG), launcher(&redis, LONG));
    (redis, one, other)
}

/// Puts another's lease in the place of a school's, as if that had run out in between.
async fn take_lease(redis: &Redis, n: u8) {
    let lease = format!("vsync:lease:{}", school(n).id);
    let another = [
        "HSET",
        &lease,
        "run",
        "another",
        "fence",
        "9999999999999999",
    ];
    ask(redis, &another).await;
}

#[tokio::test]
async fn a_run_is_joined_followed_and_awaited_through_another_launcher() {
    let (redis, one, other) = two_launchers().await;
    let (run, _) = start(&one, 1).await;
    run.started();

    let Ok(Admission::Joined(joined)) = admit(&other, 1).await else {
        panic!("the school has a run");
    };
    assert_eq!(joined.id, run.id);
    assert!(other.is_elsewhere(&joined));
    eventually(|| joined.view().state == RunState::Running).await;
    one.end(&run, Ending::failed(Problem::timed_out()), None)
        .await;
    let (ending, _) = joined.wait().await;
    assert_eq!(
        Some(ending),
        run.ending()
            .map(|(ending, _)| ending)
            .map(|ending| match ending {
                Ending::Failed { problem, summary } => Ending::Failed {
                    problem: problem.of_run(run.id),
                    summary,
                },
                ending @ Ending::Finished(_) => ending,
            })
    );
    // Whoever has seen some of it at one launcher misses nothing at another.
    for last in 0..=run.newest() {
        let texts = |run: &crate::runs::Run| {
            let events = run.events_after(Some(last));
            events
                .iter()
                .map(crate::runs::Event::to_wire)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(&joined), texts(&run), "{last}");
    }
    assert!(other.active(&school(1)).await.unwrap().is_none());
    // A third one, which has not heard of it before, knows it too.
    let third = launcher(&redis, LONG);
    let found = third.for_caller(&anyone(), run.id).await.unwrap().unwrap();
    assert_eq!(found.view().state, RunState::TimedOut);
}

#[tokio::test]
async fn a_run_is_stopped_through_another_launcher() {
    let (_redis, one, other) = two_launchers().await;
    let (run, _) = start(&one, 1).await;
    run.started();
    let seen = other.for_caller(&anyone(), run.id).await.unwrap().unwrap();

    assert_eq!(other.stop(&seen).await, Ok(true));

    assert!(run.orders.end.is_cancelled());
    assert_eq!(seen.view().state, RunState::Cancelling);
    assert_eq!(other.stop(&seen).await, Ok(false));
}

#[tokio::test]
async fn places_and_the_queue_are_those_of_all_launchers() {
    let (_redis, one, other) = two_launchers().await;
    let (first, _) = start(&one, 1).await;
    let (_second, _) = start(&other, 2).await;
    let (third, turn) = start(&other, 3).await;
    let Turn::After(mut turn) = turn else {
        panic!("both places are taken");
    };
    assert_eq!(third.view().queue_position, Some(0));
    for n in 4..=6 {
        start(&one, n).await;
    }
    assert_eq!(admit(&one, 7).await.err(), Some(Refused::Busy));
    assert!(turn.try_recv().is_err());

    one.end(&first, Ending::failed(Problem::bug()), None).await;

    eventually(|| turn.try_recv().is_ok()).await;
}

#[tokio::test]
async fn the_school_of_a_launcher_that_died_is_free_once_its_lease_has_run_out() {
    let redis = long_running_redis().await;
    let (one, other) = (launcher(&redis, SHORT), launcher(&redis, SHORT));
    let (run, _) = start(&one, 1).await;
    run.started();
    let Ok(Admission::Joined(joined)) = admit(&other, 1).await else {
        panic!("the school has a run");
    };

    drop(one);

    let (ending, _) = joined.wait().await;
    let problem = ending.problem().unwrap();
    assert_eq!(problem.code, Code::SyncCrashed);
    assert!(problem.message.contains("Refreshing again is safe"));
    let (next, _) = start(&other, 1).await;
    assert!(next.fence > run.fence);
    assert_ne!(next.id, run.id);
}

#[tokio::test]
async fn a_launcher_whose_lease_is_anothers_kills_its_process_and_leaves_the_others_alone() {
    let (redis, one, other) = two_launchers().await;
    let (run, _) = start(&one, 1).await;
    run.started();

    take_lease(&redis, 1).await;

    eventually(|| run.orders.die.is_cancelled()).await;
    assert!(run.is_out_of_lease());
    one.end(&run, Ending::failed(Problem::out_of_lease()), None)
        .await;
    let lease = format!("vsync:lease:{}", school(1).id);
    let held = ask(&redis, &["HGET", &lease, "run"]).await;
    assert_eq!(held, Value::BulkString(b"another".to_vec()));
    drop(other);
}

#[tokio::test]
async fn while_redis_is_down_nothing_starts_and_what_runs_ends_before_its_lease_does() {
    let redis = long_running_redis().await;
    let one = launcher(&redis, SHORT);
    let (run, _) = start(&one, 1).await;
    run.started();
    redis.pause().unwrap();
    let paused = Instant::now();

    assert_eq!(admit(&one, 2).await.err(), Some(Refused::Unreachable));
    assert!(paused.elapsed() < DECIDED, "{:?}", paused.elapsed());
    let joined = admit(&one, 1).await;
    assert!(
        matches!(joined, Ok(Admission::Joined(_))),
        "its own run is known"
    );
    eventually(|| run.orders.end.is_cancelled()).await;
    assert!(run.is_out_of_lease());
    eventually(|| run.orders.die.is_cancelled()).await;
    assert!(paused.elapsed() < SHORT, "{:?}", paused.elapsed());

    one.end(&run, Ending::failed(Problem::out_of_lease()), None)
        .await;
    redis.resume().unwrap();
    // What was asked meanwhile, and perhaps done, is taken back, so both are free.
    for n in [1, 2] {
        let begun = Instant::now();
        while admit(&one, n).await.is_err() {
            assert!(begun.elapsed() < SHORT * 3);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_short_outage_of_redis_costs_no_run() {
    let (redis, one, other) = two_launchers().await;
    let (run, _) = start(&one, 1).await;
    run.started();
    redis.pause().unwrap();
    assert_eq!(admit(&one, 2).await.err(), Some(Refused::Unreachable));

    one.end(&run, Ending::failed(Problem::timed_out()), None)
        .await;
    redis.resume().unwrap();

    // Redis is told of the end as soon as it answers.
    let begun = Instant::now();
    let free = async || {
        other
            .active(&school(1))
            .await
            .is_ok_and(|run| run.is_none())
    };
    while !free().await {
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let found = other.for_caller(&anyone(), run.id).await.unwrap().unwrap();
    eventually(|| found.view().state == RunState::TimedOut).await;
}

#[tokio::test]
async fn a_redis_that_has_forgotten_everything_is_told_again_before_anyone_else_is_admitted() {
    let redis = long_running_redis().await;
    let (one, other) = (launcher(&redis, SHORT), launcher(&redis, SHORT));
    let (run, _) = start(&one, 1).await;
    run.started();
    let seen = other.for_caller(&anyone(), run.id).await.unwrap().unwrap();

    ask(&redis, &["FLUSHALL"]).await;

    // Not even for another school, of which nobody can know.
    let refused = admit(&other, 2).await.err();
    assert!(
        matches!(refused, Some(Refused::Settling { seconds: 1..=3 })),
        "{refused:?}"
    );
    let begun = Instant::now();
    while admit(&other, 2).await.is_err() {
        assert!(begun.elapsed() < SHORT * 2);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let Ok(Admission::Joined(joined)) = admit(&other, 1).await else {
        panic!("its launcher still has the school");
    };
    assert_eq!(joined.id, run.id);
    assert!(!run.orders.end.is_cancelled());
    one.end(&run, Ending::failed(Problem::timed_out()), None)
        .await;
    seen.wait().await;
    assert_eq!(seen.view().state, RunState::TimedOut);
}

#[tokio::test]
async fn a_fence_grows_even_if_redis_was_emptied() {
    let redis = long_running_redis().await;
    let mut last = None;
    for n in 1..=3 {
        let (run, _) = start(&launcher(&redis, LONG), n).await;
        assert!(run.fence > last);
        last = run.fence;
        ask(&redis, &["FLUSHALL"]).await;
        ask(&redis, &["SET", "vsync:born", "1"]).await;
    }
}

#[tokio::test]
async fn an_admission_that_nobody_waits_for_any_more_is_taken_back() {
    let (_redis, one, other) = two_launchers().await;
    for _ in 0..20 {
        let asking = tokio::time::timeout(Duration::from_micros(300), admit(&one, 1));
        if let Ok(Ok(Admission::New { run, .. })) = asking.await {
            one.end(&run, Ending::failed(Problem::bug()), None).await;
        }
        let begun = Instant::now();
        while other.active(&school(1)).await.unwrap().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_redis_that_may_remove_keys_is_refused_whatever_it_would_remove() {
    let redis = Redis::start().await.unwrap();
    for policy in ["allkeys-lru", "volatile-lru", "volatile-ttl"] {
        ask(&redis, &["CONFIG", "SET", "maxmemory-policy", policy]).await;
        let refused = launcher(&redis, LONG)
            .check()
            .await
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(&format!("its maxmemory-policy is {policy}")),
            "{refused}"
        );
        assert!(refused.contains("Set its maxmemory-policy to noeviction"));
    }
    ask(&redis, &["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await;
    assert_eq!(launcher(&redis, LONG).check().await, Ok(()));
}

#[tokio::test]
async fn only_keys_that_begin_with_vsync_are_written() {
    let (redis, one, _other) = two_launchers().await;
    let (run, _) = start(&one, 1).await;
    run.started();
    one.stop(&run).await.unwrap();
    one.end(&run, Ending::failed(Problem::cancelled()), None)
        .await;
    let Value::Array(keys) = ask(&redis, &["KEYS", "*"]).await else {
        panic!("a list");
    };
    assert!(keys.len() > 3, "{keys:?}");
    for key in keys {
        assert!(
            matches!(&key, Value::BulkString(key) if key.starts_with(b"vsync:")),
            "{key:?}"
        );
    }
}
