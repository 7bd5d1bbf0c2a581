//! The plan for a school's answers, as far as it can be known before the students and their scores are saved. Pure.

use std::collections::HashSet;

use sync_protocol::TableChanges;

use super::answers::{AnswerChange, compare_answers};
use super::compare::{Changed, Context, children_of_new};
use super::known_answers::BothSides;
use super::{Plan, Planned};
use crate::domain::Cycles;
use crate::findings::Findings;
use crate::stored::answers::StoredAnswers;

/// Both sides, and what is to be done.
pub(crate) struct PlannedAnswers<'k> {
    pub(crate) both: BothSides<'k>,
    pub(crate) changes: TableChanges,
    /// Rows that Knack does not hold.
    pub(crate) only_in_supabase: u64,
}

impl PlannedAnswers<'_> {
    pub(crate) fn rows_to_write(&self) -> u64 {
        self.changes.inserted + self.changes.updated
    }
}

/// The plan for one student's answers.
pub(crate) fn answers_of_planned(
    planned: &Planned,
    context: Context<'_>,
    both: BothSides<'_>,
) -> Changed<AnswerChange> {
    let sheet = both.known.sheets.get(&planned.student.record_id);
    if let Some(row) = &planned.known {
        let stored = both.stored(row.id);
        if row.is_taken_over {
            return compare_answers(sheet, &stored.cleared(), row.children.accepted);
        }
        return compare_answers(sheet, stored, row.children.accepted);
    }
    // What is to be said of it is said when it is saved.
    let children = children_of_new(&planned.student, context, &mut Findings::default());
    compare_answers(sheet, &StoredAnswers::default(), children.accepted)
}

/// Plans the answers of a school.
pub(crate) fn plan_answers<'k>(
    plan: &Plan,
    context: Context<'_>,
    both: BothSides<'k>,
) -> PlannedAnswers<'k> {
    let (mut changes, mut only_in_supabase) = (TableChanges::default(), 0);
    let mut planned_rows = HashSet::new();
    for planned in &plan.students {
        planned_rows.extend(planned.known.as_ref().map(|row| row.id));
        let compared = answers_of_planned(planned, context, both);
        changes.inserted += compared.inserted.len() as u64;
        changes.updated += compared.updated.len() as u64;
        changes.unchanged += compared.unchanged;
        only_in_supabase += compared.only_in_supabase;
    }
    let others = both.known.stored.iter();
    for (_, stored) in others.filter(|(id, _)| !planned_rows.contains(id)) {
        let compared = compare_answers(None, stored, Cycles::default());
        only_in_supabase += compared.only_in_supabase;
    }
    PlannedAnswers {
        both,
        changes,
        only_in_supabase,
    }
}
