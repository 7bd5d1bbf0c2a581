//! How many rows of a table go into one request: as many as have been seen to pass. Pure.

/// Some 0.2 s of the database's eight (docs/knack-and-dashboard.md, "How fast Supabase is").
const MOST_ROWS: usize = 500;

/// Learned from what passes and what takes too long or is too large, for the rest of the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchSize {
    most: usize,
    /// The largest batch that passed.
    passed: usize,
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
            passed: 0,
        }
    }

    /// What the next request may hold.
    pub(super) fn rows(self) -> usize {
        self.most
    }

    /// So many rows passed.
    pub(super) fn passed(&mut self, rows: usize) {
        self.passed = self.passed.max(rows);
    }

    /// Whether so many have passed.
    pub(super) fn has_passed(self, rows: usize) -> bool {
        rows <= self.passed
    }

    /// So many took too long. What passed before still does: then it is one of these rows that is slow.
    pub(super) fn too_slow(&mut self, rows: usize) {
        self.reduce(rows, rows / 10);
    }

    /// So many were too large for something on the way.
    pub(super) fn too_large(&mut self, rows: usize) {
        self.reduce(rows, rows / 2);
    }

    fn reduce(&mut self, failed: usize, to: usize) {
        if failed > self.passed {
            self.most = self.most.min(to.max(self.passed).max(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_takes_too_long_is_not_tried_again_and_one_that_passed_is_kept() {
        let mut size = BatchSize::default();
        assert_eq!(size.rows(), 500);
        size.too_slow(500);
        assert_eq!(size.rows(), 50);
        size.passed(50);
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
    fn what_is_too_large_is_halved() {
        let mut size = BatchSize::default();
        size.too_large(60);
        assert_eq!(size.rows(), 30);
        size.passed(20);
        size.too_large(30);
        assert_eq!(size.rows(), 20);
    }
}
