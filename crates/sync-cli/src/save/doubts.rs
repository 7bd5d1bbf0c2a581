//! Single rows that failed for an unknown reason: the row's own fault, or an outage's? A row's only if writes just before
//! and after it pass. Pure.

use std::ptr;

use supabase_client::SupabaseError;

use super::pending::Pending;

/// This many single rows in succession failing for an unknown reason look like an outage.
const SUSPICIOUS: usize = 3;

/// Rows that are neither saved nor refused yet.
pub(super) struct Doubts<'r, T> {
    open: Vec<Doubt<'r, T>>,
    /// Rows that were sent once more because a write passed after their first failure.
    sent_again: Vec<&'r Pending<T>>,
}

/// A row, and how it failed last.
pub(super) struct Doubt<'r, T> {
    pub(super) row: &'r Pending<T>,
    pub(super) error: SupabaseError,
}

/// The conclusions about rows in doubt from a write that passed.
pub(super) struct Settled<'r, T> {
    /// They failed between two writes that passed.
    pub(super) refused: Vec<Doubt<'r, T>>,
    /// They may have met the end of an outage, and are to be sent again.
    pub(super) once_more: Vec<&'r Pending<T>>,
}

impl<'r, T> Doubts<'r, T> {
    pub(super) fn none() -> Self {
        Self {
            open: Vec::new(),
            sent_again: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, row: &'r Pending<T>, error: SupabaseError) {
        self.open.push(Doubt { row, error });
    }

    pub(super) fn any(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether so many failed in succession that it must now be found out whether any write succeeds.
    pub(super) fn are_suspicious(&self) -> bool {
        self.open.len() >= SUSPICIOUS
    }

    /// All of them, for a phase that ends here.
    pub(super) fn take(&mut self) -> Vec<Doubt<'r, T>> {
        std::mem::take(&mut self.open)
    }

    /// The last failure, for a run that ends by it.
    pub(super) fn last_error(&mut self) -> Option<SupabaseError> {
        self.open.pop().map(|doubt| doubt.error)
    }

    /// A write passed.
    pub(super) fn settle(&mut self) -> Settled<'r, T> {
        let mut settled = Settled {
            refused: Vec::new(),
            once_more: Vec::new(),
        };
        for doubt in self.open.drain(..) {
            let is_second = |row: &&Pending<T>| ptr::eq(*row, doubt.row);
            if self.sent_again.iter().any(is_second) {
                settled.refused.push(doubt);
            } else {
                self.sent_again.push(doubt.row);
                settled.once_more.push(doubt.row);
            }
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::super::pending::Change;
    use super::*;

    fn fault() -> SupabaseError {
        SupabaseError::Unreadable
    }

    fn rows() -> Vec<Pending<usize>> {
        let pending = |row| {
            let record = format!("{row:024x}").parse().unwrap();
            Pending::new(record, Change::Insert, row)
        };
        (0..3).map(pending).collect()
    }

    #[test]
    fn a_row_is_refused_when_it_fails_between_two_writes_that_pass() {
        let rows = rows();
        let mut doubts = Doubts::none();
        doubts.add(&rows[0], fault());

        let after_first = doubts.settle();
        assert!(after_first.refused.is_empty());
        assert_eq!(after_first.once_more[0].row, 0);

        doubts.add(&rows[0], fault());
        doubts.add(&rows[1], fault());
        let after_second = doubts.settle();
        assert_eq!(after_second.refused[0].row.row, 0);
        assert_eq!(after_second.once_more[0].row, 1);
        assert!(!doubts.any());
    }

    #[test]
    fn three_without_a_write_that_passes_are_suspicious() {
        let rows = rows();
        let mut doubts = Doubts::none();
        for (row, expected) in rows.iter().zip([false, false, true]) {
            doubts.add(row, fault());
            assert_eq!(doubts.are_suspicious(), expected);
        }
        doubts.settle();
        assert!(!doubts.are_suspicious() && doubts.last_error().is_none());
    }
}
