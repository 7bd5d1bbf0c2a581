//! Prints what `-v` shows of a run: what is fetched, planned and decided, in numbers. Never a record, and never a
//! pupil's data.

use dashboard::SchoolYear;
use knack_client::Usage;

use crate::fetch::Fetched;
use crate::ledger::Ledger;
use crate::reconcile::{Plan, PlannedAnswers};

pub(super) fn found(of: &SchoolYear, stored_students: Option<u64>) {
    tracing::info!(
        school = of.school.name,
        id = %of.school.id,
        year = %of.year,
        stored_students,
        "found the school"
    );
}

pub(super) fn read(fetched: &Fetched, stored_students: usize, usage: Usage) {
    let answers = fetched.answers.as_ref();
    let sheets = answers.and_then(|answers| answers.as_ref().ok());
    tracing::info!(
        records = fetched.records.outcomes.len(),
        left_out = fetched.records.left_out.len(),
        answer_records = sheets.map(|sheets| sheets.outcomes.len()),
        stored_students,
        requests = usage.requests,
        retries = usage.retries,
        left_today = usage.daily_remaining,
        "read Knack and Supabase"
    );
}

pub(super) fn planned(plan: &Plan, answers: Option<&PlannedAnswers<'_>>, ledger: &Ledger) {
    let new = plan.students.iter().filter(|it| it.known.is_none());
    let skipped: u64 = ledger.findings.skipped().iter().map(|it| it.count).sum();
    tracing::info!(
        students = plan.students.len(),
        new_students = new.count(),
        rows_to_write = plan.rows_to_write(),
        answers_to_write = answers.map(PlannedAnswers::rows_to_write),
        only_in_supabase = plan.only_in_supabase.students,
        skipped,
        "compared both sides"
    );
}

pub(super) fn saved(ledger: &Ledger) {
    let changes = ledger.changes;
    for (table, counts) in [
        ("students", changes.students),
        ("vespa_scores", changes.vespa_scores),
        ("student_comments", changes.comments),
        ("question_responses", changes.question_responses),
    ] {
        tracing::info!(
            table,
            inserted = counts.inserted,
            updated = counts.updated,
            unchanged = counts.unchanged,
            "saved"
        );
    }
}
