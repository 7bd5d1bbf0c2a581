//! How many rows the server returns at once.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many rows Supabase returns at once by default.
const USUAL_CAP: u64 = 1_000;

/// How many rows the server returns at once; found out by the first read that meets it.
#[derive(Debug, Default)]
pub(crate) struct RowCap(AtomicU64);

impl RowCap {
    pub(crate) fn met(&self, rows: usize) {
        self.0.store(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        match self.0.load(Ordering::Relaxed) {
            0 => USUAL_CAP,
            cap => cap,
        }
    }
}
