//! Cycles that Knack still shows although they are last year's. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use sync_protocol::KnackRecordId;

use crate::domain::{Cycle, Scores, Student};
use crate::stored::StoredStudent;

/// Cycles that Knack still holds from last year, by record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leftovers(HashSet<(KnackRecordId, Cycle)>);

impl Leftovers {
    /// The cycles of `students` that may be last year's: beyond the one Knack says was completed last.
    pub(crate) fn suspects<'s>(
        students: impl Iterator<Item = &'s Student>,
    ) -> impl Iterator<Item = (&'s Student, Cycle, Scores)> {
        students.flat_map(|student| {
            let scores = student.scores.iter();
            scores.filter_map(move |(cycle, scores)| {
                let beyond = student
                    .current_cycle
                    .is_some_and(|current| *cycle > current);
                beyond.then_some((student, *cycle, *scores))
            })
        })
    }

    /// The suspects whose six scores equal last year's stored ones of the same pupil.
    pub(crate) fn find<'s>(
        students: impl Iterator<Item = &'s Student>,
        last_year: &[StoredStudent],
    ) -> Self {
        let by_email = by_key(last_year, |row| Some(row.lower_email.as_str()));
        let by_knack_id = by_key(last_year, |row| row.knack_id.id());
        let equals = |(student, cycle, scores): &(&Student, Cycle, Scores)| {
            let same_email = by_email.get(student.email.as_str());
            let same_record = by_knack_id.get(&student.record_id);
            [same_email, same_record]
                .into_iter()
                .flatten()
                .flatten()
                .flat_map(|row| &row.scores)
                .any(|old| old.cycle == *cycle && old.scores == *scores)
        };
        Self(
            Self::suspects(students)
                .filter(equals)
                .map(|(student, cycle, _)| (student.record_id, cycle))
                .collect(),
        )
    }

    pub(super) fn contains(&self, record: KnackRecordId, cycle: Cycle) -> bool {
        self.0.contains(&(record, cycle))
    }
}

fn by_key<'a, K: Eq + Hash>(
    rows: &'a [StoredStudent],
    key: impl Fn(&'a StoredStudent) -> Option<K>,
) -> HashMap<K, Vec<&'a StoredStudent>> {
    let mut map: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        if let Some(key) = key(row) {
            map.entry(key).or_default().push(row);
        }
    }
    map
}
