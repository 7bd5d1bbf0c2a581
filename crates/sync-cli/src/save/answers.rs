//! Answers of students whose scores are saved. Four requests at a time, since a school has up to 96 answers a student; each
//! of the four lanes is a writer of its own, with its own judgement of the table.
//!
//! Never deletes, writes nothing for what Knack leaves blank, and keeps the answers of a cycle together: if any of a pupil's
//! answers in a cycle has changed since it was read, all of them are kept.

mod clear;
mod meanwhile;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

use futures_util::future::join_all;
use sync_protocol::{KnackRecordId, WarningCode};
use uuid::Uuid;

use super::children::Scored;
use super::learned_size::BatchSize;
use super::pending::{Change, Pending};
use super::reread::Why;
use super::rows::{AnswerRow, UndatedAnswerRow};
use super::table::{Table, Target};
use super::written::Written;
use super::{ANSWERS, Save};
use crate::domain::Cycle;
use crate::error::{During, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{AnswerChange, BothSides, Changed, KnownAnswers, compare_answers};
use crate::stored::answers::{ByStudent, StoredAnswersReader, answers_of};

const DOING: &str = "saving answers";

/// Some 260 KB, and 0.1 s of the database's time (docs/knack-and-dashboard.md, "How fast Supabase is").
const ROWS_A_REQUEST: usize = 2_000;

/// Batches at the same time.
const LANES: usize = 4;

/// A student's answers in a cycle.
type OfCycle = (Uuid, Cycle);

/// Rows that one writer writes, one request after another: some students', and all of theirs.
struct Lane<'a> {
    table: Table<'a>,
    inserts: Vec<Pending<AnswerRow>>,
    updates: Vec<Pending<AnswerRow>>,
    undated: Vec<Pending<UndatedAnswerRow>>,
    /// The results, phase by phase.
    written: Vec<Written<()>>,
}

/// The context in which answers are written.
struct Answers<'k> {
    reader: StoredAnswersReader<'k>,
    school: Uuid,
    both: &'k BothSides<'k>,
    /// The record of each student.
    records: HashMap<Uuid, KnackRecordId>,
    /// Students without anything stored, since this run has added them.
    new: HashSet<Uuid>,
    /// Kept, since somebody else has changed them.
    kept: RefCell<HashSet<OfCycle>>,
    /// When each student's rows were last read again.
    read_at: RefCell<HashMap<Uuid, Instant>>,
}

