//! Which requests came, when, and what they were answered: what tests look at to know how a client behaved.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use actix_web::{HttpRequest, http::header};
use serde::{Deserialize, Serialize};

use super::call::Call;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When it came, in milliseconds since the simulator started.
    pub at_ms: f64,
    /// `GET`
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The decoded query, in order.
    pub query: Vec<(String, String)>,
    /// The status it was answered; none while there is no answer.
    pub status: Option<u16>,
    /// How many requests were unanswered when it came, itself included.
    pub in_flight: usize,
    /// The `Host` header.
    pub host: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// Whether it named an application.
    pub has_app_id: bool,
    /// Whether it carried a REST API key.
    pub has_api_key: bool,
    /// Whether it had an `Authorization` header, as a user's requests have. What is in it is not kept.
    pub has_authorization: bool,
}

impl Seen {
    /// The value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// All requests so far.
#[derive(Debug)]
pub(super) struct Log {
    started: Instant,
    entries: Mutex<Entries>,
    in_flight: AtomicUsize,
}

#[derive(Debug, Default)]
struct Entries {
    /// Rises when the log is cleared, so that a late answer is not written to another request's entry.
    generation: u64,
    seen: Vec<Seen>,
}

/// A request that has not been answered yet.
#[derive(Debug)]
pub(super) struct Entry {
    log: Arc<Log>,
    generation: u64,
    index: usize,
}

impl Log {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            entries: Mutex::default(),
            in_flight: AtomicUsize::new(0),
        }
    }

    pub(super) fn enter(self: &Arc<Self>, request: &HttpRequest, call: &Call) -> Entry {
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let has = |name| request.headers().contains_key(name);
        let mut entries = self.entries();
        entries.seen.push(Seen {
            at_ms: self.started.elapsed().as_secs_f64() * 1000.0,
            method: request.method().to_string(),
            path: request.path().to_owned(),
            query: call.query.clone(),
            status: None,
            in_flight: self.in_flight.fetch_add(1, Ordering::Relaxed) + 1,
            host: header(header::HOST),
            user_agent: header(header::USER_AGENT),
            has_app_id: has("x-knack-application-id"),
            has_api_key: has("x-knack-rest-api-key"),
            has_authorization: has("authorization"),
        });
        Entry {
            log: Arc::clone(self),
            generation: entries.generation,
            index: entries.seen.len() - 1,
        }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.entries().seen.clone()
    }

    pub(super) fn clear(&self) {
        let mut entries = self.entries();
        entries.generation += 1;
        entries.seen.clear();
    }

    pub(super) fn busiest_second(&self) -> usize {
        busiest_second(self.entries().seen.iter().map(|seen| seen.at_ms))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub(super) fn answered(self, status: u16) {
        let mut entries = self.log.entries();
        if entries.generation == self.generation
            && let Some(seen) = entries.seen.get_mut(self.index)
        {
            seen.status = Some(status);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.log.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The most of these rising moments, in milliseconds, that lie within any one second.
fn busiest_second(moments: impl Iterator<Item = f64>) -> usize {
    let mut window = VecDeque::new();
    let mut most = 0;
    for moment in moments {
        while window
            .front()
            .is_some_and(|&first: &f64| moment - first >= 1000.0)
        {
            window.pop_front();
        }
        window.push_back(moment);
        most = most.max(window.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_is_found_across_clock_seconds() {
        assert_eq!(
            busiest_second([100.0, 900.0, 950.0, 1099.0, 1100.0, 1949.0].into_iter()),
            4
        );
        assert_eq!(busiest_second(std::iter::empty()), 0);
    }
}
