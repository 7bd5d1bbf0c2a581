//! Scores and comments of students that have a row, both tables side by side: what one of them refuses does not hold up
//! the other.

use std::cell::RefCell;
use std::collections::HashSet;

use sync_protocol::KnackRecordId;
use uuid::Uuid;

use super::keys::ScoreKey;
use super::pending::{Change, Pending};
use super::reread::{Now, Stored};
use super::rows::{CommentRow, Row, ScoreRow};
use super::table::{Table, Target};
use super::written::Written;
use super::{COMMENTS, SCORES, Save, Settled};
use crate::domain::{Cycle, Cycles};
use crate::error::{During, Refusal, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{Changed, CommentChange, ScoreChange};

/// A student whose scores were dealt with.
pub(super) struct Scored {
    pub(super) record: KnackRecordId,
    pub(super) id: Uuid,
    /// The row was added by this run.
    pub(super) is_new: bool,
    /// Whose stored scores are Knack's.
    pub(super) cycles: Cycles,
    /// Whose scores were to be written.
    to_write: Cycles,
}

/// Keys of rows that somebody else has changed meanwhile, so that they were kept.
type Kept<K> = RefCell<HashSet<K>>;

impl Scored {
    /// Scores that were kept or refused are not Knack's; where the table refused them as a whole, none that was to be written
    /// is known to be.
    fn forget_unsaved(&mut self, table: &Table<'_>, is_whole: bool, kept: &HashSet<ScoreKey>) {
        let is_refused = !is_whole || table.tally.is_refused(self.record);
        for cycle in Cycle::ALL {
            let student_id = self.id;
            let is_kept = kept.contains(&ScoreKey { student_id, cycle });
            if is_kept || (is_refused && self.to_write.contains(cycle)) {
                self.cycles.remove(cycle);
            }
        }
    }
}

/// Remembers the rows that are left as others have made them.
fn note_left<T: Stored>(rows: &[&Pending<T>], now: &[Now], kept: &Kept<T::Key>) {
    let left = rows.iter().zip(now).filter(|(_, now)| **now != Now::AsRead);
    kept.borrow_mut().extend(left.map(|(row, _)| row.row.key()));
}

fn cycles_to_write(scores: &Changed<ScoreChange>) -> Cycles {
    let all = scores.inserted.iter().chain(&scores.updated);
    all.map(|change| change.cycle).collect()
}

impl<'a> Save<'a> {
    /// Returns whose scores are saved, however it ends.
    pub(super) async fn write_children(
        &self,
        settled: Vec<Settled>,
        ledger: &mut Ledger,
    ) -> (Vec<Scored>, Result<(), SyncError>) {
        let mut scores_table = self.table(SCORES.0, SCORES.1);
        let mut comments_table = self.table(COMMENTS.0, COMMENTS.1);
        let (mut scores, mut comments) = (Vec::new(), Vec::new());
        let mut students = Vec::with_capacity(settled.len());
        for Settled {
            record,
            id,
            email,
            is_new,
            children,
        } in settled
        {
            students.push(Scored {
                record,
                id,
                is_new,
                cycles: children.accepted,
                to_write: cycles_to_write(&children.scores),
            });
            ledger.changes.vespa_scores.unchanged += children.scores.unchanged;
            ledger.changes.comments.unchanged += children.comments.unchanged;
            let score_row = |change: ScoreChange| ScoreRow::new(id, &email, change, self.of.year);
            let comment_row = |comment: CommentChange| CommentRow::new(id, comment, self.of.year);
            scores.extend(pending(
                record,
                children.scores,
                score_row,
                &mut scores_table,
            ));
            comments.extend(pending(
                record,
                children.comments,
                comment_row,
                &mut comments_table,
            ));
        }
        scores.sort_by_key(|pending| pending.row.key());
        comments.sort_by_key(|pending| pending.row.key());

        let (kept_scores, kept_comments) = (RefCell::default(), RefCell::default());
        let ((scores, scores_outcome), (comments, comments_outcome)) = tokio::join!(
            self.write_scores(&mut scores_table, scores, &kept_scores),
            self.write_table(
                &mut comments_table,
                "saving comments",
                comments,
                &kept_comments
            ),
        );
        scores.book(&scores_outcome, ledger, |changes| &mut changes.vespa_scores);
        comments.book(&comments_outcome, ledger, |changes| &mut changes.comments);
        let scores_outcome = scores_table.close(scores_outcome, ledger);
        let comments_outcome = comments_table.close(comments_outcome, ledger);
        for of in &mut students {
            let is_whole = scores_outcome.is_ok();
            of.forget_unsaved(&scores_table, is_whole, &kept_scores.borrow());
        }
        let is_of_table = |outcome: &_| matches!(outcome, Err(SyncError::TableRefused { .. }));
        let outcome = if is_of_table(&scores_outcome) && !is_of_table(&comments_outcome) {
            comments_outcome.and(scores_outcome)
        } else {
            scores_outcome.and(comments_outcome)
        };
        (students, outcome)
    }

    /// Those of which only the e-mail is written come after the others, and those that are stored without a year last.
    pub(super) async fn write_scores(
        &self,
        table: &mut Table<'a>,
        rows: Vec<Pending<ScoreRow>>,
        kept: &Kept<ScoreKey>,
    ) -> (Written<ScoreKey>, Result<(), SyncError>) {
        const DOING: &str = "saving scores";
        let (without_year, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|one| one.row.lacks_year);
        let (emails, rows) = rows.into_iter().partition(|one| one.row.is_of_email());
        let (mut written, mut outcome) = self.write_table(table, DOING, rows, kept).await;
        if outcome.is_ok() && !emails.is_empty() {
            let (named, named_outcome) = self.write_table(table, DOING, emails, kept).await;
            written.add(named);
            outcome = named_outcome;
        }
        if outcome.is_ok() {
            outcome = self
                .write_without_year(table, without_year, &mut written, kept)
                .await;
        }
        (written, outcome)
    }

    /// Gives stored rows their year, and whatever else differs, by primary key: the unique key does not hold for NULL, so by it
    /// a second row would be added.
    async fn write_without_year(
        &self,
        table: &mut Table<'a>,
        rows: Vec<Pending<ScoreRow>>,
        written: &mut Written<ScoreKey>,
        kept: &Kept<ScoreKey>,
    ) -> Result<(), SyncError> {
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<ScoreKey> = rows.iter().map(|one| one.row.key()).collect();
        let ids = self.stop.or_read(self.reread.ids_without_year(&keys));
        let ids = ids.await?.during("reading rows again")?;
        let mut with_id = Vec::with_capacity(rows.len());
        for Pending { record, row, .. } in rows {
            if let Some(id) = ids.get(&row.key()) {
                with_id.push(Pending::new(record, Change::Update, row.with_id(*id)));
            } else {
                written.gone.push(record);
                kept.borrow_mut().insert(row.key());
            }
        }
        let target = Target {
            key: "id",
            ..table.target
        };
        let merge = async |body, persistence| target.merge(body, persistence).await;
        let again =
            async |rows: &[&Pending<ScoreRow>], why| self.reread.overwritten(rows, why).await;
        let writing = self
            .writer
            .write_all(table, "saving scores", &with_id, merge, again);
        let (merged, outcome) = writing.await;
        written.add(merged);
        outcome
    }

    /// First the rows that are not stored yet, without touching any that is, then those that differ.
    pub(super) async fn write_table<T: Stored + Row>(
        &self,
        table: &mut Table<'a>,
        doing: &'static str,
        rows: Vec<Pending<T>>,
        kept: &Kept<T::Key>,
    ) -> (Written<T::Key>, Result<(), SyncError>) {
        let (inserts, updates): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|pending| pending.change == Change::Insert);
        let target = table.target;
        let insert = async |body, persistence| target.insert::<T>(body, persistence).await;
        let again = async |rows: &[&Pending<T>], why| {
            let now = self.reread.added(rows, why).await?;
            note_left(rows, &now, kept);
            Ok(now)
        };
        let writing = self.writer.write_all(table, doing, &inserts, insert, again);
        let (mut written, mut outcome) = writing.await;
        self.note_returned(&inserts, &written.returned);
        if outcome.is_ok() {
            outcome = self
                .settle_stored(table, &inserts, &mut written, kept)
                .await;
        }
        if outcome.is_err() {
            return (written, outcome);
        }
        let merge = |body, persistence| target.merge(body, persistence);
        let again = async |rows: &[&Pending<T>], why| {
            let now = self.reread.overwritten(rows, why).await?;
            note_left(rows, &now, kept);
            Ok(now)
        };
        let writing = self.writer.write_all(table, doing, &updates, merge, again);
        let (merged, outcome) = writing.await;
        written.add(merged);
        (written, outcome)
    }

    /// The database returns which of the rows are new.
    fn note_returned<T: Stored + Row>(&self, inserts: &[Pending<T>], returned: &[T::Key]) {
        let returned: HashSet<T::Key> = returned.iter().copied().collect();
        let is_new = |pending: &&Pending<T>| returned.contains(&pending.row.key());
        for pending in inserts.iter().filter(is_new) {
            self.writer.note(pending);
        }
    }

    /// Rows that were to be inserted and were not: an attempt whose answer got lost has inserted them, or somebody else.
    async fn settle_stored<T: Stored + Row>(
        &self,
        table: &mut Table<'_>,
        inserts: &[Pending<T>],
        written: &mut Written<T::Key>,
        kept: &Kept<T::Key>,
    ) -> Result<(), SyncError> {
        let inserted: HashSet<T::Key> = written.returned.iter().copied().collect();
        let missing: Vec<_> = inserts
            .iter()
            .filter(|pending| !inserted.contains(&pending.row.key()))
            .filter(|pending| !table.tally.is_refused(pending.record))
            .filter(|pending| !written.is_left(pending.record))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let keys: Vec<T::Key> = missing.iter().map(|pending| pending.row.key()).collect();
        let stored = self.stop.or_read(self.reread.current::<T>(&keys)).await?;
        let stored = stored.during("reading rows again")?;
        for pending in missing {
            let record = pending.record;
            let key = pending.row.key();
            match stored.get(key) {
                Some(row) if pending.row.equals(row) && written.repeated.contains(&record) => {
                    written.changes.inserted += 1;
                    self.writer.note(pending);
                }
                Some(row) if pending.row.equals(row) => written.already_stored += 1,
                Some(_) => {
                    written.kept.push(record);
                    kept.borrow_mut().insert(key);
                }
                None if stored.lacks_student(key) => {
                    written.student_deleted.push(record);
                    kept.borrow_mut().insert(key);
                }
                // Neither inserted nor there: a trigger dropped it silently.
                None => table.tally.refuse(record, &Refusal::default()),
            }
        }
        Ok(())
    }
}

/// The rows of one student that are to be written; `table` learns of them and of those that are not.
fn pending<T, R: Row>(
    record: KnackRecordId,
    changed: Changed<T>,
    row: impl Fn(T) -> R,
    table: &mut Table<'_>,
) -> impl Iterator<Item = Pending<R>> {
    let has_rows = changed.unchanged > 0 || changed.rows_to_write() > 0;
    table.tally.expect(usize::from(has_rows));
    table.control_by(|| changed.equal.map(&row));
    let inserted = changed
        .inserted
        .into_iter()
        .map(|one| (Change::Insert, one));
    let updated = changed.updated.into_iter().map(|one| (Change::Update, one));
    inserted
        .chain(updated)
        .map(move |(change, one)| Pending::new(record, change, row(one)))
}
