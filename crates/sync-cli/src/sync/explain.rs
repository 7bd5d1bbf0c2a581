//! Explaining instead of saving: what else must be read to tell what a refresh would do with one student, and nothing is written.

use dashboard::SchoolYear;
use sync_protocol::Explanation;

use super::Run;
use crate::error::SyncError;
use crate::explain::{Evidence, Question, Subject, explain};
use crate::reconcile::{Context, Plan, PlannedAnswers, RowsMet, refuse};
use crate::stored::StoredStudent;

impl Run<'_> {
    /// What a refresh would do now. Where the question is about no record of the year, the school's other records are read; where
    /// it is about a student whose e-mail no row of the school has, so are the rows that it would meet elsewhere.
    pub(super) async fn explain(
        &self,
        question: &Question,
        (mut plan, answers): (Plan, Option<PlannedAnswers<'_>>),
        of: &SchoolYear,
        stored: &[StoredStudent],
        context: Context<'_>,
    ) -> Result<Explanation, SyncError> {
        let traced = self.traced.as_ref().expect("questions are traced");
        let mut met = RowsMet::default();
        let evidence = Evidence {
            of,
            plan: &plan,
            answers: answers.as_ref(),
            context,
            traced,
            stored,
            met: &met,
        };
        let subject = Subject::find(question, evidence);
        if subject.is_not_in_knack() {
            let fetch = self.refresh.fetch_of(of, Some(stored.len() as u64));
            let stop = self.refresh.stop;
            let outside = stop.or_read(Box::pin(fetch.of_any_year())).await??;
            let unread = Subject::find_unread(question, &outside.left_out);
            let outcomes = outside.outcomes.iter();
            let outside =
                outcomes.filter_map(|(record, outcome)| Some((record, outcome.as_ref().err()?)));
            let found = Subject::find_outside(question, outside).or(unread);
            let subject = found.unwrap_or(subject);
            return Ok(explain(evidence, &subject));
        }
        let about = subject.student();
        let about = plan
            .students
            .iter()
            .filter(|it| Some(it.student.record_id) == about);
        met = self.rows_met(about, of, context).await?;
        refuse(&mut plan, &met);
        let evidence = Evidence {
            of,
            plan: &plan,
            answers: answers.as_ref(),
            context,
            traced,
            stored,
            met: &met,
        };
        Ok(explain(evidence, &Subject::find(question, evidence)))
    }
}
