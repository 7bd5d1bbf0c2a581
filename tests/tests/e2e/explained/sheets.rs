//! What becomes of records of question answers that do not count, and of texts that cannot be stored as they are.

use e2e::{Stage, sheet_of};
use jiff::ToSpan;
use sandbox::data::{Answers, record_id};
use serde_json::json;
use sync_protocol::{ExplainOutcome, ExplainVerdict as V, FactCode as F};

use super::{agrees, expect, explain};

#[tokio::test]
async fn of_two_records_of_answers_the_earlier_one_is_said_to_be_replaced() {
    let stage = Stage::with_class(2).await;
    stage.admit_answers(1..=2);
    let pupil = stage.pupil(1);
    let earlier = stage.year.first_day();
    let again = Answers {
        record_id: "0ade00000000000000000001".to_owned(),
        completed: Some(earlier.saturating_add(3.days())),
        ..Answers::of(&sheet_of(&record_id(1)), &pupil)
    };
    stage.put_answers(&again);

    let replaced = explain(&stage, &sheet_of(&record_id(1))).await;
    let counts = explain(&stage, &again.record_id).await;

    expect(&replaced, V::OlderAnswers, &[F::AnswersReplaced]);
    assert_eq!(replaced.outcome, ExplainOutcome::Skipped);
    let owner = replaced.facts.iter().find_map(|fact| fact.record_id);
    assert_eq!(owner.map(|id| id.to_string()), Some(record_id(1)));
    expect(&counts, V::AnswersOfStudent, &[F::AnswersByEmail]);
    let refresh = stage.refresh().arg("--report-changes");
    let summary = refresh.run().await.expect_code(0);
    agrees(&replaced, &sheet_of(&record_id(1)), &summary);
}

#[tokio::test]
async fn a_sheet_connected_with_a_student_but_not_with_their_email_is_said_to_be_found_so() {
    let stage = Stage::with_class(1).await;
    let pupil = stage.pupil(1);
    let sheet = Answers {
        email: None,
        ..Answers::of(&sheet_of(&record_id(1)), &pupil)
    };
    stage.put_answers(&sheet);
    let explanation = explain(&stage, &sheet.record_id).await;
    expect(&explanation, V::AnswersOfStudent, &[F::AnswersByConnection]);
}

#[tokio::test]
async fn answers_of_a_student_whom_another_school_holds_are_not_said_to_be_added() {
    let stage = Stage::with_class(1).await;
    stage.admit_answers(1..=1);
    let other = stage.another_school().await;
    let theirs = json!({"establishment_id": other, "name": "Theirs"});
    stage.store_student(&stage.email("p001"), theirs).await;
    let explanation = explain(&stage, &sheet_of(&record_id(1))).await;
    expect(&explanation, V::AnswersOfStudent, &[F::AnswersByEmail]);
    assert_eq!(explanation.outcome, ExplainOutcome::Skipped);
}

#[tokio::test]
async fn a_text_that_is_cleaned_is_said_to_be_and_the_student_is_refreshed() {
    let stage = Stage::with_class(1).await;
    let mut record = stage.record(stage.pupil(1));
    record["field_2299"] = json!("a\u{0}b");
    stage.knack.put("object_10", record);
    let explanation = explain(&stage, &record_id(1)).await;
    let refresh = stage.refresh().arg("--report-changes");
    let summary = refresh.run().await.expect_code(0);
    expect(&explanation, V::NewStudent, &[F::TextCleaned]);
    agrees(&explanation, &record_id(1), &summary);
}

#[tokio::test]
async fn answers_wait_for_scores_that_are_kept_as_newer() {
    let stage = Stage::with_pupils([]).await;
    let ann = stage
        .pupil(1)
        .completed(stage.today.saturating_sub(30.days()));
    let student = stage.store_nightly(&ann.clone().unscored()).await;
    let today = Some(stage.today);
    stage.store_scores(student, 1, [1; 6], today).await;
    stage.put_with_answers(&ann);
    let explanation = explain(&stage, &ann.record_id).await;
    let facts = [F::ScoresKeptNewer, F::AnswersKept];
    expect(&explanation, V::KeptNewer, &facts);
}
