//! Limits how often Knack is asked about unknown tokens. A token that has never been good may be made up, and anyone
//! can make up as many as they like, so these look-ups are limited by address and in total, and only a few may wait.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::future::Cache;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

use crate::peer::Peer;

/// Look-ups that one address may make at once; then one every so often.
const OF_ONE_AT_ONCE: NonZeroU32 = NonZeroU32::new(3).expect("three is not zero");
const OF_ONE_EVERY: Duration = Duration::from_secs(10);
/// The same for all addresses together. A made-up token costs one request, so all day long this is a sixth of what Knack
/// usually allows an account.
const OF_ALL_AT_ONCE: NonZeroU32 = NonZeroU32::new(20).expect("twenty is not zero");
const OF_ALL_EVERY: Duration = Duration::from_secs(5);
/// Look-ups that run or wait. They run one after the other, with up to three requests each and 1.1 seconds between requests,
/// so that more could not be answered in time.
const PLACES: usize = 3;
/// Addresses that are remembered. One that is forgotten starts over, but is still limited with all others.
const MOST_ADDRESSES: u64 = 10_000;
/// After this an address has all its look-ups again.
const ADDRESS_KEPT: Duration = Duration::from_secs(30);
/// When to come back, if all addresses together made too many look-ups.
const COME_BACK_SECONDS: u64 = 10;

/// Admits strangers.
pub(super) struct Strangers {
    by_address: Cache<Option<Peer>, Arc<DefaultDirectRateLimiter>>,
    all: DefaultDirectRateLimiter,
    places: Semaphore,
    turn: Mutex<()>,
}

/// Permission to ask Knack about a stranger.
pub(super) struct Admitted<'a> {
    turn: &'a Mutex<()>,
    _place: SemaphorePermit<'a>,
}

/// A stranger has to come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany {
    pub(super) seconds: u64,
}

impl Strangers {
    pub(super) fn new() -> Self {
        Self {
            by_address: Cache::builder()
                .max_capacity(MOST_ADDRESSES)
                .time_to_idle(ADDRESS_KEPT)
                .build(),
            all: limiter(OF_ALL_EVERY, OF_ALL_AT_ONCE),
            places: Semaphore::new(PLACES),
            turn: Mutex::default(),
        }
    }

    pub(super) async fn admit(&self, address: Option<Peer>) -> Result<Admitted<'_>, TooMany> {
        let new = async { Arc::new(limiter(OF_ONE_EVERY, OF_ONE_AT_ONCE)) };
        let of_address = self.by_address.get_with(address, new).await;
        of_address.check().map_err(|until| TooMany {
            seconds: until
                .wait_time_from(DefaultClock::default().now())
                .as_secs()
                + 1,
        })?;
        let among_all = TooMany {
            seconds: COME_BACK_SECONDS,
        };
        let place = self.places.try_acquire().map_err(|_| among_all)?;
        self.all.check().map_err(|_| among_all)?;
        Ok(Admitted {
            turn: &self.turn,
            _place: place,
        })
    }
}

impl Admitted<'_> {
    /// Waits for earlier strangers.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}

fn limiter(every: Duration, at_once: NonZeroU32) -> DefaultDirectRateLimiter {
    let quota = Quota::with_period(every).expect("a period is not zero");
    RateLimiter::direct(quota.allow_burst(at_once))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn admit(strangers: &Strangers, n: u8) -> Result<Admitted<'_>, TooMany> {
        let address = Peer::of([192, 0, 2, n].into());
        strangers.admit(Some(address)).await
    }

    #[tokio::test]
    async fn an_address_has_three_look_ups_and_leaves_those_of_others() {
        let strangers = Strangers::new();
        for _ in 0..3 {
            assert!(admit(&strangers, 1).await.is_ok());
        }
        for _ in 0..50 {
            let refused = admit(&strangers, 1).await.err();
            let seconds = refused.expect("it is one too many").seconds;
            assert!((1..=11).contains(&seconds), "{seconds}");
        }
        for n in 2..8 {
            assert!(admit(&strangers, n).await.is_ok(), "{n}");
        }
    }

    #[tokio::test]
    async fn many_addresses_share_the_look_ups_of_all() {
        let strangers = Strangers::new();
        let mut admitted = 0;
        for n in 0..200 {
            admitted += u32::from(admit(&strangers, n).await.is_ok());
        }
        // One more where this takes long.
        assert!((20..=21).contains(&admitted), "{admitted}");
    }

    #[tokio::test]
    async fn three_wait_at_once_and_one_has_its_turn() {
        let strangers = Strangers::new();
        let mut places = Vec::new();
        for n in 0..3 {
            places.push(admit(&strangers, n).await.ok().unwrap());
        }
        let refused = admit(&strangers, 9).await.err();
        assert_eq!(refused, Some(TooMany { seconds: 10 }));

        let first = places[0].turn().await;
        let soon = tokio::time::timeout(Duration::from_millis(50), places[1].turn());
        assert!(soon.await.is_err());
        drop(first);
        drop(places[1].turn().await);

        places.pop();
        assert!(admit(&strangers, 9).await.is_ok());
    }
}