impl<'a> Save<'a> {
    /// Writes the answers of these students, and then the school's figures of them. What goes wrong with answers costs the
    /// answers alone.
    pub(super) async fn save_answers(
        &self,
        known: &KnownAnswers,
        students: Vec<Scored>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let saved = async {
            let others = self.read_the_others(known, &students, ledger).await?;
            let both = BothSides {
                known,
                others: &others,
            };
            let changed = self.write_answers(&both, &students, ledger).await?;
            self.renew_statistics(&both, &students, changed, ledger)
                .await
        };
        match saved.await {
            Err(error) if !error.costs_everything() => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "answers were not refreshed"
                );
                ledger.findings.warn_answers(error.reason());
                Ok(())
            }
            outcome => outcome,
        }
    }

    pub(super) fn answers_reader(&self) -> StoredAnswersReader<'a> {
        StoredAnswersReader {
            supabase: self.source.supabase,
            year: self.of.year,
        }
    }

    /// Rows that this run has met rather than added: a student's who had no school, or whom somebody else has added. And those
    /// that it has cleared.
    async fn read_the_others(
        &self,
        known: &KnownAnswers,
        students: &[Scored],
        ledger: &mut Ledger,
    ) -> Result<ByStudent, SyncError> {
        let cleared = self.cleared.take();
        let is_unread = |of: &&Scored| {
            !of.is_new && (!known.stored.contains_key(&of.id) || cleared.contains(&of.id))
        };
        let unread: Vec<&Scored> = students.iter().filter(is_unread).collect();
        if unread.is_empty() {
            return Ok(ByStudent::new());
        }
        let ids = unread.iter().map(|of| of.id).collect();
        let read = self
            .stop
            .or_read(self.answers_reader().of(self.of.school.id, ids))
            .await?;
        let read = read.during("reading stored answers")?;
        for of in unread {
            let sheet = known.sheets.get(&of.record);
            let stored = answers_of(&read, of.id);
            let changed = compare_answers(sheet, stored, of.cycles);
            ledger.only_in_supabase.question_responses += changed.only_in_supabase;
        }
        Ok(read)
    }

    /// Writes what differs. Returns whether anything was, or may have been, written.
    async fn write_answers(
        &self,
        both: &BothSides<'_>,
        students: &[Scored],
        ledger: &mut Ledger,
    ) -> Result<bool, SyncError> {
        let compared: Vec<(&Scored, Changed<AnswerChange>)> = students
            .iter()
            .map(|of| {
                let sheet = both.known.sheets.get(&of.record);
                (of, compare_answers(sheet, both.stored(of.id), of.cycles))
            })
            .collect();
        for (_, changed) in &compared {
            ledger.changes.question_responses.unchanged += changed.unchanged;
        }
        let mut lanes = self.lanes(compared);
        let new = students.iter().filter(|of| of.is_new);
        let answers = Answers {
            new: new.map(|of| of.id).collect(),
            ..self.answers(both, students.iter().map(|of| (of.id, of.record)))
        };
        let writing = lanes.iter_mut().map(|lane| self.write_lane(lane, &answers));
        let outcomes = join_all(writing).await;

        let kept = answers.kept.take();
        for (student, _) in &kept {
            let record = answers.records[student];
            ledger.findings.warn(WarningCode::ChangedMeanwhile, record);
        }
        let (mut has_written, mut failure) = (false, None);
        for (lane, outcome) in lanes.iter_mut().zip(outcomes) {
            for (phase, written) in lane.written.iter_mut().enumerate() {
                // What was kept is named above, once a cycle. It is there already, unless it was to be inserted.
                let kept = std::mem::take(&mut written.kept).len() as u64;
                if phase > 0 {
                    ledger.changes.question_responses.unchanged += kept;
                }
                written.book(&outcome, ledger, |changes| &mut changes.question_responses);
                has_written |= written.changes.synced() > 0;
            }
            match lane.table.close(outcome, ledger) {
                Err(error) if failure.is_none() || error.costs_everything() => {
                    failure = Some(error);
                }
                Err(_) | Ok(()) => {}
            }
        }
        failure.map_or(Ok(has_written), Err)
    }

    fn answers<'k>(
        &self,
        both: &'k BothSides<'k>,
        records: impl Iterator<Item = (Uuid, KnackRecordId)>,
    ) -> Answers<'k>
    where
        'a: 'k,
    {
        Answers {
            reader: self.answers_reader(),
            school: self.of.school.id,
            both,
            records: records.collect(),
            new: HashSet::new(),
            kept: RefCell::default(),
            read_at: RefCell::default(),
        }
    }

    /// Deals the rows out, so that each student's are in one lane, in every run in the same one.
    fn lanes(&self, compared: Vec<(&Scored, Changed<AnswerChange>)>) -> Vec<Lane<'a>> {
        let rows: usize = compared.iter().map(|(_, it)| it.rows_to_write()).sum();
        let count = rows.div_ceil(ROWS_A_REQUEST).clamp(1, LANES);
        let target = self.target(ANSWERS.0, ANSWERS.1);
        let mut lanes: Vec<Lane<'a>> = (0..count).map(|_| Lane::new(target)).collect();
        for (of, changed) in compared {
            let lane = (of.id.as_u128() % count as u128) as usize;
            lanes[lane].add(of, changed, self.of.year);
        }
        lanes
    }

    /// First the rows that are not stored yet, without touching any that is, then those that differ, and then those that are
    /// stored without a year.
    async fn write_lane(
        &self,
        lane: &mut Lane<'a>,
        answers: &Answers<'_>,
    ) -> Result<(), SyncError> {
        let Lane {
            table,
            inserts,
            updates,
            undated,
            written,
        } = lane;
        let target = table.target;
        let again = async |rows: &[&Pending<AnswerRow>], why| {
            if why == Why::KeyMissing {
                self.reread.expect_school().await?;
            }
            answers.now(rows, why).await
        };

        let add = async |body, persistence| target.add(body, persistence).await;
        let writing = self.writer.write_all(table, DOING, inserts, add, again);
        let (added, outcome) = writing.await;
        written.push(added);
        outcome?;

        let merge = async |body, persistence| target.merge(body, persistence).await;
        let writing = self.writer.write_all(table, DOING, updates, merge, again);
        let (merged, outcome) = writing.await;
        written.push(merged);
        outcome?;

        let by_id = Target {
            key: "id",
            ..target
        };
        let merge = async |body, persistence| by_id.merge(body, persistence).await;
        let again = async |rows: &[&Pending<UndatedAnswerRow>], why| answers.now(rows, why).await;
        let writing = self.writer.write_all(table, DOING, undated, merge, again);
        let (merged, outcome) = writing.await;
        written.push(merged);
        outcome
    }
}

impl<'a> Lane<'a> {
    fn new(target: Target<'a>) -> Self {
        Self {
            table: Table::new(target, BatchSize::of(ROWS_A_REQUEST)),
            inserts: Vec::new(),
            updates: Vec::new(),
            undated: Vec::new(),
            written: Vec::new(),
        }
    }

    fn add(
        &mut self,
        of: &Scored,
        changed: Changed<AnswerChange>,
        year: sync_protocol::AcademicYear,
    ) {
        let has_rows = changed.unchanged > 0 || changed.rows_to_write() > 0;
        self.table.tally.expect(usize::from(has_rows));
        let row = |change| AnswerRow::new(of.id, change, year);
        self.table.control_by(|| changed.equal.map(row));
        for change in changed.inserted {
            let pending = Pending::new(of.record, Change::Insert, row(change));
            self.inserts.push(pending);
        }
        for change in changed.updated {
            match change.undated {
                None => {
                    let pending = Pending::new(of.record, Change::Update, row(change));
                    self.updates.push(pending);
                }
                Some(id) => {
                    let row = UndatedAnswerRow {
                        id,
                        row: row(change),
                    };
                    let pending = Pending::new(of.record, Change::Update, row);
                    self.undated.push(pending);
                }
            }
        }
    }
}
