//! A row that another student has left becomes this one's: its answers, scores and comments are cleared first, then it gets its
//! new name, and only then its new scores. So whenever a run is cut off, nobody's scores stand under another's name, and the
//! next run finds a row that it understands. Nothing can be left to be overwritten instead: whatever is not cleared, or is
//! filled before, stands for a moment under a name that it does not belong to.
//!
//! Costs nothing where no row changes hands.

use std::cell::RefCell;
use std::collections::HashSet;

use supabase_client::SupabaseError;
use sync_protocol::{KnackRecordId, WarningCode};
use uuid::Uuid;

use super::keys::{CommentKey, ScoreKey};
use super::pending::{Change, Pending, Saved};
use super::reread::{Clearable, Stored};
use super::rows::{CommentRow, KnownStudentRow, ScoreRow};
use super::table::Table;
use super::written::Written;
use super::{COMMENTS, SCORES, Save};
use crate::error::{During, SavedRows, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{BothSides, Compared};
use crate::stored::answers::{ByStudent, answers_of};

type Known = (KnackRecordId, Compared);

/// The cleared rows, by key; all answers were cleared too.
#[derive(Default)]
struct Cleared {
    scores: Vec<ScoreKey>,
    comments: Vec<CommentKey>,
    /// Whether anything was.
    is_done: bool,
}

impl<'a> Save<'a> {
    /// Known students, without those whose row could not be cleared of another's scores: it stays the other's.
    pub(super) async fn clear_taken_over(
        &self,
        known: Vec<Known>,
        read: &ByStudent,
        students: &mut Table<'a>,
        ledger: &mut Ledger,
    ) -> Result<Vec<Known>, SyncError> {
        let (taken, mut known): (Vec<Known>, Vec<Known>) = known
            .into_iter()
            .partition(|(_, compared)| compared.is_taken_over);
        if taken.is_empty() {
            return Ok(known);
        }
        let mut acceptable = self.try_names(taken, students, ledger).await?;
        // The questionnaire may have added something since the rows were read. Nothing is cleared of a row that has to stay.
        self.leave_changed(
            &mut acceptable,
            (read, &Cleared::default()),
            students,
            ledger,
        )
        .await?;
        // First the answers: where they cannot be cleared, the scores stay as well.
        let cleared = self.clear_answers(&acceptable, read, ledger).await?;
        acceptable.retain(|(record, _)| cleared.contains(record));
        let (cleared, keys) = self.clear(&acceptable, ledger).await?;
        acceptable.retain(|(record, _)| cleared.contains(record));
        // Nor since then.
        self.leave_changed(&mut acceptable, (read, &keys), students, ledger)
            .await?;
        self.renew::<ScoreRow>(&keys.scores).await?;
        self.renew::<CommentRow>(&keys.comments).await?;
        for (_, compared) in &mut acceptable {
            compared.children.give_years();
        }
        known.extend(acceptable);
        Ok(known)
    }

    /// Leaves out those whose rows hold something that was not read at the beginning, or something that was cleared: these rows
    /// stay the others'.
    async fn leave_changed(
        &self,
        taken: &mut Vec<Known>,
        (read, cleared): (&ByStudent, &Cleared),
        students: &mut Table<'a>,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        const DOING: &str = "reading rows again";
        // Without what is stored of answers, no row is taken over in the first place.
        let Some(known) = self.context.answers else {
            return Ok(());
        };
        if taken.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = taken.iter().map(|(_, compared)| compared.id).collect();
        let reading = async {
            tokio::try_join!(
                self.reread.as_read::<ScoreRow>(&ids, &cleared.scores),
                self.reread.as_read::<CommentRow>(&ids, &cleared.comments),
                self.answers_reader().of(self.of.school.id, ids.clone()),
            )
        };
        let (scores, comments, answers) = self.stop.or_read(reading).await?.during(DOING)?;
        let both = BothSides {
            known,
            others: read,
        };
        taken.retain(|(record, compared)| {
            let id = compared.id;
            let answers = answers_of(&answers, id);
            let answers_are_as_read = if cleared.is_done {
                answers.is_blank()
            } else {
                answers == both.stored(id)
            };
            let stays = scores.contains(&id) && comments.contains(&id) && answers_are_as_read;
            if !stays {
                students.tally.leave();
                ledger.findings.warn(WarningCode::ChangedMeanwhile, *record);
            }
            stays
        });
        Ok(())
    }

    /// Those whose new names the database would take. Nothing is cleared for the others.
    async fn try_names(
        &self,
        mut taken: Vec<Known>,
        students: &mut Table<'a>,
        ledger: &mut Ledger,
    ) -> Result<Vec<Known>, SyncError> {
        let row = |(record, compared): &Known| {
            let row = KnownStudentRow::new(*record, compared, self.of).tried_out();
            Pending::new(*record, Change::Update, row)
        };
        let mut rows: Vec<_> = taken.iter().map(row).collect();
        rows.sort_by_key(|pending| pending.row.id());
        let has_saved = students.has_saved;
        let target = students.target;
        let write = async |body, persistence| {
            target.try_out(body, persistence).await?;
            Ok::<Saved<()>, SupabaseError>(Saved::All)
        };
        let again = async |rows: &[&Pending<KnownStudentRow>], why| {
            self.reread.overwritten(rows, why).await
        };
        let writing = self
            .writer
            .write_all(students, "saving students", &rows, write, again);
        let (tried, outcome) = writing.await;
        students.has_saved = has_saved;
        tried.name_left(ledger);
        outcome?;
        taken.retain(|(record, _)| !students.tally.is_refused(*record) && !tried.is_left(*record));
        Ok(taken)
    }

    /// Whose scores and comments are now cleared, as far as this student's are to replace them.
    async fn clear(
        &self,
        taken: &[Known],
        ledger: &mut Ledger,
    ) -> Result<(HashSet<KnackRecordId>, Cleared), SyncError> {
        let (mut scores, mut comments) = (Vec::new(), Vec::new());
        for (record, compared) in taken {
            let Compared {
                id,
                email,
                children,
                ..
            } = compared;
            for change in children.scores.updated.iter().filter(|it| !it.is_of_email) {
                let row = ScoreRow::cleared(*id, email, *change, self.of.year);
                scores.push(Pending::new(*record, Change::Update, row));
            }
            for comment in &children.comments.updated {
                let row = CommentRow::cleared(*id, comment, self.of.year);
                comments.push(Pending::new(*record, Change::Update, row));
            }
        }
        scores.sort_by_key(|pending| pending.row.key());
        comments.sort_by_key(|pending| pending.row.key());
        let keys = Cleared {
            scores: keys(&scores),
            comments: keys(&comments),
            is_done: true,
        };

        let mut scores_table = self.table(SCORES.0, SCORES.1);
        let (kept_scores, kept_comments) = (RefCell::default(), RefCell::default());
        let writing = self.write_scores(&mut scores_table, scores, &kept_scores);
        let (written, outcome) = writing.await;
        let unclear = close(&written, outcome, &scores_table, ledger)?;
        let mut cleared: HashSet<KnackRecordId> = taken.iter().map(|(record, _)| *record).collect();
        cleared.retain(|record| !unclear(*record));

        let mut comments_table = self.table(COMMENTS.0, COMMENTS.1);
        let writing = self.write_table(
            &mut comments_table,
            "saving comments",
            comments,
            &kept_comments,
        );
        let (written, outcome) = writing.await;
        let unclear = close(&written, outcome, &comments_table, ledger)?;
        cleared.retain(|record| !unclear(*record));
        Ok((cleared, keys))
    }

    /// From here on, these rows are known as cleared: whatever else is stored by the time that they are filled is somebody's.
    async fn renew<T: Clearable>(&self, keys: &[T::Key]) -> Result<(), SyncError> {
        let renewed = self.stop.or_read(self.reread.renew::<T>(keys)).await?;
        renewed.during("reading rows again")
    }
}

fn keys<T: Stored>(rows: &[Pending<T>]) -> Vec<T::Key> {
    rows.iter().map(|pending| pending.row.key()).collect()
}

/// Books what was cleared. Tells whose rows were not.
fn close<'t, R>(
    written: &'t Written<R>,
    outcome: Result<(), SyncError>,
    table: &'t Table<'_>,
    ledger: &mut Ledger,
) -> Result<impl Fn(KnackRecordId) -> bool + use<'t, R>, SyncError> {
    let may_have = matches!(&outcome, Err(error) if error.may_have_saved());
    if may_have || written.changes.synced() > 0 {
        ledger.saved = SavedRows::Some;
    }
    written.name_left(ledger);
    table.close(outcome, ledger)?;
    let tally = &table.tally;
    Ok(move |record| tally.is_refused(record) || written.is_left(record))
}
