//! What holds for every budget that processes share, in a file or in a Redis. The Redis is a real one.
//!
//! What is asserted is what the budgets recorded, by their own clock: how fast this machine is does not matter.

use std::time::Instant;

use ::redis::{Client, Commands, Connection};
use sandbox::redis::Redis;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::super::window::LONGEST_WAIT;
use super::super::*;

const KEY: &str = "vsync:knack-budget:app";

/// A place that processes share.
struct Shared {
    folder: TempDir,
    redis: Option<Redis>,
}

impl Shared {
    async fn new(is_in_redis: bool) -> Self {
        let redis = if is_in_redis {
            Some(Redis::start().await.expect("Redis starts"))
        } else {
            None
        };
        let shared = Self {
            folder: tempfile::tempdir().unwrap(),
            redis,
        };
        if is_in_redis {
            // A Redis that holds nothing keeps everybody waiting for a moment.
            shared.put(&Window::default().to_bytes());
        }
        shared
    }

    /// As another process opens it.
    fn budget(&self) -> Budget {
        let file = self.folder.path().join("knack.budget");
        let place = match &self.redis {
            None => BudgetPlace::File(file.clone()),
            Some(redis) => BudgetPlace::parse(&redis.url()).unwrap(),
        };
        Budget::kept_in(Some(place), "app", file)
    }

