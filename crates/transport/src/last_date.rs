//! Remembers the `Date` of the last answer, by which callers can tell whether this machine's clock is right.

use std::time::Instant;

use parking_lot::Mutex;
use reqwest::header::{AGE, DATE, HeaderMap, HeaderValue};

/// That of the last answer that had one, and when it came.
#[derive(Debug, Default)]
pub struct LastDate(Mutex<Option<(HeaderValue, Instant)>>);

impl LastDate {
    /// Takes note of an answer. The date of one that comes from a cache is an old one.
    pub fn note(&self, headers: &HeaderMap) {
        if let Some(date) = headers.get(DATE).filter(|_| !headers.contains_key(AGE)) {
            *self.0.lock() = Some((date.clone(), Instant::now()));
        }
    }

    /// The header, and when it came.
    pub fn get(&self) -> Option<(HeaderValue, Instant)> {
        self.0.lock().clone()
    }
}
