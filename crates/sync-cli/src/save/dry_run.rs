//! What a refresh would write, counted without writing.

use sync_protocol::TableChanges;

use crate::ledger::Ledger;
use crate::reconcile::{Changed, Context, Plan, PlannedAnswers, children_of_new};

/// Books what [`super::Save::run`] would do.
pub(crate) fn count_changes(
    plan: Plan,
    answers: Option<&PlannedAnswers<'_>>,
    context: Context<'_>,
    ledger: &mut Ledger,
) {
    if let Some(answers) = answers {
        ledger.changes.question_responses = answers.changes;
    }
    for planned in plan.students {
        let students = &mut ledger.changes.students;
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
            children_of_new(&planned.student, context, &mut ledger.findings)
        };
        add(&children.scores, &mut ledger.changes.vespa_scores);
        add(&children.comments, &mut ledger.changes.comments);
    }
}

fn add<T>(changed: &Changed<T>, counts: &mut TableChanges) {
    counts.inserted += changed.inserted.len() as u64;
    counts.updated += changed.updated.len() as u64;
    counts.unchanged += changed.unchanged;
}
