//! What a refresh would write, counted and listed without writing.

use sync_protocol::{ChangeKind, KnackRecordId, TableChanges};

use crate::changed_rows::{ChangedRows, RowChange};
use crate::domain::StudentColumns;
use crate::ledger::Ledger;
use crate::reconcile::{
    AnswerChange, Changed, Children, CommentChange, Context, Plan, Planned, PlannedAnswers,
    ScoreChange, answers_of_planned, children_of_new,
};

/// Books what [`super::Save::run`] would do. `changed` learns of each row, if that is to be reported.
pub(crate) fn count_changes(
    plan: Plan,
    answers: Option<&PlannedAnswers<'_>>,
    context: Context<'_>,
    changed: Option<&ChangedRows>,
    ledger: &mut Ledger,
) {
    if let Some(answers) = answers {
        ledger.changes.question_responses = answers.changes;
    }
    for planned in plan.students {
        if let Some(changed) = changed {
            let answers = answers.map(|it| answers_of_planned(&planned, context, it.both));
            list(&planned, answers.as_ref(), changed);
        }
        let record = planned.student.record_id;
        let students = &mut ledger.changes.students;
        let children = if let Some(known) = planned.known {
            if !planned.is_refused {
                let count = if known.differing.any() {
                    &mut students.updated
                } else {
                    &mut students.unchanged
                };
                *count += 1;
            }
            known.children
        } else {
            students.inserted += 1;
            children_of_new(&planned.student, context, &mut ledger.findings)
        };
        add(&children.scores, &mut ledger.changes.vespa_scores);
        add(&children.comments, &mut ledger.changes.comments);
        if let Some(changed) = changed {
            list_children(record, &children, changed);
        }
    }
}

fn add<T>(changed: &Changed<T>, counts: &mut TableChanges) {
    counts.inserted += changed.inserted.len() as u64;
    counts.updated += changed.updated.len() as u64;
    counts.unchanged += changed.unchanged;
}

/// Its scores and comments.
pub(crate) fn list_children(record: KnackRecordId, children: &Children, changed: &ChangedRows) {
    list_rows(record, &children.scores, ScoreChange::seen, changed);
    list_rows(record, &children.comments, CommentChange::seen, changed);
}

/// The student itself, and its answers.
pub(crate) fn list(
    planned: &Planned,
    answers: Option<&Changed<AnswerChange>>,
    changed: &ChangedRows,
) {
    let record = planned.student.record_id;
    changed.name(record, &planned.student.details.name);
    let (kind, columns) = match &planned.known {
        None => (ChangeKind::Inserted, StudentColumns::default()),
        Some(known) => (ChangeKind::Updated, known.differing),
    };
    if planned.known.is_none() || columns.any() && !planned.is_refused {
        changed.add(record, kind, RowChange::Student(columns));
    }
    if let Some(answers) = answers {
        list_rows(record, answers, AnswerChange::seen, changed);
    }
}

fn list_rows<T>(
    record: KnackRecordId,
    rows: &Changed<T>,
    seen: fn(&T) -> Option<RowChange>,
    changed: &ChangedRows,
) {
    let inserted = rows.inserted.iter().map(|row| (ChangeKind::Inserted, row));
    let updated = rows.updated.iter().map(|row| (ChangeKind::Updated, row));
    for (kind, row) in inserted.chain(updated) {
        if let Some(row) = seen(row) {
            changed.add(record, kind, row);
        }
    }
}
