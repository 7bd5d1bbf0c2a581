//! A dry run: counts and lists what a refresh would write now. Nothing is written.

use dashboard::SchoolYear;

use super::Run;
use crate::error::SyncError;
use crate::reconcile::{BothSides, Context, Plan, PlannedAnswers, plan_answers, settle_plan};
use crate::save::count_changes;

impl Run<'_> {
    /// Books what a refresh would do, and what it would say of it.
    pub(super) async fn rehearse(
        &mut self,
        (plan, answers): (Plan, Option<PlannedAnswers<'_>>),
        of: &SchoolYear,
        context: Context<'_>,
    ) -> Result<(), SyncError> {
        let met = self.rows_met(plan.students.iter(), of, context).await?;
        let ledger = &mut self.ledger;
        let plan = settle_plan(plan, &met, of.school.id, context, &mut ledger.findings);
        let answers = answers.map(|answers| {
            let both = BothSides {
                known: answers.both.known,
                others: &met.answers,
            };
            plan_answers(&plan, context, both)
        });
        ledger.only_in_supabase = plan.only_in_supabase;
        if let Some(answers) = &answers {
            ledger.only_in_supabase.question_responses = answers.only_in_supabase;
        }
        count_changes(
            plan,
            answers.as_ref(),
            context,
            self.changed.as_ref(),
            ledger,
        );
        Ok(())
    }
}
