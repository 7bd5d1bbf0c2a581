//! Explaining instead of saving: what else must be read to tell what a refresh would do with one student, and nothing is written.

use dashboard::SchoolYear;
use sync_protocol::Explanation;

use super::Run;
use crate::error::SyncError;
use crate::explain::{Evidence, Question, Subject, explain};
use crate::reconcile::{Context, Plan, PlannedAnswers};
use crate::stored::{StoredStudent, StoredStudents};

impl Run<'_> {
    /// What a refresh would do now. Where the question is about no record of the year, the school's other records are read; where it
    /// is about a new student, so is the row that its e-mail would meet, as a refresh does when it adds it.
    pub(super) async fn explain(
        &self,
        question: &Question,
        (plan, answers): (Plan, Option<PlannedAnswers<'_>>),
        of: &SchoolYear,
        stored: &[StoredStudent],
        context: Context<'_>,
    ) -> Result<Explanation, SyncError> {
        let traced = self.traced.as_ref().expect("questions are traced");
        let evidence = Evidence {
            of,
            plan: &plan,
            answers: answers.as_ref(),
            context,
            traced,
            stored,
        };
        let subject = Subject::find(question, evidence);
        if subject.is_not_in_knack() {
            let fetch = self.refresh.fetch_of(of, Some(stored.len() as u64));
            let stop = self.refresh.stop;
            let outside = stop.or_read(Box::pin(fetch.of_any_year())).await??;
            let outside = outside
                .outcomes
                .iter()
                .filter_map(|(record, outcome)| Some((record, outcome.as_ref().err()?)));
            let subject = Subject::find_outside(question, outside).unwrap_or(subject);
            return Ok(explain(evidence, &subject, None));
        }
        let met = match &subject {
            Subject::Student(planned) if planned.known.is_none() => {
                let students = StoredStudents {
                    supabase: self.refresh.supabase,
                    columns: &self.columns,
                };
                let save = self.refresh.save_of(students, of, stored, context, None);
                save.row_met(&planned.student).await?
            }
            _ => None,
        };
        Ok(explain(evidence, &subject, met))
    }
}
