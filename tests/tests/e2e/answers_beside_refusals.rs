//! A table that is refused as a whole fails the run, and costs no answers whose students and scores are as Knack has them.

use e2e::{Run, Stage, postgrest_error};
use sandbox::data::{Answers, Pupil};
use sandbox::proxy::ProxyRule;
use sync_protocol::ErrorCode;

const SIZE: u64 = 20;

/// A stored class, everyone's answers to cycle 1 another than those stored, and a table that takes no row.
async fn class_with_refused(table: &str) -> (Stage, Vec<(Pupil, Answers)>) {
    let stage = Stage::with_pupils([]).await;
    let pupils: Vec<Pupil> = (1..=SIZE).map(|n| stage.pupil(n)).collect();
    let answers: Vec<Answers> = pupils.iter().map(|it| stage.put_with_answers(it)).collect();
    stage.run().await.expect_code(0);
    let message = "null value in column \"origin\" violates not-null constraint";
    let refused = ProxyRule::new(postgrest_error(400, "23502", message));
    stage.proxy.inject(refused.on("POST", table));
    let changed = answers.into_iter().map(|it| it.answered(1, [5; 32]));
    let changed: Vec<Answers> = changed.collect();
    for of in &changed {
        stage.put_answers(of);
    }
    (stage, pupils.into_iter().zip(changed).collect())
}

/// The run failed for the table, and says that not nothing was saved.
#[track_caller]
fn expect_refused(run: &Run, table: &str) {
    let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
    let message = &failure.message;
    let beginning = format!("The database refuses the rows of \"{table}\": ");
    assert!(message.starts_with(&beginning), "{message}");
    assert!(!message.contains("Nothing was changed"), "{message}");
}

/// The answers stored of every pupil of the class: 5 in cycle 1, and nothing in any other.
async fn expect_new_answers(stage: &Stage) {
    let stored = stage.answers().stored().await;
    assert_eq!(stored.len(), 32 * usize::try_from(SIZE).expect("few"));
    for (key, value) in stored {
        assert_eq!((key.cycle, value), (1, 5), "{key:?}");
    }
}

#[tokio::test]
async fn students_that_are_refused_cost_the_stored_ones_no_answers() {
    let (stage, _) = class_with_refused("students").await;
    for n in SIZE + 1..=2 * SIZE + 1 {
        stage.put_with_answers(&stage.pupil(n));
    }

    let run = stage.run().await;

    expect_refused(&run, "students");
    expect_new_answers(&stage).await;
}

#[tokio::test]
async fn scores_that_are_refused_cost_the_answers_of_their_cycles_alone() {
    let (stage, class) = class_with_refused("vespa_scores").await;
    for (pupil, answers) in &class {
        stage.put(&pupil.clone().scored(2, [4; 6]));
        stage.put_answers(&answers.clone().answered(2, [2; 32]));
    }

    let run = stage.run().await;

    expect_refused(&run, "vespa_scores");
    expect_new_answers(&stage).await;
}

#[tokio::test]
async fn comments_that_are_refused_cost_no_answers() {
    let (stage, class) = class_with_refused("student_comments").await;
    for (pupil, _) in &class {
        stage.put(&pupil.clone().aimed(1, "Aim"));
    }

    let run = stage.run().await;

    expect_refused(&run, "student_comments");
    expect_new_answers(&stage).await;
}
