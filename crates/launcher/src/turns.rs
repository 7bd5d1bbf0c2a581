//! Limits questions to one at a time for each school, and to a few at once in total.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Refreshes need Knack's requests too.
const AT_ONCE: usize = 2;

/// The turns that are taken.
pub(crate) struct Turns {
    schools: Arc<Mutex<HashSet<Uuid>>>,
    places: Arc<Semaphore>,
}

/// A school's turn, until it is dropped.
pub(crate) struct Turn {
    schools: Arc<Mutex<HashSet<Uuid>>>,
    school: Uuid,
    _place: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self {
            schools: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The school's turn, if it is free.
    pub(crate) fn take(&self, school: Uuid) -> Option<Turn> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let is_free = self.schools.lock().insert(school);
        is_free.then(|| Turn {
            schools: Arc::clone(&self.schools),
            school,
            _place: place,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.schools.lock().remove(&self.school);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_has_one_turn_and_two_schools_have_one_each_at_once() {
        let turns = Turns::new();
        let take = |n| turns.take(Uuid::from_u128(n));
        let first = take(1);
        assert!(first.is_some());
        assert!(take(1).is_none(), "the school has its turn");
        let second = take(2);
        assert!(second.is_some(), "a refused turn takes no place");
        assert!(take(3).is_none(), "there is no place");
        drop(first);
        assert!(take(1).is_some());
        assert!(take(2).is_none());
    }
}
