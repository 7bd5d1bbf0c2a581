//! Scores and comments of students that have a row, both tables side by side: what one of them refuses does not hold up
//! the other.

use serde::Serialize;
use sync_protocol::KnackRecordId;

use super::pending::{Change, Pending};
use super::rows::{CommentRow, ScoreRow};
use super::table::Table;
use super::{Save, Settled};
use crate::domain::Comment;
use crate::error::SyncError;
use crate::ledger::Ledger;
use crate::reconcile::{Changed, ScoreChange};

impl Save<'_> {
    pub(super) async fn write_children(
        &self,
        settled: Vec<Settled>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let mut scores_table = self.table("vespa_scores", "student_id,cycle,academic_year");
        let mut comments_table = self.table("student_comments", "student_id,cycle,comment_type");
        let (mut scores, mut comments) = (Vec::new(), Vec::new());
        for Settled {
            record,
            id,
            children,
        } in settled
        {
            ledger.changes.vespa_scores.unchanged += children.scores.unchanged;
            ledger.changes.comments.unchanged += children.comments.unchanged;
            let score_row = |change: ScoreChange| ScoreRow::new(id, change, self.of.year);
            let comment_row = |comment: Comment| CommentRow::new(id, comment, self.of.year);
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

        let (scores_target, comments_target) = (scores_table.target, comments_table.target);
        let write_scores = |body, persistence| scores_target.merge(body, persistence);
        let write_comments = |body, persistence| comments_target.merge(body, persistence);
        let ((scores, scores_outcome), (comments, comments_outcome)) = tokio::join!(
            self.writer
                .write_all(&mut scores_table, "saving scores", &scores, write_scores),
            self.writer.write_all(
                &mut comments_table,
                "saving comments",
                &comments,
                write_comments
            ),
        );
        scores.book(&scores_outcome, ledger, |changes| &mut changes.vespa_scores);
        comments.book(&comments_outcome, ledger, |changes| &mut changes.comments);
        let scores_outcome = scores_table.close(scores_outcome, ledger);
        let comments_outcome = comments_table.close(comments_outcome, ledger);
        scores_outcome.and(comments_outcome)
    }
}

/// The rows of one student that are to be written; `table` learns of them and of those that are not.
fn pending<T, Row: Serialize>(
    record: KnackRecordId,
    changed: Changed<T>,
    row: impl Fn(T) -> Row,
    table: &mut Table<'_>,
) -> impl Iterator<Item = Pending<Row>> {
    let has_rows = changed.unchanged > 0 || changed.rows_to_write() > 0;
    table.tally.expect(usize::from(has_rows));
    table.control_by(|| changed.equal.map(&row));
    let inserted = changed
        .inserted
        .into_iter()
        .map(|one| (Change::Insert, one));
    let updated = changed.updated.into_iter().map(|one| (Change::Update, one));
    inserted.chain(updated).map(move |(change, one)| Pending {
        record,
        change,
        row: row(one),
    })
}
