//! How long an answer takes.

use std::{
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clap::ValueEnum;
use tokio::{sync::watch, time::Instant};

use crate::data::ANSWERS;

/// How long answers take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Latency {
    /// As fast as can be.
    #[default]
    None,
    /// 300 ms and 8.7 ms for each record (8 ms in `object_29`), however many requests are in flight.
    Realistic,
    /// The same work, but the requests in flight share one server: each of n is served at 1/n of the speed.
    Contended,
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        <Self as ValueEnum>::from_str(text, true)
    }
}

/// Work for an answer without records.
const BASE: Duration = Duration::from_millis(300);
/// Work for each record, as the median of the real app's logs has it.
const PER_RECORD: Duration = Duration::from_micros(8_700);
/// The same for a record of answers, which is less than half as large.
const PER_ANSWERS: Duration = Duration::from_millis(8);

/// Makes requests take their time.
#[derive(Debug)]
pub(super) struct Clock {
    latency: Mutex<Latency>,
    shared: SharedServer,
}

impl Clock {
    pub(super) fn new(latency: Latency) -> Self {
        Self {
            latency: Mutex::new(latency),
            shared: SharedServer::new(),
        }
    }

    /// For the answers to requests that come from now on.
    pub(super) fn be(&self, latency: Latency) {
        *self.latency() = latency;
    }

    fn latency(&self) -> MutexGuard<'_, Latency> {
        self.latency.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as serving that many records of an object takes.
    pub(super) async fn serve(&self, object: Option<&str>, records: usize) {
        let each = if object == Some(ANSWERS) {
            PER_ANSWERS
        } else {
            PER_RECORD
        };
        let work = BASE + each * u32::try_from(records).unwrap_or(u32::MAX);
        let latency = *self.latency();
        match latency {
            Latency::None => {}
            Latency::Realistic => tokio::time::sleep(work).await,
            Latency::Contended => self.shared.serve(work).await,
        }
    }
}

/// A server whose speed is divided equally among the requests it serves.
///
/// `progress` is how much work a request has received that was there from the beginning: it grows at 1/n of real time.
/// A request is done when it has grown by the request's own work, so only arrivals and departures need attention.
#[derive(Debug)]
struct SharedServer {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    progress: Duration,
    at: Instant,
    in_service: u32,
}

impl SharedServer {
    fn new() -> Self {
        let state = State {
            progress: Duration::ZERO,
            at: Instant::now(),
            in_service: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
        }
    }

    async fn serve(&self, work: Duration) {
        let mut changed = self.changed.subscribe();
        let (_service, done_at) = self.enter(work);
        loop {
            let Some(wait) = self.time_until(done_at) else {
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // The sender lives as long as `self`, so this is never an error.
                _ = changed.changed() => {}
            }
        }
    }

    /// Begins a request; it ends when what this returns is dropped, served or not.
    fn enter(&self, work: Duration) -> (Service<'_>, Duration) {
        let mut state = self.advance();
        state.in_service += 1;
        let done_at = state.progress + work;
        drop(state);
        self.changed.send_replace(());
        (Service { server: self }, done_at)
    }

    /// How long it takes until `progress` reaches that, if nobody comes or goes; none once it has.
    fn time_until(&self, done_at: Duration) -> Option<Duration> {
        let state = self.advance();
        let left = done_at.saturating_sub(state.progress);
        // Dividing by the number in service loses up to that many nanoseconds.
        (left > Duration::from_micros(1)).then(|| left * state.in_service)
    }

    fn advance(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.in_service > 0 {
            let passed = now - state.at;
            let each = passed / state.in_service;
            state.progress += each;
        }
        state.at = now;
        state
    }
}

struct Service<'a> {
    server: &'a SharedServer,
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        self.server.advance().in_service -= 1;
        self.server.changed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join;

    use super::*;

    fn ms(duration: Duration) -> u128 {
        duration.as_millis()
    }

    async fn timed(server: &SharedServer, after: u64, work: u64) -> Duration {
        tokio::time::sleep(Duration::from_millis(after)).await;
        let start = Instant::now();
        server.serve(Duration::from_millis(work)).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_gets_the_whole_server() {
        let took = ms(timed(&SharedServer::new(), 0, 1000).await);
        assert!((1000..=1005).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn two_at_once_take_twice_as_long_and_the_work_is_conserved() {
        let server = SharedServer::new();
        // 400 ms alone, then both at half speed: the short one needs 600, of which the long one receives 300 of its 600.
        let (long, short) = join(timed(&server, 0, 1000), timed(&server, 400, 300)).await;
        assert!((600..=605).contains(&ms(short)), "{short:?}");
        assert!((1300..=1310).contains(&ms(long)), "{long:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_given_up_no_longer_slows_the_others() {
        let server = SharedServer::new();
        let given_up = tokio::time::timeout(
            Duration::from_millis(500),
            server.serve(Duration::from_mins(1)),
        );
        let (gone, took) = join(given_up, timed(&server, 0, 1000)).await;
        gone.unwrap_err();
        assert!((1250..=1260).contains(&ms(took)), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_takes_its_base_and_its_records() {
        for (object, least) in [("object_10", 1170), (ANSWERS, 1100)] {
            let start = Instant::now();
            Clock::new(Latency::Realistic)
                .serve(Some(object), 100)
                .await;
            let took = ms(start.elapsed());
            assert!((least..=least + 2).contains(&took), "{object}: {took}");
        }
        assert_eq!("contended".parse(), Ok(Latency::Contended));
    }
}
