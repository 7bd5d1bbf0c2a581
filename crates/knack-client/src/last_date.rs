//! The `Date` of the answers, by which callers can tell whether this machine's clock is right.

use std::sync::Mutex;
use std::time::Instant;

use reqwest::header::{AGE, DATE, HeaderMap, HeaderValue};

/// That of the last answer that had one, and when it came.
#[derive(Debug, Default)]
pub(crate) struct LastDate(Mutex<Option<(HeaderValue, Instant)>>);

impl LastDate {
    /// Takes note of an answer. The date of one that comes from a cache is an old one.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(date) = headers.get(DATE).filter(|_| !headers.contains_key(AGE)) {
            let mut last = self.0.lock().expect("no holder panics");
            *last = Some((date.clone(), Instant::now()));
        }
    }

    pub(crate) fn get(&self) -> Option<(HeaderValue, Instant)> {
        self.0.lock().expect("no holder panics").clone()
    }
}
