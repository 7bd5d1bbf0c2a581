//! Schools of whose question answers Knack holds little or nothing.

use e2e::{Stage, sheet_id, warned};
use sandbox::data::{ANSWERS, Answers, PUPILS};
use sandbox::knack::{Fault, KnackRule};
use serde_json::Value;
use sync_protocol::WarningCode;

const QUESTION: &str = "q1";

/// Everybody is in Knack, and this many have an answer stored.
async fn stage_with_answers_of(students: u64) -> Stage {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=students {
        let pupil = stage.pupil(n);
        stage.put(&pupil);
        let student = stage.store_nightly(&pupil).await;
        stage.store_answer(student, 1, QUESTION, 3).await;
    }
    stage
}

fn json_of(summary: &sync_protocol::Summary) -> Value {
    serde_json::to_value(summary).expect("it is JSON")
}

#[tokio::test]
async fn no_answers_in_knack_where_more_than_ten_students_have_some_are_suspicious_and_none_is_removed()
 {
    for (stored, is_suspicious) in [(11, true), (10, false)] {
        let stage = stage_with_answers_of(stored).await;
        let before = stage.answers().stored().await;

        let summary = stage.run().await.expect_code(0);

        let expected = is_suspicious.then(|| (WarningCode::AnswersSuspiciouslyEmpty, vec![]));
        assert_eq!(warned(&summary), Vec::from_iter(expected), "{stored}");
        assert!(summary.success && !summary.partial);
        let summary = json_of(&summary);
        let left = &summary["only_in_supabase"]["question_responses"];
        assert_eq!(*left, stored, "{summary}");
        assert!(stage.answers().stored().await == before);
        assert_eq!(stage.written(), []);
    }
}

#[tokio::test]
async fn answers_of_fewer_than_half_of_more_than_ten_students_are_suspicious() {
    for (stored, in_knack, is_suspicious) in [
        (21, 10, true),
        (20, 10, false),
        (10, 1, false),
        (20, 40, false),
    ] {
        let stage = stage_with_answers_of(stored).await;
        stage.admit(1..=in_knack.max(stored));
        stage.admit_answers(1..=in_knack);
        let before = stage.answers().stored().await;

        let summary = stage.run().await.expect_code(0);

        let expected = is_suspicious.then(|| (WarningCode::AnswersSuspiciouslyFew, vec![]));
        let case = format!("{stored}, {in_knack}");
        assert_eq!(warned(&summary), Vec::from_iter(expected), "{case}");
        let after = stage.answers().stored().await;
        assert!(before.keys().all(|key| after.contains_key(key)), "{case}");
    }
}

#[tokio::test]
async fn records_in_which_nothing_is_answered_and_several_of_one_student_hide_no_missing_answers() {
    let stage = stage_with_answers_of(21).await;
    for n in 1..=21 {
        let pupil = stage.pupil(n);
        let mut sheet = Answers::of(&sheet_id(&pupil), &pupil);
        if n > 10 {
            sheet.cycles = [None; 3];
        } else {
            let double = sandbox::data::record_id(1_000 + n);
            stage.put_answers(&Answers::of(&double, &pupil));
        }
        stage.put_answers(&sheet);
    }

    let summary = stage.run().await.expect_code(0);

    let few = (WarningCode::AnswersSuspiciouslyFew, vec![]);
    assert_eq!(warned(&summary), [few]);
}

#[tokio::test]
async fn students_that_are_missing_are_told_of_once_where_their_answers_are_there() {
    let stage = stage_with_answers_of(21).await;
    stage.admit_answers(1..=21);
    for n in 1..=20 {
        stage.knack.remove(PUPILS, &stage.pupil(n).record_id);
    }

    let summary = stage.run().await.expect_code(0);

    let few = (WarningCode::SuspiciouslyFew, vec![]);
    assert_eq!(warned(&summary), [few]);
}

#[tokio::test]
async fn answers_that_could_not_be_read_are_not_called_missing() {
    let stage = stage_with_answers_of(11).await;
    let refused = Fault::Status {
        code: 404,
        body: "No such object".to_owned(),
    };
    let rule = KnackRule::new(refused).object(ANSWERS);
    stage.knack.inject(rule);

    let summary = stage.run().await.expect_code(9);

    let not_refreshed = (WarningCode::AnswersNotRefreshed, vec![]);
    assert_eq!(warned(&summary), [not_refreshed]);
}

#[tokio::test]
async fn records_too_large_to_be_read_are_not_called_none() {
    let stage = stage_with_answers_of(11).await;
    stage.admit_answers(1..=1);
    for n in 2..=11 {
        stage.knack.remove(PUPILS, &stage.pupil(n).record_id);
    }
    let (record, sheet) = (stage.pupil(1).record_id, sheet_id(&stage.pupil(1)));
    let images = Fault::PastedImages {
        records: vec![record.clone(), sheet.clone()],
        bytes: 70 * 1024 * 1024,
    };
    stage.knack.inject(KnackRule::new(images));

    let summary = stage.run().await.expect_code(0);

    let mut too_large = vec![record, sheet];
    too_large.sort();
    let expected = [
        (WarningCode::AnswersSuspiciouslyFew, vec![]),
        (WarningCode::RecordTooLarge, too_large),
        (WarningCode::SuspiciouslyFew, vec![]),
    ];
    assert_eq!(warned(&summary), expected);
}
