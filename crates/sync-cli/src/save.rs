//! Writing what changed, and nothing else: known students, new students, then scores and comments side by side.
//!
//! Never deletes, and never writes a row of another school.

mod batch;
mod newcomers;
mod rows;

use std::cell::Cell;

use supabase_client::{Query, Resolution, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, KnackRecordId, TableChanges};
use uuid::Uuid;

use crate::account::Account;
use crate::domain::Comment;
use crate::error::SyncError;
use crate::progress::Progress;
use crate::reconcile::{Changed, Children, Compared, Context, Plan, ScoreChange, children_of_new};
use crate::stop::Stop;
use crate::stored::STUDENTS;
use batch::{Change, Pending, Writer, Written};
use rows::{CommentRow, KnownStudentRow, ScoreRow};

/// Where and how to write.
pub struct Save<'a> {
    supabase: &'a SupabaseClient,
    school: Uuid,
    year: AcademicYear,
    /// For students found only while writing.
    context: Context<'a>,
    stop: &'a Stop,
    writer: Writer<'a>,
}

/// A student that has a row, and what to do with its scores and comments.
struct Settled {
    record: KnackRecordId,
    id: Uuid,
    children: Children,
}

impl<'a> Save<'a> {
    /// Writes rows of one school and year.
    pub fn new(
        supabase: &'a SupabaseClient,
        school: Uuid,
        year: AcademicYear,
        context: Context<'a>,
        stop: &'a Stop,
        progress: &'a Progress,
    ) -> Self {
        Self {
            supabase,
            school,
            year,
            context,
            stop,
            writer: Writer {
                stop,
                progress,
                done: Cell::new(0),
                begun: Cell::new(0),
                total: Cell::new(0),
            },
        }
    }

    /// Writes the plan, and books what was done.
    pub async fn run(&self, plan: Plan, account: &mut Account) -> Result<(), SyncError> {
        self.writer.total.set(plan.rows_to_write());
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for planned in plan.students {
            match planned.known {
                Some(compared) => known.push((planned.student.record_id, compared)),
                None => new.push(planned.student),
            }
        }
        // First the known ones: they may give up an e-mail that a new one has.
        let mut settled = self.settle_known(known, account).await?;
        settled.extend(self.settle_new(new, account).await?);
        self.write_children(settled, account).await
    }

    /// Writes known students that differ, by primary key: no other key is sure to be this row's.
    async fn settle_known(
        &self,
        known: Vec<(KnackRecordId, Compared)>,
        account: &mut Account,
    ) -> Result<Vec<Settled>, SyncError> {
        let changed = known.iter().filter(|(_, compared)| compared.changed);
        let mut rows: Vec<_> = changed
            .map(|(record, compared)| Pending {
                record: *record,
                change: Change::Update,
                row: KnownStudentRow::new(*record, compared, self.school, self.year),
            })
            .collect();
        rows.sort_by_key(|pending| pending.row.id());
        account.changes.students.unchanged += (known.len() - rows.len()) as u64;

        let write = |body| self.merge(self.supabase.table(STUDENTS).upsert(body).on_conflict("id"));
        let (written, outcome) = self.writer.write_all("saving students", &rows, write).await;
        account.book(&written, &outcome, |changes| &mut changes.students);
        outcome?;
        let settle = |(record, compared): (KnackRecordId, Compared)| Settled {
            record,
            id: compared.id,
            children: compared.children,
        };
        Ok(known.into_iter().map(settle).collect())
    }

    async fn write_children(
        &self,
        settled: Vec<Settled>,
        account: &mut Account,
    ) -> Result<(), SyncError> {
        let (mut scores, mut comments) = (Vec::new(), Vec::new());
        for Settled {
            record,
            id,
            children,
        } in settled
        {
            account.changes.vespa_scores.unchanged += children.scores.unchanged;
            account.changes.comments.unchanged += children.comments.unchanged;
            let score_row = |change: ScoreChange| ScoreRow::new(id, change, self.year);
            let comment_row = |comment: Comment| CommentRow::new(id, comment, self.year);
            scores.extend(pending(record, children.scores, score_row));
            comments.extend(pending(record, children.comments, comment_row));
        }
        scores.sort_by_key(|pending| pending.row.key());
        comments.sort_by_key(|pending| pending.row.key());

        let write_scores = |body| {
            let query = self.supabase.table("vespa_scores").upsert(body);
            self.merge(query.on_conflict("student_id,cycle,academic_year"))
        };
        let write_comments = |body| {
            let query = self.supabase.table("student_comments").upsert(body);
            self.merge(query.on_conflict("student_id,cycle,comment_type"))
        };
        let ((scores, scores_outcome), (comments, comments_outcome)) = tokio::join!(
            self.writer
                .write_all("saving scores", &scores, write_scores),
            self.writer
                .write_all("saving comments", &comments, write_comments),
        );
        account.book(&scores, &scores_outcome, |changes| {
            &mut changes.vespa_scores
        });
        account.book(&comments, &comments_outcome, |changes| {
            &mut changes.comments
        });
        scores_outcome.and(comments_outcome)
    }

    async fn merge(&self, query: Query) -> Result<Vec<()>, SupabaseError> {
        self.supabase.upsert(query, Resolution::Merge).await?;
        Ok(Vec::new())
    }
}

/// Books what [`Save::run`] would do, without doing it.
pub fn pretend(plan: Plan, context: Context<'_>, account: &mut Account) {
    for planned in plan.students {
        let students = &mut account.changes.students;
        let children = if let Some(known) = planned.known {
            let count = if known.changed {
                &mut students.updated
            } else {
                &mut students.unchanged
            };
            *count += 1;
            known.children
        } else {
            students.inserted += 1;
            children_of_new(&planned.student, context, &mut account.findings)
        };
        children
            .scores
            .count_into(&mut account.changes.vespa_scores);
        children.comments.count_into(&mut account.changes.comments);
    }
}

fn pending<T, Row>(
    record: KnackRecordId,
    changed: Changed<T>,
    row: impl Fn(T) -> Row,
) -> impl Iterator<Item = Pending<Row>> {
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

impl<T> Changed<T> {
    fn count_into(&self, counts: &mut TableChanges) {
        counts.inserted += self.inserted.len() as u64;
        counts.updated += self.updated.len() as u64;
        counts.unchanged += self.unchanged;
    }
}

impl Account {
    fn book<R>(
        &mut self,
        written: &Written<R>,
        outcome: &Result<(), SyncError>,
        of: fn(&mut sync_protocol::Changes) -> &mut TableChanges,
    ) {
        self.note_writes(written, outcome);
        let counts = of(&mut self.changes);
        counts.inserted += written.changes.inserted;
        counts.updated += written.changes.updated;
        self.refuse(&written.refused);
    }

    /// An answer that is lost says nothing about what was saved.
    fn note_writes<R>(&mut self, written: &Written<R>, outcome: &Result<(), SyncError>) {
        let may_have = matches!(outcome, Err(error) if error.may_have_saved());
        self.wrote |= may_have || written.changes.synced() > 0;
    }

    fn refuse(&mut self, records: &[KnackRecordId]) {
        for record in records {
            self.findings
                .warn(sync_protocol::WarningCode::RowRefused, *record);
        }
    }
}
