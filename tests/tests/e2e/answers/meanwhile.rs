//! The questionnaire writes answers too, to Supabase first. What it writes during a refresh is never lost.

use std::time::Duration;

use e2e::{Stage, until, warned};
use jiff::ToSpan;
use sandbox::data::QUESTIONS;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::WarningCode;

use super::{TABLE, changed, class, stored, value, write};

/// Knack takes so long that others can write between our reading and our writing.
fn slow_knack(stage: &Stage) {
    let slow = KnackRule::new(Fault::Delay(Duration::from_secs(2)));
    stage.knack.inject(slow.on(Kind::Page));
}

async fn until_read(stage: &Stage) {
    until("the stored answers are read", || {
        let seen = stage.proxy.seen();
        let is_read = |seen: &sandbox::proxy::Seen| {
            let selected = seen.parameter("select").unwrap_or_default();
            selected.contains(TABLE) && seen.status.is_some()
        };
        seen.iter().any(is_read)
    })
    .await;
}

/// What the questionnaire stores: q1 to q28, and the last four under ids of its own.
async fn questionnaire(stage: &Stage, local: &str, cycle: u8) {
    for n in 1..=32 {
        write(stage, local, (cycle, &format!("q{n}")), 1).await;
    }
}

#[tokio::test]
async fn a_cycle_that_the_questionnaire_writes_meanwhile_is_kept_and_named() {
    let (stage, answers) = class(20).await;
    stage.run().await.expect_code(0);
    for of in &answers[4..6] {
        stage.put_answers(&of.clone().answered(1, [5; 32]));
    }
    let outcomes = stored(&stage, "p005").await;
    slow_knack(&stage);
    stage.proxy.forget();
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage).await;
        questionnaire(&stage, "p005", 1).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    let theirs = stored(&stage, "p005").await;
    for n in 1..=32 {
        let id = format!("q{n}");
        let row = theirs.iter().find(|row| row["question_id"] == *id);
        assert_eq!(
            row.map(|row| &row["response_value"]),
            Some(&json!(1)),
            "{id}"
        );
    }
    // The last four of the whole cycle are kept with it.
    for question in &QUESTIONS[28..] {
        let of = |rows: &[serde_json::Value]| {
            rows.iter()
                .find(|row| row["question_id"] == question.id)
                .cloned()
        };
        assert_eq!(of(&theirs), of(&outcomes), "{}", question.id);
    }
    let knacks = stored(&stage, "p006").await;
    assert!(knacks.iter().all(|row| row["response_value"] == 5));
    let record = stage.pupil(5).record_id;
    assert_eq!(
        warned(&summary),
        [(WarningCode::ChangedMeanwhile, vec![record])]
    );
    let updated = changed(&summary)[1];
    assert!((25..=32).contains(&updated), "of one pupil: {updated}");

    // The next refresh sees both sides at leisure.
    stage.knack.clear_faults();
    stage.run().await.expect_code(0);
    assert_eq!(value(&stage, "p005", "q1").await, 5);
    assert_eq!(value(&stage, "p005", "q30").await, 1, "not ours");
}

#[tokio::test]
async fn a_first_answer_that_comes_meanwhile_is_kept_with_all_of_its_cycle() {
    let (stage, answers) = class(2).await;
    for of in &answers {
        stage.knack.remove("object_29", &of.record_id);
    }
    stage.run().await.expect_code(0);
    for of in &answers {
        stage.put_answers(of);
    }
    slow_knack(&stage);
    stage.proxy.forget();
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage).await;
        questionnaire(&stage, "p001", 1).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(changed(&summary), [32, 0, 0]);
    let theirs = stored(&stage, "p001").await;
    assert!(theirs.len() == 32 && theirs.iter().all(|row| row["response_value"] == 1));
    let record = stage.pupil(1).record_id;
    assert_eq!(
        warned(&summary),
        [(WarningCode::ChangedMeanwhile, vec![record])]
    );
}

#[tokio::test]
async fn where_scores_are_kept_as_newer_so_are_the_answers() {
    let (stage, answers) = class(3).await;
    stage.run().await.expect_code(0);
    let today = "update vespa_scores set vision = 1, completion_date = current_date \
                 where student_id = (select id from students where email = $1)";
    stage.db.execute(today, &stage.email("p001")).await;
    questionnaire(&stage, "p001", 1).await;
    stage.put_answers(&answers[0].clone().answered(1, [5; 32]));
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    if stage.today > stage.year.first_day().saturating_add(1.day()) {
        let record = stage.pupil(1).record_id;
        assert_eq!(warned(&summary), [(WarningCode::KeptNewer, vec![record])]);
        assert_eq!(changed(&summary), [0, 0, 96]);
        assert_eq!(stage.written(), []);
    }
}

#[tokio::test]
async fn a_cycle_of_which_only_the_questionnaires_own_four_have_come_is_kept_too() {
    let (stage, answers) = class(2).await;
    for of in &answers {
        stage.knack.remove("object_29", &of.record_id);
    }
    stage.run().await.expect_code(0);
    for of in &answers {
        stage.put_answers(of);
    }
    slow_knack(&stage);
    stage.proxy.forget();
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage).await;
        for n in 29..=32 {
            write(&stage, "p001", (1, &format!("q{n}")), 1).await;
        }
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(changed(&summary), [32, 0, 0]);
    assert_eq!(stored(&stage, "p001").await.len(), 4);
    let record = stage.pupil(1).record_id;
    assert_eq!(
        warned(&summary),
        [(WarningCode::ChangedMeanwhile, vec![record])]
    );

    stage.knack.clear_faults();
    assert_eq!(changed(&stage.run().await.expect_code(0)), [32, 0, 32]);
    assert_eq!(value(&stage, "p001", "q30").await, 1, "not ours");
}
