//! A row that one pupil has left is not given to the other if the questionnaire adds something to it during the refresh.

use std::time::Duration;

use e2e::{Stage, sheet_id, until, warned};
use sandbox::data::{Answers, Pupil};
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, ProxyRule, Seen};
use serde_json::Value;
use sync_protocol::WarningCode;
use uuid::Uuid;

use super::{ANNS, ann, ben, remove, stage};

const ANNS_ANSWER: i64 = 1;

fn answers(pupil: &Pupil, value: i64) -> Answers {
    Answers::of(&sheet_id(pupil), pupil).answered(1, [value; 32])
}

/// A row that is Ann's, who has left, with scores, a comment and perhaps answers; and Ben, who gives all of it.
async fn left_by_ann(has_answers: bool) -> (Stage, Pupil, Uuid) {
    let stage = stage().await;
    let ann = ann(&stage, "family").aimed(1, "Ann's aim");
    stage.put(&ann);
    if has_answers {
        stage.put_answers(&answers(&ann, ANNS_ANSWER));
    }
    stage.run().await.expect_code(0);
    let email = stage.email("family");
    let rows = stage
        .db
        .json("select id from students where email = $1", &email);
    let id = rows.await[0]["id"].as_str().and_then(|id| id.parse().ok());
    remove(&stage, &ann);
    stage.knack.remove("object_29", &sheet_id(&ann));
    let ben = ben(&stage, "family").aimed(1, "Ben's aim");
    stage.put(&ben);
    stage.put_answers(&answers(&ben, 5));
    stage.proxy.forget();
    (stage, ben, id.expect("a UUID"))
}

/// What the questionnaire adds of Ann's, to cycle 2.
#[derive(Debug, Clone, Copy)]
enum Added {
    Answer,
    OwnQuestion,
    Scores,
    Comment,
}

async fn add(stage: &Stage, row: Uuid, what: Added) {
    match what {
        Added::Answer => {
            stage.store_answer(row, 2, "q7", ANNS_ANSWER).await;
        }
        Added::OwnQuestion => {
            stage.store_answer(row, 2, "q30", ANNS_ANSWER).await;
        }
        Added::Scores => {
            stage.store_scores(row, 2, ANNS, None).await;
        }
        Added::Comment => {
            stage.store_comment(row, 2, "goal", "Ann's next aim").await;
        }
    }
}

async fn names(stage: &Stage) -> Vec<Value> {
    let rows = stage.students().await;
    rows.iter().map(|row| row["name"].clone()).collect()
}

#[tokio::test]
async fn what_comes_before_anything_is_cleared_keeps_all_of_the_row() {
    for has_answers in [true, false] {
        for what in [
            Added::Answer,
            Added::OwnQuestion,
            Added::Scores,
            Added::Comment,
        ] {
            let (stage, ben, row) = left_by_ann(has_answers).await;
            let before = (stage.scores().await, stage.answers().stored().await);
            let slow = KnackRule::new(KnackFault::Delay(Duration::from_secs(2)));
            stage.knack.inject(slow.on(Kind::Page));
            let others = async {
                until("the stored answers are read", || {
                    let seen = stage.proxy.seen();
                    let is_read = |seen: &Seen| {
                        let selected = seen.parameter("select").unwrap_or_default();
                        selected.contains("question_responses") && seen.status.is_some()
                    };
                    seen.iter().any(is_read)
                })
                .await;
                add(&stage, row, what).await;
            };

            let (run, ()) = tokio::join!(stage.run(), others);

            let summary = run.expect_code(0);
            let case = format!("{what:?}, {has_answers}");
            let kept = (WarningCode::ChangedMeanwhile, vec![ben.record_id.clone()]);
            assert!(warned(&summary).contains(&kept), "{case}: {summary:?}");
            assert_eq!(names(&stage).await, ["Ann Other"], "{case}");
            let after = (stage.scores().await, stage.answers().stored().await);
            assert!(before.0.iter().all(|it| after.0.contains(it)), "{case}");
            assert!(
                before
                    .1
                    .iter()
                    .all(|(key, is)| after.1.get(key) == Some(is)),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn what_comes_while_the_row_is_cleared_is_never_under_the_others_name() {
    for (table, what) in [
        ("question_responses", Added::Answer),
        ("vespa_scores", Added::Answer),
        ("student_comments", Added::OwnQuestion),
        ("question_responses", Added::Scores),
        ("vespa_scores", Added::Comment),
    ] {
        let (stage, ben, row) = left_by_ann(true).await;
        let slow = ProxyRule::new(Fault::Delay(Duration::from_secs(1)));
        stage.proxy.inject(slow.on("POST", table).once());
        let others = async {
            until("the row is being cleared", || {
                let writes = stage.proxy.writes();
                writes.iter().any(|write| write.table() == table)
            })
            .await;
            add(&stage, row, what).await;
        };

        let (run, ()) = tokio::join!(stage.run(), others);

        let summary = run.expect_code(0);
        let kept = (WarningCode::ChangedMeanwhile, vec![ben.record_id.clone()]);
        assert!(warned(&summary).contains(&kept), "{what:?}: {summary:?}");
        assert_eq!(names(&stage).await, ["Ann Other"], "{what:?}");
    }
}

#[tokio::test]
async fn a_second_row_of_one_question_keeps_the_row() {
    let (stage, _, row) = left_by_ann(true).await;
    let twin = "insert into question_responses (student_id, cycle, academic_year, question_id, response_value) \
                select id, 1, null, 'q7', 1 from students where id::text = $1";
    assert_eq!(stage.db.execute(twin, &row.to_string()).await, 1);
    let before = stage.everything().await;

    for _ in 0..2 {
        stage.run().await.expect_code(0);
        assert_eq!(stage.everything().await, before);
    }
    assert_eq!(names(&stage).await, ["Ann Other"]);
}
