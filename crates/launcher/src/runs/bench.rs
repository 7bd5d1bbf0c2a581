//! Coordinators to be tried: one of a launcher that works alone, and one of several on a real Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use redis::Client;
use sandbox::redis::Redis;
use sync_protocol::Calendar;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::cooldown::Cooldown;
use crate::runs::{Admission, Coordinator, Limits, Refused, Run, Together, Turn};

/// A lease that no test sees the end of.
pub(super) const LONG: Duration = Duration::from_mins(5);
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) const NO_COOLDOWN: Cooldown = Cooldown {
    after_success: Duration::ZERO,
    after_failure: Duration::ZERO,
};

/// A coordinator, and the Redis behind it, if there is one.
pub(super) struct Bench {
    pub(super) coordinator: Coordinator,
    _redis: Option<Redis>,
}

impl Bench {
    /// One of each kind.
    pub(super) async fn both(limits: Limits, cooldown: Cooldown) -> [Self; 2] {
        let redis = long_running_redis().await;
        [
            Self {
                coordinator: Coordinator::alone(limits, cooldown),
                _redis: None,
            },
            Self {
                coordinator: on(&redis, LONG, limits, cooldown),
                _redis: Some(redis),
            },
        ]
    }
}

/// A coordinator of its own on this Redis.
pub(super) fn on(
    redis: &Redis,
    lease: Duration,
    limits: Limits,
    cooldown: Cooldown,
) -> Coordinator {
    let redis = Client::open(redis.url()).expect("it is a Redis URL");
    let together = Together { redis, lease };
    Coordinator::together(together, limits, cooldown, &Handle::current())
}

/// A Redis in which launchers have agreed for long.
pub(super) async fn long_running_redis() -> Redis {
    let redis = Redis::start().await.expect("Redis starts");
    ask(&redis, &["SET", "vsync:born", "1"]).await;
    redis
}

/// Sends Redis a command.
pub(super) async fn ask(redis: &Redis, command: &[&str]) -> redis::Value {
    let client = Client::open(redis.url()).expect("it is a Redis URL");
    let connection = client.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis answers");
    let mut asked = redis::cmd(command[0]);
    asked.arg(&command[1..]);
    asked.query_async(&mut connection).await.expect("it may")
}

pub(super) fn limits(running: usize, queued: usize) -> Limits {
    Limits { running, queued }
}

pub(super) fn school(n: u8) -> Arc<School> {
    Arc::new(School {
        id: Uuid::from_u128(n.into()),
        knack_id: format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap(),
        name: format!("School {n}"),
        calendar: Calendar::from_flags(None, None),
    })
}

pub(super) async fn admit(coordinator: &Coordinator, n: u8) -> Result<Admission, Refused> {
    let school = school(n);
    let admission = coordinator.admit(&school, "test", &[], Timestamp::UNIX_EPOCH);
    admission.await
}

/// A new run of school `n`, and when it may start.
pub(super) async fn start(coordinator: &Coordinator, n: u8) -> (Arc<Run>, Turn) {
    match admit(coordinator, n).await {
        Ok(Admission::New { run, turn }) => (run, turn),
        Ok(Admission::Joined(_)) => panic!("school {n} has a run"),
        Err(refused) => panic!("school {n}: {refused:?}"),
    }
}

/// Waits until something holds.
pub(super) async fn eventually(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
