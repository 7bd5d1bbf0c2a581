//! What `--explain` says of a student is what a refresh then does, and it names the rule. It writes nothing.

mod rules;
mod silence;

use e2e::{Run, Stage};
use futures_util::StreamExt;
use futures_util::stream;
use sandbox::data::{schools, standard_schools};
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
            );
            assert!(is_silent, "{said}");
        }
        None => {}
    }
}

#[tokio::test]
async fn of_every_record_of_the_awkward_school_the_explanation_is_what_a_refresh_then_does() {
    let today = Stage::builder().last_year().start([]).await.year.last_day();
    let mut school = standard_schools(today)
        .into_iter()
        .find(|school| school.knack_id == schools::AWKWARD)
        .unwrap();
    "61680fc13a0bfd001e8ca3dd".clone_into(&mut school.knack_id);
    let stage = Stage::builder().school(school).last_year();
    let stage = stage.knack(|options| options.rate_limit = false);
    let stage = stage.start([]).await;
    let ids = |object: &str| -> Vec<String> {
        let records = stage.knack.records(object);
        let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
        records.iter().map(id).collect()
    };
    let records: Vec<String> = ids("object_10")
        .into_iter()
        .chain(ids("object_29"))
        .collect();
    assert!(records.len() > 100, "{}", records.len());
    // The second time, what is said of rows that are stored: of some of them is enough.
    for (round, step) in [("first", 1), ("second", 7)] {
        let before = stage.everything().await;
        let explained: Vec<(&String, Explanation)> = stream::iter(records.iter().step_by(step))
            .map(|record| {
                let stage = &stage;
                async move { (record, explain(stage, record).await) }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        assert_eq!(stage.everything().await, before, "{round}");

        let refresh = stage.refresh().arg("--report-changes");
        let summary = refresh.run().await.expect_code(0);

        let students = explained
            .iter()
            .filter(|(_, it)| it.outcome == ExplainOutcome::Inserted);
        let added = students.filter(|(_, it)| it.verdict != ExplainVerdict::AnswersOfStudent);
        assert_eq!(
            added.count() as u64,
            summary.changes.students.inserted,
            "{round}"
        );
        for (record, explanation) in &explained {
            agrees(explanation, record, &summary);
        }
    }
}
