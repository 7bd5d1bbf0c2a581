//! Records of answers that nothing but an e-mail tells whose they are, of people who share it: they are nobody's, and are named.

use e2e::{Stage, sheet_id, skipped};
use sandbox::data::{Answers, Name, Pupil};
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary};

use super::{ann, ben, remove, stage};

const BENS_ANSWER: i64 = 5;

/// Ben's answers, with his e-mail and nothing else that says that they are his.
fn unsigned(pupil: &Pupil) -> Answers {
    let answers = Answers::of(&sheet_id(pupil), pupil).answered(1, [BENS_ANSWER; 32]);
    Answers {
        name: Name::default(),
        ..answers.unconnected()
    }
}

fn expect_nobodys(summary: &Summary, sheet: &Answers) {
    let nobodys = (SkipReason::NoStudent, vec![sheet.record_id.clone()]);
    assert!(skipped(summary).contains(&nobodys), "{summary:?}");
}

/// Ben's record as it is where he is no student of this school: it names another one first.
fn of_another_school(stage: &Stage, ben: &Pupil) -> Value {
    let mut record = stage.record(ben.clone());
    let schools = json!([{"id": "5f1a20c4e7b3d9001c0affff", "identifier": "Consortium"},
                         {"id": stage.knack_id, "identifier": "School"}]);
    record["field_133_raw"] = schools;
    record
}

#[tokio::test]
async fn one_of_somebody_whose_own_record_is_skipped_does_not_go_to_whoever_shares_the_email() {
    let stage = stage().await;
    let (ann, ben) = (ann(&stage, "family"), ben(&stage, "family"));
    stage.put(&ann);
    let sheet = unsigned(&ben);
    stage.put_answers(&sheet);
    let record = of_another_school(&stage, &ben);
    stage.knack.put("object_10", record);

    for _ in 0..2 {
        let summary = stage.run().await.expect_code(0);

        expect_nobodys(&summary, &sheet);
        let bens = (SkipReason::OtherSchool, vec![ben.record_id.clone()]);
        assert!(skipped(&summary).contains(&bens), "{summary:?}");
        assert!(stage.answers().stored().await.is_empty());
        assert_eq!(stage.students().await, [stage.student_row(&ann)]);
    }

    // Signed by its connection, hers is hers.
    let own = Answers {
        student: Some(ann.record_id.clone()),
        ..sheet
    };
    stage.put_answers(&own);
    stage.run().await.expect_code(0);
    assert_eq!(stage.answers().stored().await.len(), 32);
}

#[tokio::test]
async fn one_of_somebody_who_has_left_does_not_give_the_row_away() {
    let stage = stage().await;
    let (ann, ben) = (ann(&stage, "family"), ben(&stage, "family"));
    stage.put(&ben);
    let sheet = unsigned(&ben);
    stage.put_answers(&sheet);
    stage.run().await.expect_code(0);
    assert_eq!(stage.answers().stored().await.len(), 32);
    remove(&stage, &ben);
    stage.put(&ann);
    let before = stage.everything().await;

    for _ in 0..2 {
        let summary = stage.run().await.expect_code(0);

        // Whose answers these are is not known, so his stay, and with them his row.
        expect_nobodys(&summary, &sheet);
        assert_eq!(stage.everything().await, before);
        assert_eq!(stage.students().await, [stage.student_row(&ben)]);
    }

    // Answers of her own let her have it.
    let own = Answers::of(&sheet_id(&ann), &ann).answered(1, [1; 32]);
    stage.put_answers(&own);
    let summary = stage.run().await.expect_code(0);
    expect_nobodys(&summary, &sheet);
    assert_eq!(stage.students().await, [stage.student_row(&ann)]);
    let stored = stage.answers().stored().await;
    assert!(stored.len() == 32 && stored.values().all(|value| *value == 1));
}

#[tokio::test]
async fn one_beside_another_that_names_somebody_else_is_nobodys() {
    let stage = stage().await;
    let (ann, ben) = (ann(&stage, "family"), ben(&stage, "family"));
    stage.put(&ann);
    let sheet = unsigned(&ann);
    stage.put_answers(&sheet);
    let bens = Answers::of(&sheet_id(&ben), &ben).unconnected();
    stage.put_answers(&bens);

    let summary = stage.run().await.expect_code(0);

    let mut both = [sheet.record_id, bens.record_id];
    both.sort();
    assert_eq!(skipped(&summary), [(SkipReason::NoStudent, both.to_vec())]);
    assert!(stage.answers().stored().await.is_empty());
}
