//! What `--explain` says of a student is what a refresh then does, and it names the rule. It writes nothing.

mod chains;
mod rules;
mod sheets;
mod silence;
mod unread;

use std::collections::BTreeSet;

use e2e::{Run, Stage};
use futures_util::StreamExt;
use futures_util::stream;
use sandbox::data::{ANSWERS, PUPILS, schools};
use serde_json::{Value, json};
use sync_protocol::{
    ExplainOutcome, ExplainVerdict, Explanation, FactCode, KnackRecordId, RecordChange, Summary,
};

/// Explanations asked for at the same time.
const AT_ONCE: usize = 6;

async fn ask(stage: &Stage, question: &str) -> Run {
    let refresh = stage.refresh().arg("--explain");
    // Questions are many here, and one window for all of them would be waited for.
    let folder = tempfile::tempdir().expect("a folder can be made");
    let budget = format!("file:{}", folder.path().join("budget").display());
    let refresh = refresh.env("KNACK_BUDGET", budget);
    let refresh = refresh.args(["--rows-per-page", "1000"]);
    refresh.run_with(&format!("{question}\n")).await
}

/// Asks about a record or an e-mail, and expects an answer.
async fn explain(stage: &Stage, question: &str) -> Explanation {
    let run = ask(stage, question).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

fn codes(explanation: &Explanation) -> Vec<FactCode> {
    explanation.facts.iter().map(|fact| fact.code).collect()
}

#[track_caller]
fn expect(explanation: &Explanation, verdict: ExplainVerdict, facts: &[FactCode]) {
    assert_eq!(explanation.verdict, verdict, "{explanation:?}");
    for fact in facts {
        assert!(
            codes(explanation).contains(fact),
            "{fact:?}: {explanation:?}"
        );
    }
}

fn changes_of(summary: &Summary, record: &str) -> Vec<RecordChange> {
    let record: KnackRecordId = record.parse().expect("records have ids");
    let report = summary
        .changed_records
        .as_ref()
        .expect("changes are reported");
    let entries = report.entries.iter();
    entries
        .filter(|it| it.record_id == record)
        .cloned()
        .collect()
}

/// Why a record was skipped, if it was.
fn skipped_for(summary: &Summary, record: &str) -> Option<Value> {
    let record: KnackRecordId = record.parse().expect("records have ids");
    let mut skipped = summary.skipped.iter();
    let reason = skipped.find(|it| it.record_ids.contains(&record));
    reason.map(|it| json!(it.reason))
}

/// What the explanation says a refresh would do is what this refresh did.
#[track_caller]
fn agrees(explanation: &Explanation, record: &str, summary: &Summary) {
    let said = format!("{record}: {explanation:?}");
    assert_eq!(explanation.changes, changes_of(summary, record), "{said}");
    match skipped_for(summary, record) {
        Some(reason) => {
            assert_eq!(explanation.outcome, ExplainOutcome::Skipped, "{said}");
            assert_eq!(json!(explanation.verdict), reason, "{said}");
        }
        // What the filter leaves out is skipped without a word.
        None if explanation.outcome == ExplainOutcome::Skipped => {
            let is_silent = matches!(
                explanation.verdict,
                ExplainVerdict::NotCompleted
                    | ExplainVerdict::UnreadableDate
                    | ExplainVerdict::OutsideYear
                    | ExplainVerdict::OtherSchool
                    | ExplainVerdict::OlderAnswers
                    // Of a student who is skipped.
                    | ExplainVerdict::AnswersOfStudent
            );
            assert!(is_silent, "{said}");
        }
        None => {}
    }
}

/// The ids of every so many records of an object.
fn records_of(stage: &Stage, object: &str, step: usize) -> Vec<String> {
    let records = stage.knack.records(object);
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    records.iter().step_by(step).map(id).collect()
}

/// Explains these records, which must write nothing, and expects a refresh to do what was said.
async fn expect_as_explained(stage: &Stage, records: &[String]) -> (Vec<Explanation>, Summary) {
    let before = stage.everything().await;
    let explained: Vec<(&String, Explanation)> = stream::iter(records)
        .map(|record| async move { (record, explain(stage, record).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    assert_eq!(stage.everything().await, before);
    let refresh = stage.refresh().arg("--report-changes");
    let summary = refresh.run().await.expect_code(0);
    for (record, explanation) in &explained {
        agrees(explanation, record, &summary);
    }
    let explained = explained.into_iter().map(|(_, explanation)| explanation);
    (explained.collect(), summary)
}

fn verdicts(explained: &[Explanation]) -> BTreeSet<ExplainVerdict> {
    explained.iter().map(|it| it.verdict).collect()
}

#[tokio::test]
async fn of_every_record_of_the_awkward_school_the_explanation_is_what_a_refresh_then_does() {
    let stage = Stage::of_sandbox(schools::AWKWARD).await;
    let records = records_of(&stage, PUPILS, 1);

    let (explained, summary) = expect_as_explained(&stage, &records).await;

    assert!(verdicts(&explained).len() > 8, "{:?}", verdicts(&explained));
    let added = explained
        .iter()
        .filter(|it| it.outcome == ExplainOutcome::Inserted);
    let inserted = summary.changes.students.inserted;
    assert!(inserted > 50, "{inserted}");
    assert_eq!(added.count() as u64, inserted);
}

#[tokio::test]
async fn of_records_of_answers_the_explanation_is_what_a_refresh_then_does() {
    let stage = Stage::of_sandbox(schools::AWKWARD).await;
    let sheets = records_of(&stage, ANSWERS, 2);
    let (explained, _) = expect_as_explained(&stage, &sheets).await;
    assert!(verdicts(&explained).len() > 3, "{:?}", verdicts(&explained));
}

#[tokio::test]
async fn of_students_who_are_stored_here_or_elsewhere_the_explanation_is_what_a_refresh_then_does()
{
    let stage = Stage::of_sandbox(schools::AWKWARD).await;
    stage.run().await.expect_code(0);
    stage.scatter().await;
    let mut records = records_of(&stage, PUPILS, 3);
    records.extend(records_of(&stage, ANSWERS, 9));
    let (explained, _) = expect_as_explained(&stage, &records).await;
    assert!(verdicts(&explained).len() > 8, "{:?}", verdicts(&explained));
}
