//! Counts how much has been read, over both objects.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sync_protocol::{Phase, ProgressEvent};

use crate::progress::Progress;

/// Counts the records of both objects, and reports them together.
pub(super) struct Tally<'a> {
    progress: &'a Progress,
    /// By the object's key.
    counts: RefCell<BTreeMap<&'static str, Count>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    done: u64,
    total: u64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(progress: &'a Progress) -> Self {
        Self {
            progress,
            counts: RefCell::default(),
        }
    }

    /// So many records of an object are read, of as many as Knack has announced.
    pub(super) fn read(&self, object: &'static str, done: u64, announced: u64) {
        let total = announced.max(done);
        self.counts
            .borrow_mut()
            .insert(object, Count { done, total });
        self.report();
    }

    /// No more of an object is read.
    pub(super) fn given_up(&self, object: &'static str) {
        if let Some(count) = self.counts.borrow_mut().get_mut(object) {
            count.total = count.done;
        }
        self.report();
    }

    fn report(&self) {
        let counts = self.counts.borrow();
        self.progress.event(&ProgressEvent::Progress {
            phase: Phase::Fetching,
            done: counts.values().map(|count| count.done).sum(),
            total: counts.values().map(|count| count.total).sum(),
        });
    }
}
