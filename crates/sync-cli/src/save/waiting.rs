//! The rows of one phase that are still to be written, in batches. Knows how to cut, not when. Pure.

use std::collections::HashSet;
use std::ptr;

use super::pending::Pending;

/// Rows written with one request.
pub(super) type Batch<'r, T> = Vec<&'r Pending<T>>;

/// The batches still to be written; the last is the next.
pub(super) struct Waiting<'r, T>(Vec<Batch<'r, T>>);

impl<'r, T> Waiting<'r, T> {
    /// All rows, in batches of at most `most_bytes`, as `bytes` measures them. A row that is larger is a batch of its own.
    pub(super) fn new(
        rows: &'r [Pending<T>],
        most_bytes: usize,
        bytes: impl Fn(&T) -> usize,
    ) -> Self {
        let mut batches: Vec<Batch<'r, T>> = Vec::new();
        let mut filled = most_bytes;
        for pending in rows {
            let size = bytes(&pending.row);
            match batches.last_mut() {
                Some(batch) if filled + size <= most_bytes => {
                    batch.push(pending);
                    filled += size;
                }
                _ => {
                    batches.push(vec![pending]);
                    filled = size;
                }
            }
        }
        batches.reverse();
        Self(batches)
    }

    /// The next batch, of at most `most` rows.
    pub(super) fn next(&mut self, most: usize) -> Option<Batch<'r, T>> {
        let mut batch = self.0.pop()?;
        if batch.len() > most {
            let rest = batch.split_off(most);
            self.0.push(rest);
        }
        Some(batch)
    }

    /// Puts a batch in front.
    pub(super) fn push(&mut self, batch: Batch<'r, T>) {
        self.0.push(batch);
    }

    /// Puts the two halves of a batch in front.
    pub(super) fn push_halves(&mut self, mut batch: Batch<'r, T>) {
        let second = batch.split_off(batch.len() / 2);
        self.0.extend([second, batch]);
    }

    /// Puts the tenths of a batch in front, in pieces of at most so many rows.
    pub(super) fn push_tenths(&mut self, batch: &[&'r Pending<T>], most: usize) {
        let piece = (batch.len() / 10).clamp(1, most);
        let pieces = batch.chunks(piece).rev();
        self.0.extend(pieces.map(<[_]>::to_vec));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes one row out of its batch.
    pub(super) fn take(&mut self, row: &'r Pending<T>) {
        for batch in &mut self.0 {
            batch.retain(|other| !ptr::eq(*other, row));
        }
        self.0.retain(|batch| !batch.is_empty());
    }

    /// Takes the next rows out of their batches, at most so many.
    pub(super) fn take_first(&mut self, most: usize) -> Batch<'r, T> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(batch) = self.next(most - taken.len())
        {
            taken.extend(batch);
        }
        taken
    }

    /// At most `most` rows of different students, spread evenly over all that wait.
    pub(super) fn spread(&self, most: usize) -> Batch<'r, T> {
        let mut seen = HashSet::new();
        let all = self.0.iter().rev().flatten();
        let one_each: Batch<'r, T> = all.filter(|row| seen.insert(row.record)).copied().collect();
        let count = most.min(one_each.len());
        let last = one_each.len().saturating_sub(1);
        let gaps = count.saturating_sub(1).max(1);
        (0..count).map(|n| one_each[n * last / gaps]).collect()
    }
}

/// These rows in their order, so many a batch.
pub(super) fn in_batches<'r, T>(rows: &[&'r Pending<T>], size: usize) -> Vec<Batch<'r, T>> {
    rows.chunks(size.max(1)).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::super::pending::Change;
    use super::*;

    /// One row for each student named, its own place as the row.
    fn rows(students: impl IntoIterator<Item = usize>) -> Vec<Pending<usize>> {
        let pending = |(row, student)| {
            let record = format!("{student:024x}").parse().unwrap();
            Pending::new(record, Change::Insert, row)
        };
        students.into_iter().enumerate().map(pending).collect()
    }

    fn all_waiting(rows: &[Pending<usize>]) -> Waiting<'_, usize> {
        Waiting::new(rows, 1_000, |_| 1)
    }

    fn places(batch: &[&Pending<usize>]) -> Vec<usize> {
        batch.iter().map(|pending| pending.row).collect()
    }

    fn all(mut waiting: Waiting<'_, usize>) -> Vec<Vec<usize>> {
        std::iter::from_fn(|| waiting.next(3))
            .map(|batch| places(&batch))
            .collect()
    }

    #[test]
    fn rows_come_in_their_order_and_halves_in_front() {
        let rows = rows(0..7);
        let mut waiting = all_waiting(&rows);
        let first = waiting.next(3).unwrap();
        assert_eq!(places(&first), [0, 1, 2]);
        waiting.push_halves(first);
        assert_eq!(all(waiting), [vec![0], vec![1, 2], vec![3, 4, 5], vec![6]]);
    }

    #[test]
    fn tenths_come_in_their_order_in_pieces_that_are_small_enough() {
        let rows = rows(0..35);
        for (most, first, second) in [(64, [0, 1, 2], [3, 4, 5]), (2, [0, 1, 9], [2, 3, 9])] {
            let mut waiting = all_waiting(&rows);
            let batch = waiting.next(30).unwrap();
            waiting.push_tenths(&batch, most);
            let size = most.min(3);
            assert_eq!(places(&waiting.next(30).unwrap()), first[..size]);
            assert_eq!(places(&waiting.next(30).unwrap()), second[..size]);
        }
    }

    #[test]
    fn a_batch_holds_no_more_bytes_than_allowed_unless_one_row_alone_does() {
        let rows = rows(0..6);
        let sizes = [4, 6, 1, 20, 5, 5];
        let waiting = Waiting::new(&rows, 10, |row| sizes[*row]);
        assert_eq!(all(waiting), [vec![0, 1], vec![2], vec![3], vec![4, 5]]);
    }

    #[test]
    fn a_row_that_was_taken_does_not_come_again() {
        let rows = rows(0..4);
        let mut waiting = all_waiting(&rows);
        for row in [&rows[1], &rows[3]] {
            waiting.take(row);
        }
        assert_eq!(all(waiting), [vec![0, 2]]);
    }

    #[test]
    fn a_spread_reaches_from_the_first_row_to_the_last_and_meets_nobody_twice() {
        for (count, expected) in [
            (465, vec![0, 66, 132, 198, 265, 331, 397, 464]),
            (8, vec![0, 1, 2, 3, 4, 5, 6, 7]),
            (2, vec![0, 1]),
            (1, vec![0]),
            (0, vec![]),
        ] {
            let rows = rows(0..count);
            let waiting = all_waiting(&rows);
            assert_eq!(places(&waiting.spread(8)), expected, "{count}");
        }
        let three_each = rows((0..30).map(|row| row / 3));
        let spread = all_waiting(&three_each).spread(8);
        let students: HashSet<_> = spread.iter().map(|row| row.record).collect();
        assert_eq!((spread.len(), students.len()), (8, 8));
    }
}
