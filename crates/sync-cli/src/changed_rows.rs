//! Whose rows a run has changed, collected row by row and reported once a student, table and cycle. Pure.
//!
//! Only what people see counts as a change: a row that merely gets its year, its date or its student's e-mail is none.

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use sync_protocol::{
    ChangeKind, ChangeReport, ChangedTable, KnackRecordId, MAX_CHANGES, RecordChange, ScoreValues,
    ScoresChanged,
};

use crate::domain::{CommentKind, Cycle, Scores, StudentColumns};

/// The part of a changed row that people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowChange {
    /// Of a student: these columns, or none where the student is new.
    Student(StudentColumns),
    Scores {
        cycle: Cycle,
        /// `None` where nothing was stored, or another student's.
        old: Option<Scores>,
        new: Scores,
    },
    Comment(Cycle, CommentKind),
    Answer(Cycle),
}

/// Whether scores are reported, or only that they changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    Shown,
    Hidden,
}

/// Collects changes: memory for [`MAX_CHANGES`] of them, and a key for each other one.
#[derive(Debug, Default)]
pub(crate) struct ChangedRows {
    collected: RefCell<Collected>,
    /// By record, where names are asked for.
    names: Option<RefCell<BTreeMap<KnackRecordId, String>>>,
}

#[derive(Debug, Default)]
struct Collected {
    /// The first ones by their key.
    changes: BTreeMap<Key, Change>,
    /// Each counts once, however many rows it has.
    left_out: HashSet<Key>,
}

type Key = (KnackRecordId, ChangedTable, Option<Cycle>);

#[derive(Debug)]
struct Change {
    kind: ChangeKind,
    columns: StudentColumns,
    scores: Option<(Option<Scores>, Scores)>,
    comments: Vec<CommentKind>,
    answers: u32,
}

impl ChangedRows {
    /// A row of this record's student has changed.
    pub(crate) fn add(&self, record: KnackRecordId, kind: ChangeKind, row: RowChange) {
        let (table, cycle) = match row {
            RowChange::Student(_) => (ChangedTable::Students, None),
            RowChange::Scores { cycle, .. } => (ChangedTable::VespaScores, Some(cycle)),
            RowChange::Comment(cycle, _) => (ChangedTable::Comments, Some(cycle)),
            RowChange::Answer(cycle) => (ChangedTable::QuestionResponses, Some(cycle)),
        };
        self.collected
            .borrow_mut()
            .add((record, table, cycle), kind, row);
    }

    pub(crate) fn with_names() -> Self {
        Self {
            names: Some(RefCell::default()),
            ..Self::default()
        }
    }

    /// The name of this record's student, in case it is asked for.
    pub(crate) fn name(&self, record: KnackRecordId, name: &str) {
        if let Some(names) = &self.names {
            names.borrow_mut().insert(record, name.to_owned());
        }
    }

    fn names_of(&self, changes: &BTreeMap<Key, Change>) -> BTreeMap<KnackRecordId, String> {
        let Some(names) = &self.names else {
            return BTreeMap::new();
        };
        let mut names = names.borrow().clone();
        let records: HashSet<KnackRecordId> = changes.keys().map(|(record, ..)| *record).collect();
        names.retain(|record, name| records.contains(record) && !name.is_empty());
        names
    }

    pub(crate) fn report(&self, values: Values) -> ChangeReport {
        let collected = self.collected.borrow();
        let entry = |(key, change): (&Key, &Change)| change.entry(*key, values);
        ChangeReport {
            entries: collected.changes.iter().map(entry).collect(),
            left_out: collected.left_out.len() as u64,
            names: self.names_of(&collected.changes),
        }
    }
}

impl Collected {
    fn add(&mut self, key: Key, kind: ChangeKind, row: RowChange) {
        match self.changes.entry(key) {
            Entry::Occupied(mut known) => known.get_mut().add(kind, row),
            Entry::Vacant(place) => {
                let mut change = Change::new(kind);
                change.add(kind, row);
                place.insert(change);
            }
        }
        // What leaves once is behind all others for good, so it never comes back in part.
        if self.changes.len() > MAX_CHANGES
            && let Some((last, _)) = self.changes.pop_last()
        {
            self.left_out.insert(last);
        }
    }
}

impl Change {
    fn new(kind: ChangeKind) -> Self {
        Self {
            kind,
            columns: StudentColumns::default(),
            scores: None,
            comments: Vec::new(),
            answers: 0,
        }
    }

    fn add(&mut self, kind: ChangeKind, row: RowChange) {
        if kind == ChangeKind::Updated {
            self.kind = kind;
        }
        match row {
            RowChange::Student(columns) => self.columns = columns,
            RowChange::Scores { old, new, .. } => self.scores = Some((old, new)),
            RowChange::Comment(_, comment) => {
                self.comments.push(comment);
                self.comments.sort_unstable();
            }
            RowChange::Answer(_) => self.answers += 1,
        }
    }

    fn entry(&self, (record_id, table, cycle): Key, values: Values) -> RecordChange {
        let scores = self.scores.filter(|_| values == Values::Shown);
        let comments = self.comments.iter().map(|kind| kind.name());
        RecordChange {
            record_id,
            table,
            cycle: cycle.map(u8::from),
            kind: self.kind,
            scores: scores.map(|(old, new)| ScoresChanged {
                old: old.map(score_values),
                new: score_values(new),
            }),
            fields: (self.columns.names().chain(comments))
                .map(str::to_owned)
                .collect(),
            answers: (table == ChangedTable::QuestionResponses).then_some(self.answers),
        }
    }
}

fn score_values(scores: Scores) -> ScoreValues {
    let value = |score: Option<_>| score.map(u8::from);
    ScoreValues {
        vision: value(scores.vision),
        effort: value(scores.effort),
        systems: value(scores.systems),
        practice: value(scores.practice),
        attitude: value(scores.attitude),
        overall: value(scores.overall),
    }
}

#[cfg(test)]
mod tests;