    fn redis(&self) -> Connection {
        let redis = self.redis.as_ref().expect("it is in Redis");
        let client = Client::open(redis.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// In the place of the window.
    fn put(&self, bytes: &[u8]) {
        match &self.redis {
            None => std::fs::write(self.folder.path().join("knack.budget"), bytes).unwrap(),
            Some(_) => self.redis().set(KEY, bytes).unwrap(),
        }
    }
}

/// When these budgets, each a process with more to ask than it may, start so many requests each. In the order of time.
async fn starts(budgets: impl IntoIterator<Item = Budget>, each: usize) -> Vec<Millis> {
    let mut processes = JoinSet::new();
    for budget in budgets {
        processes.spawn(async move {
            let mut starts = Vec::new();
            for _ in 0..each {
                let started = budget.start(Lane::Shared).await;
                budget.sent(started).await;
                starts.push(started.at);
            }
            starts
        });
    }
    let mut all = processes.join_all().await.concat();
    all.sort_unstable();
    all
}

/// Asserts that no window holds more than nine of them.
fn assert_within_limit(starts: &[Millis]) {
    let longest = u64::try_from(WINDOW.as_millis()).unwrap();
    for (first, tenth) in starts.iter().zip(starts.iter().skip(STARTS)) {
        assert!(
            tenth - first >= longest,
            "{first} and {tenth} of {starts:?}"
        );
    }
}

async fn starts_soon(budget: &Budget, lane: Lane) -> bool {
    let soon = tokio::time::timeout(Duration::from_millis(300), budget.start(lane));
    soon.await.is_ok()
}

#[tokio::test]
async fn no_second_ever_holds_more_requests_of_all_processes_than_nine() {
    for is_in_redis in [false, true] {
        let shared = Shared::new(is_in_redis).await;
        let begun = starts((0..4).map(|_| shared.budget()), 7).await;
        assert_eq!(begun.len(), 28);
        assert_within_limit(&begun);
    }
}

#[tokio::test]
async fn one_process_alone_starts_nine_at_once_and_whoever_comes_then_waits() {
    for is_in_redis in [false, true] {
        let shared = Shared::new(is_in_redis).await;
        let (ours, theirs) = (shared.budget(), shared.budget());
        let mut begun = Vec::new();
        for _ in 0..STARTS {
            begun.push(ours.start(Lane::Shared).await.at);
        }
        begun.push(theirs.start(Lane::Shared).await.at);
        assert_within_limit(&begun);
        let took = begun[STARTS - 1] - begun[0];
        assert!(took < 1_000, "nine at once: {begun:?}");
        assert!(!ours.was_alone() && !theirs.was_alone());
    }
}

#[tokio::test]
async fn whatever_one_process_hears_of_knacks_limit_holds_all_of_them() {
    for is_in_redis in [false, true] {
        let shared = Shared::new(is_in_redis).await;
        let (ours, theirs) = (shared.budget(), shared.budget());
        let started = ours.start(Lane::Shared).await;
        ours.left(0, started, LONGEST_WAIT).await;
        for lane in [Lane::Shared, Lane::Stranger] {
            assert!(!starts_soon(&theirs, lane).await, "{lane:?}");
        }
        ours.pause(Duration::from_millis(1)).await;
        assert!(starts_soon(&theirs, Lane::Shared).await);
    }
}

#[tokio::test]
async fn strangers_of_all_processes_share_one_place_and_take_none_of_the_nine() {
    for is_in_redis in [false, true] {
        let shared = Shared::new(is_in_redis).await;
        let (ours, theirs) = (shared.budget(), shared.budget());
        ours.start(Lane::Stranger).await;
        assert!(!starts_soon(&theirs, Lane::Stranger).await);
        for _ in 0..STARTS {
            assert!(starts_soon(&theirs, Lane::Shared).await);
        }
    }
}

#[tokio::test]
async fn what_no_refresh_wrote_is_started_anew_and_shared_again() {
    for is_in_redis in [false, true] {
        for damaged in [&b"damaged"[..], &[0xff; 80], &[0xff; 88], &[0xff; 200]] {
            let shared = Shared::new(is_in_redis).await;
            shared.put(damaged);
            let begun = starts([shared.budget(), shared.budget()], 6).await;
            assert_within_limit(&begun);
        }
    }
}

#[tokio::test]
async fn a_redis_that_lost_everything_lets_nobody_start_at_once() {
    let shared = Shared::new(true).await;
    let budget = shared.budget();
    let mut begun = Vec::new();
    for n in 0..2 * STARTS {
        if n % 5 == 4 {
            let _: () = shared.redis().del(KEY).unwrap();
        }
        begun.push(budget.start(Lane::Shared).await.at);
    }
    assert_within_limit(&begun);
}

#[tokio::test]
async fn redis_keeps_one_key_of_ours_for_a_week_and_one_for_each_app() {
    let shared = Shared::new(true).await;
    shared.budget().start(Lane::Shared).await;
    let url = shared.redis.as_ref().unwrap().url();
    let place = BudgetPlace::parse(&url).unwrap();
    let usual = shared.folder.path().join("usual");
    let of_another = Budget::kept_in(Some(place), "another", usual.clone());
    of_another.start(Lane::Shared).await;
    let mut redis = shared.redis();
    let mut keys: Vec<String> = redis.keys("*").unwrap();
    keys.sort();
    assert_eq!(keys, ["vsync:knack-budget:another", KEY]);
    let left: i64 = redis.ttl(KEY).unwrap();
    assert!((600_000..=604_800).contains(&left), "{left}");
    // What is due is due on each machine, and so is in a file of this one.
    of_another
        .schedule()
        .await
        .done(Due(1), Duration::from_hours(1));
    assert!(!of_another.schedule().await.is_due(Due(1)));
}

/// Asserts that a process that is alone keeps to its part of the limit.
fn assert_a_small_part(starts: &[Instant]) {
    for pair in starts.windows(2) {
        let apart = pair[1].duration_since(pair[0]);
        assert!(apart >= Duration::from_millis(450), "{apart:?}");
    }
}

async fn some_starts(budget: &Budget) -> Vec<Instant> {
    let mut begun = Vec::new();
    for _ in 0..4 {
        let started = budget.start(Lane::Shared).await;
        begun.push(Instant::now());
        budget.sent(started).await;
    }
    begun
}

#[tokio::test]
async fn while_redis_does_not_answer_each_process_keeps_to_a_small_part_and_is_never_stuck() {
    let shared = Shared::new(true).await;
    let budget = shared.budget();
    budget.start(Lane::Shared).await;
    assert!(!budget.was_alone());

    let redis = shared.redis.as_ref().unwrap();
    redis.pause().unwrap();
    let begun = Instant::now();
    let alone = some_starts(&budget).await;
    assert_a_small_part(&alone);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(budget.was_alone());

    redis.resume().unwrap();
    let mut shared_again = Vec::new();
    let recorded = |shared: &Shared| -> Window {
        let bytes: Vec<u8> = shared.redis().get(KEY).unwrap();
        Window::from_bytes(&bytes, now()).unwrap()
    };
    let before = recorded(&shared).starts;
    while recorded(&shared).starts == before {
        shared_again.push(budget.start(Lane::Shared).await.at);
    }
    assert!(shared_again.len() < 12, "it is asked again within seconds");
}

#[tokio::test]
async fn a_redis_that_refuses_is_one_that_does_not_answer() {
    let shared = Shared::new(true).await;
    let url = shared.redis.as_ref().unwrap().url();
    let _: () = ::redis::cmd("CONFIG")
        .arg(&["SET", "requirepass", "secret"])
        .query(&mut shared.redis())
        .unwrap();
    let elsewhere = url.replace("127.0.0.1", "127.0.0.2");
    for url in [url.as_str(), &elsewhere] {
        let place = BudgetPlace::parse(url).unwrap();
        let usual = shared.folder.path().join("usual");
        let budget = Budget::kept_in(Some(place), "app", usual);
        assert_a_small_part(&some_starts(&budget).await);
        assert!(budget.was_alone(), "{url}");
    }
}
