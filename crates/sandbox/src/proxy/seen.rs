//! The record of requests.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::table;

/// A request that came to the proxy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The method, in capitals.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query's pairs, decoded.
    pub query: Vec<(String, String)>,
    /// The status answered. None: not answered, or not yet.
    pub status: Option<u16>,
    /// How many rows the body's JSON array has. None: it is not an array.
    pub rows: Option<usize>,
    /// Whether there was an `apikey` header.
    pub apikey: bool,
    /// Whether there was an `Authorization` header.
    pub authorization: bool,
    /// The `Prefer` headers, joined.
    pub prefer: Option<String>,
    /// The body as it came. Not part of the JSON form.
    #[serde(skip)]
    pub body: Bytes,
}

impl Seen {
    /// Whether it asks to change something.
    pub fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// The table it is about: the path's last part.
    pub fn table(&self) -> &str {
        table(&self.path)
    }

    /// The first value of this name in the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, where it is JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// All requests, by the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    all: BTreeMap<u64, Seen>,
}

/// Where an entry is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry(u64);

impl Log {
    pub(super) fn add(&self, seen: Seen) -> Entry {
        let mut entries = self.lock();
        let entry = entries.next;
        entries.next += 1;
        entries.all.insert(entry, seen);
        Entry(entry)
    }

    pub(super) fn answered(&self, entry: Entry, status: u16) {
        if let Some(seen) = self.lock().all.get_mut(&entry.0) {
            seen.status = Some(status);
        }
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.lock().all.values().cloned().collect()
    }

    pub(super) fn clear(&self) {
        self.lock().all.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0
            .lock()
            .expect("no one panics while holding the record")
    }
}
