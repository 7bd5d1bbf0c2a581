//! The answers' part of a run: both sides read beside the students', and compared with them. Whatever goes wrong with answers
//! costs the answers alone.

use std::collections::HashSet;
use std::error::Error;

use sync_protocol::{SkipReason, WarningCode};

use super::Run;
use super::checks::Suspicion;
use super::stored_side::StoredAnswersSide;
use crate::domain::{AnswerSheet, Email, Student};
use crate::error::{During, SyncError};
use crate::fetch::{AnswersNotRead, Records};
use crate::reconcile::{
    Assigned, BothSides, Context, KnownAnswers, Owners, People, Plan, PlannedAnswers, assign,
    plan_answers,
};
use crate::stored::StoredStudent;
use crate::stored::answers::ByStudent;
use crate::transform::TransformedSheet;

/// The answers in Knack, if they could be read.
type FetchedAnswers = Result<Records<TransformedSheet>, AnswersNotRead>;

/// Both sides of the answers.
#[derive(Default)]
pub(super) struct Answers {
    /// Where what is stored could be read.
    pub(super) known: Option<KnownAnswers>,
    /// Whose the sheets are.
    owners: Owners,
    /// Whether Knack's could be read too.
    are_complete: bool,
}

impl Run<'_> {
    /// Whose answers these are, and what is stored of them. A side that could not be read is booked.
    pub(super) fn know_answers(
        &mut self,
        sides: Option<(StoredAnswersSide, FetchedAnswers)>,
        people: &People,
        rows: &[&StoredStudent],
    ) -> Answers {
        let Some((stored, fetched)) = sides else {
            return Answers::default();
        };
        let stored = stored.during("reading stored answers");
        let stored = self.or_without_answers(stored, SyncError::reason);
        let fetched = match self.fields.of_all_answers() {
            Some(error) => Err(error.into()),
            None => fetched,
        };
        let fetched = self.or_without_answers(fetched, AnswersNotRead::reason);
        let Some((stored, statistics)) = stored else {
            return Answers::default();
        };
        let are_complete = fetched.is_some();
        let sheets = match fetched {
            Some(fetched) => self.sheets(fetched, &stored),
            None => Vec::new(),
        };
        let findings = &mut self.ledger.findings;
        let Assigned { sheets, owners } = assign(sheets, people, (rows, &stored), findings);
        Answers {
            known: Some(KnownAnswers {
                sheets,
                stored,
                statistics,
            }),
            owners,
            are_complete,
        }
    }

    /// Leaves the sheets of those who were chosen. All others are booked as skipped.
    pub(super) fn leave_answers_of(&mut self, students: &[Student], answers: &mut Answers) {
        let Some(known) = &mut answers.known else {
            return;
        };
        let findings = &mut self.ledger.findings;
        answers.owners.leave(&mut known.sheets, students, findings);
        if let Some(traced) = &mut self.traced {
            traced.owners = std::mem::take(&mut answers.owners);
        }
    }

    fn or_without_answers<T, E: Error + 'static>(
        &mut self,
        side: Result<T, E>,
        reason: fn(&E) -> String,
    ) -> Option<T> {
        side.inspect_err(|error| {
            tracing::error!(error = error as &dyn Error, "answers are not refreshed");
            self.ledger.findings.warn_answers(reason(error));
        })
        .ok()
    }

    /// The sheets among the records. Any other is booked as skipped, but for those of the days beside the year: the filter's
    /// bounds are wider than it, and they are nobody's trouble.
    fn sheets(
        &mut self,
        fetched: Records<TransformedSheet>,
        stored: &ByStudent,
    ) -> Vec<AnswerSheet> {
        let findings = &mut self.ledger.findings;
        let received = fetched.received();
        for warning in fetched.warnings {
            findings.warn_once(warning);
        }
        for (warning, record) in fetched.left_out {
            findings.warn_record(warning, record);
            if let Some(traced) = &mut self.traced {
                traced.leave_out(warning, record);
            }
        }
        self.ledger.records += fetched.outcomes.len() as u64;
        let mut records: Vec<_> = fetched.outcomes.into_iter().collect();
        records.sort_by_key(|(id, _)| *id);
        let mut sheets = Vec::with_capacity(records.len());
        let mut answered = HashSet::new();
        for (id, outcome) in records {
            match outcome {
                Ok(mut transformed) => {
                    answered.extend(who_answered(&transformed.sheet));
                    self.fields.strip_sheet(&mut transformed.sheet);
                    if transformed.is_out_of_range {
                        findings.warn(WarningCode::AnswerOutOfRange, id);
                        if let Some(traced) = &mut self.traced {
                            traced.sheets_out_of_range.insert(id);
                        }
                    }
                    sheets.push(transformed.sheet);
                }
                Err(not_taken) => {
                    match not_taken.reason() {
                        SkipReason::OutsideYear => {}
                        reason => findings.skip(reason, id),
                    }
                    if let Some(traced) = &mut self.traced {
                        traced.not_taken.insert(id, not_taken);
                    }
                }
            }
        }
        let stored = stored.values();
        let stored = stored.filter(|answers| answers.places().next().is_some());
        if let Some(suspicion) = Suspicion::of(received, answered.len(), stored.count()) {
            findings.warn_run(suspicion.of_answers());
        }
        sheets
    }

    /// The plan for answers; `None` if they could not be read.
    pub(super) fn plan_answers<'k>(
        &mut self,
        plan: &Plan,
        context: Context<'k>,
        answers: &Answers,
    ) -> Option<PlannedAnswers<'k>> {
        let known = context.answers.filter(|_| answers.are_complete)?;
        let students = plan.students.iter();
        let planned: HashSet<_> = students.map(|it| it.student.record_id).collect();
        // A student who is not planned has no row: it is another one's.
        let sheets = known.sheets.iter();
        let left = sheets.filter(|(student, _)| !planned.contains(student));
        let mut left: Vec<_> = left.map(|(_, sheet)| sheet.record_id).collect();
        left.sort_unstable();
        for sheet in left {
            let findings = &mut self.ledger.findings;
            findings.skip(SkipReason::NoStudent, sheet);
        }
        let planned = plan_answers(plan, context, BothSides::at_first(known));
        self.ledger.only_in_supabase.question_responses = planned.only_in_supabase;
        Some(planned)
    }
}

/// Whose answers a sheet holds, as far as it says so by itself: nobody's where it holds none. One that is no student's counts
/// too, because students that are missing are told of already.
fn who_answered(sheet: &AnswerSheet) -> Option<String> {
    let record = sheet.scores_record.unwrap_or(sheet.record_id);
    let email = sheet.email.as_ref().map(Email::as_str);
    let who = email.map_or_else(|| record.to_string(), str::to_owned);
    sheet.has_answers().then_some(who)
}
