//! Rows that a refresh meets only while it saves: they are another pupil's, and have the e-mail of one in Knack.

use std::time::Duration;

use e2e::{Stage, postgrest_error, sheet_id, skipped, until, warned};
use sandbox::data::{Answers, Pupil};
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::ProxyRule;
use serde_json::{Value, json};
use sync_protocol::{SkipReason, WarningCode};
use uuid::Uuid;

use super::{ANNS, ben, stage};

const ANNS_ANSWER: i64 = 1;
const BENS_ANSWER: i64 = 5;
const TABLE: &str = "question_responses";

/// Ben in Knack, who has answered `q1` and, perhaps, `q7`.
fn admit_ben(stage: &Stage, has_answered_both: bool) -> Pupil {
    let ben = ben(stage, "family");
    stage.put(&ben);
    let answers = Answers::of(&sheet_id(&ben), &ben).answered(1, [BENS_ANSWER; 32]);
    stage.put_answers(&if has_answered_both {
        answers
    } else {
        answers.answer(1, "q7", None)
    });
    ben
}

/// Ann's row with Ben's e-mail, whose record has left Knack: scores of cycle 1, and answers to two questions.
async fn store_anns(stage: &Stage, school: Option<Uuid>) -> Uuid {
    let columns = json!({"establishment_id": school, "name": "Ann Other"});
    let row = stage.store_student(&stage.email("family"), columns).await;
    stage.store_scores(row, 1, ANNS, None).await;
    for question in ["q1", "q7"] {
        stage.store_answer(row, 1, question, ANNS_ANSWER).await;
    }
    row
}

/// Name, question and answer of everything that the row shows.
async fn shown(stage: &Stage, row: Uuid) -> Vec<(String, String, Value)> {
    let query = "select s.name, r.question_id, r.response_value from question_responses r \
                 join students s on s.id = r.student_id where s.id::text = $1 order by r.question_id";
    let rows = stage.db.json(query, &row.to_string()).await;
    let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| {
            let (name, question) = (text(row, "name"), text(row, "question_id"));
            (name, question, row["response_value"].clone())
        })
        .collect()
}

fn anns() -> Vec<(String, String, Value)> {
    let of = |question: &str| {
        (
            "Ann Other".to_owned(),
            question.to_owned(),
            json!(ANNS_ANSWER),
        )
    };
    vec![of("q1"), of("q7")]
}

#[tokio::test]
async fn a_row_without_a_school_stays_the_others_where_an_answer_of_the_others_would_stay_in_it() {
    let stage = stage().await;
    let ben = admit_ben(&stage, false);
    let row = store_anns(&stage, None).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(shown(&stage, row).await, anns());
    assert_eq!(
        skipped(&summary)[0],
        (SkipReason::EmailOfAnotherStudent, vec![ben.record_id])
    );
    assert_eq!(stage.students().await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_row_without_a_school_is_taken_over_with_the_new_owners_answers_alone() {
    let stage = stage().await;
    let ben = admit_ben(&stage, true);
    let row = store_anns(&stage, None).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(
        warned(&summary),
        [(WarningCode::AdoptedOrphan, vec![ben.record_id.clone()])]
    );
    assert_eq!(stage.scores().await, stage.score_rows(&ben));
    let shown = shown(&stage, row).await;
    assert_eq!(shown.len(), 32);
    for (name, question, value) in shown {
        assert_eq!((&*name, value), ("Ben Other", json!(5)), "{question}");
    }
    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_row_without_a_school_stays_the_others_where_its_answers_cannot_be_read_or_cleared() {
    for (method, query) in [("GET", TABLE), ("POST", "on_conflict")] {
        let stage = stage().await;
        admit_ben(&stage, true);
        let row = store_anns(&stage, None).await;
        let refused = ProxyRule::new(postgrest_error(403, "42501", "permission denied"));
        stage.proxy.inject(match method {
            "GET" => refused.on("GET", "students").query(query),
            _ => refused.on("POST", TABLE),
        });

        stage.run().await;

        assert_eq!(shown(&stage, row).await, anns(), "{method}");
    }
}

#[tokio::test]
async fn a_row_that_somebody_adds_during_a_refresh_stays_whose_it_is() {
    let stage = stage().await;
    let ben = admit_ben(&stage, true);
    let slow = KnackRule::new(Fault::Delay(Duration::from_secs(2)));
    stage.knack.inject(slow.on(Kind::Page));
    let others = async {
        until("the stored students are read", || {
            let seen = stage.proxy.seen();
            let is_read = |it: &sandbox::proxy::Seen| {
                it.method == "GET" && it.table() == "students" && it.status.is_some()
            };
            seen.iter().any(is_read)
        })
        .await;
        store_anns(&stage, Some(stage.id)).await
    };

    let (run, row) = tokio::join!(stage.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(shown(&stage, row).await, anns());
    assert_eq!(stage.scores().await[0]["vision"], ANNS[0]);
    assert_eq!(
        skipped(&summary)[0],
        (
            SkipReason::EmailOfAnotherStudent,
            vec![ben.record_id.clone()]
        )
    );
    // The next refresh has read it with everything else.
    stage.knack.clear_faults();
    stage.run().await.expect_code(0);
    assert_eq!(stage.students().await, [stage.student_row(&ben)]);
}
