//! Decides how many rows of a table go into one request: as many as have been seen to pass. Pure.

use std::time::Duration;

/// Some 0.2 s of the database's eight (docs/knack-and-dashboard.md, "How fast Supabase is").
const MOST_ROWS: usize = 500;

/// A batch that passes within this time may be twice as large: that is still far from the database's limit.
const QUICK: Duration = Duration::from_secs(1);

/// So many quick batches, one after another, show that a slowness has passed.
const ENOUGH_QUICK: u32 = 3;

/// Learned from what passes and what takes too long or is too large, for the rest of the run.
///
/// A size that became smaller because something was slow grows again, once: slowness passes, but a limit that is met twice is
/// one. What is too large stays so.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchSize {
    most: usize,
    /// It never grows beyond this.
    limit: usize,
    /// The largest batch that passed.
    passed: usize,
    /// How many full batches in succession were quick.
    quick: u32,
    has_grown: bool,
}

impl Default for BatchSize {
    fn default() -> Self {
        Self::of(MOST_ROWS)
    }
}

impl BatchSize {
    /// So many rows at first, for a table whose rows are smaller than most.
    pub(super) fn of(rows: usize) -> Self {
        Self {
            most: rows,
            limit: rows,
            passed: 0,
            quick: 0,
            has_grown: false,
        }
    }

    /// How many rows the next request may hold.
    pub(super) fn rows(self) -> usize {
        self.most
    }

    /// So many rows passed, and it took so long.
    pub(super) fn passed(&mut self, rows: usize, took: Duration) {
        self.passed = self.passed.max(rows);
        if rows < self.most || self.most == self.limit {
            return;
        }
        self.quick = if took < QUICK { self.quick + 1 } else { 0 };
        if self.quick >= ENOUGH_QUICK {
            self.quick = 0;
            self.has_grown = true;
            self.most = self.limit.min(2 * self.most);
        }
    }

    /// So many took too long. What passed before still does: then it is one of these rows that is slow.
    pub(super) fn too_slow(&mut self, rows: usize) {
        if self.reduce(rows, rows / 10) && self.has_grown {
            self.limit = self.most;
        }
    }

    /// So many were too large for something on the way.
    pub(super) fn too_large(&mut self, rows: usize) {
        if self.reduce(rows, rows / 2) {
            self.limit = self.most;
        }
    }

    fn reduce(&mut self, failed: usize, to: usize) -> bool {
        let is_too_much = failed > self.passed;
        if is_too_much {
            self.most = self.most.min(to.max(self.passed).max(1));
            self.quick = 0;
        }
        is_too_much
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Duration = Duration::from_millis(50);

    /// The sizes of the next batches if each passes after so long.
    fn sizes(size: &mut BatchSize, batches: usize, took: Duration) -> Vec<usize> {
        let mut next = || {
            let rows = size.rows();
            size.passed(rows, took);
            rows
        };
        (0..batches).map(|_| next()).collect()
    }

    #[test]
    fn a_size_that_takes_too_long_is_not_tried_again_and_one_that_passed_is_kept() {
        let mut size = BatchSize::default();
        assert_eq!(size.rows(), 500);
        size.too_slow(500);
        assert_eq!(size.rows(), 50);
        size.passed(50, QUICK);
        size.too_slow(50);
        size.too_slow(5);
        assert_eq!(size.rows(), 50, "one of those rows is slow, not all");
    }

    #[test]
    fn a_table_whose_every_row_is_slow_takes_them_one_by_one() {
        let mut size = BatchSize::default();
        for rows in [500, 50, 5] {
            size.too_slow(rows);
        }
        assert_eq!(size.rows(), 1);
    }

    #[test]
    fn after_a_slowness_that_passes_batches_grow_to_what_they_were() {
        let mut size = BatchSize::default();
        size.too_slow(500);
        let expected = [50, 50, 50, 100, 100, 100, 200, 200, 200, 400, 400, 400, 500];
        assert_eq!(sizes(&mut size, 13, AT_ONCE), expected);
        assert_eq!(sizes(&mut size, 9, AT_ONCE), [500; 9]);
    }

    #[test]
    fn batches_that_take_long_do_not_grow_nor_do_those_that_are_not_full() {
        let mut size = BatchSize::default();
        size.too_slow(500);
        assert_eq!(sizes(&mut size, 20, QUICK), [50; 20]);
        for _ in 0..9 {
            size.passed(49, AT_ONCE);
        }
        assert_eq!(size.rows(), 50);
        // Two quick ones, a slow one, two quick ones.
        for took in [AT_ONCE, AT_ONCE, QUICK, AT_ONCE, AT_ONCE] {
            size.passed(50, took);
        }
        assert_eq!(size.rows(), 50);
    }

    #[test]
    fn a_limit_that_is_met_again_is_kept_to() {
        let mut size = BatchSize::default();
        size.too_slow(500);
        assert_eq!(sizes(&mut size, 3, AT_ONCE), [50; 3]);
        assert_eq!(size.rows(), 100);
        size.too_slow(100);
        assert_eq!(sizes(&mut size, 30, AT_ONCE), [50; 30]);
    }

    #[test]
    fn what_is_too_large_is_halved_and_stays_so() {
        let mut size = BatchSize::default();
        size.too_large(60);
        assert_eq!(size.rows(), 30);
        size.passed(20, AT_ONCE);
        size.too_large(30);
        assert_eq!(sizes(&mut size, 9, AT_ONCE), [20; 9]);
    }
}
