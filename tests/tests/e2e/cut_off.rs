//! A refresh that is cut off between any two of its writes leaves nobody's scores under another's name, and the next one
//! brings everything in order.

use e2e::{Stage, sheet_id};
use sandbox::data::{Answers, Pupil, QUESTIONS};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

/// More writes than the refresh of a family needs.
const MANY_WRITES: u32 = 20;

fn member(stage: &Stage, number: u64, name: &str, score: i64) -> Pupil {
    Pupil::new(number)
        .email("family")
        .named(name, "Other")
        .completed(stage.year.first_day())
        .scored(1, [score; 6])
        .scored(2, [score; 6])
        .aimed(1, &format!("{name}'s aim"))
}

/// Puts a pupil into Knack who has given the same answer to every question.
fn put(stage: &Stage, pupil: &Pupil, answer: i64) {
    stage.put(pupil);
    let answers = Answers::of(&sheet_id(pupil), pupil);
    let all = [answer; QUESTIONS.len()];
    stage.put_answers(&answers.answered(1, all).answered(2, all));
}

fn put_ann(stage: &Stage) {
    put(stage, &ann(stage), 1);
}

fn put_ben(stage: &Stage) {
    put(stage, &ben(stage), 5);
}

fn remove(stage: &Stage, pupil: &Pupil) {
    stage.knack.remove("object_10", &pupil.record_id);
    stage.knack.remove("object_29", &sheet_id(pupil));
}

fn ann(stage: &Stage) -> Pupil {
    member(stage, 1, "Ann", 1)
}

fn ben(stage: &Stage) -> Pupil {
    member(stage, 2, "Ben", 9)
}

/// Whoever's name the row bears, no other's answer, score or aim hangs on it.
async fn expect_nobody_elses(stage: &Stage, case: &str) {
    let students = stage.students().await;
    let (own, aim, answer) = match students[0]["name"].as_str() {
        Some("Ann Other") => (1, "Ann's aim", 1),
        Some("Ben Other") => (9, "Ben's aim", 5),
        name => panic!("{case}: {name:?}"),
    };
    for row in stage.scores().await {
        let vision = &row["vision"];
        assert!(
            *vision == json!(own) || *vision == Value::Null,
            "{case}: {row}"
        );
    }
    // -1 is nothing.
    for (key, value) in stage.answers().stored().await {
        assert!(value == answer || value == -1, "{case}: {key:?}, {value}");
    }
    for row in stage.comments().await {
        let text = &row["comment_text"];
        assert!(*text == json!(aim) || *text == json!(""), "{case}: {row}");
    }
}

async fn expect_shown(stage: &Stage, pupil: &Pupil, case: &str) {
    assert_eq!(stage.students().await, [stage.student_row(pupil)], "{case}");
    assert_eq!(stage.scores().await, stage.score_rows(pupil), "{case}");
    assert_eq!(stage.comments().await, stage.comment_rows(pupil), "{case}");
    let answers = stage.answers();
    assert_eq!(answers.stored().await, answers.expected().await, "{case}");
}

/// Ben takes over Ann's row, in a run in which all writes from the nth on fail.
async fn taken_over_until(nth: u32, fault: Fault) -> (Stage, Option<i32>) {
    let stage = Stage::builder().last_year().start([]).await;
    put_ann(&stage);
    stage.run().await.expect_code(0);
    remove(&stage, &ann(&stage));
    put_ben(&stage);
    let mut cut = ProxyRule::new(fault).from_nth(nth);
    cut.when.method = Some("POST".to_owned());
    stage.proxy.inject(cut);
    let run = stage.run().await;
    stage.proxy.clear();
    (stage, run.code)
}

async fn expect_no_mixture(fault: fn() -> Fault) {
    for nth in 1..MANY_WRITES {
        let case = format!("{:?} from write {nth} on", fault());
        let (stage, code) = taken_over_until(nth, fault()).await;
        expect_nobody_elses(&stage, &case).await;
        if code == Some(0) && nth > 8 {
            expect_shown(&stage, &ben(&stage), &case).await;
            return;
        }
        stage.run().await.expect_code(0);
        expect_shown(&stage, &ben(&stage), &case).await;
    }
    panic!("no run was whole");
}

#[tokio::test]
async fn a_row_that_changes_hands_never_shows_the_others_scores_wherever_the_run_is_cut_off() {
    expect_no_mixture(|| Fault::GatewayHtml { code: 502 }).await;
}

#[tokio::test]
async fn nor_where_what_was_written_last_is_not_known() {
    expect_no_mixture(|| Fault::CutAfterWrite).await;
}

#[tokio::test]
async fn whoever_comes_back_after_such_a_run_shows_all_their_own_scores() {
    for nth in 2..=9 {
        let case = format!("from write {nth} on");
        let (stage, _) = taken_over_until(nth, Fault::GatewayHtml { code: 502 }).await;
        remove(&stage, &ben(&stage));
        put_ann(&stage);

        stage.run().await.expect_code(0);

        expect_nobody_elses(&stage, &case).await;
        let is_anns = stage.students().await[0]["name"] == json!("Ann Other");
        assert!(is_anns || nth > 5, "{case}");
        if is_anns {
            expect_shown(&stage, &ann(&stage), &case).await;
        }
    }
}

#[tokio::test]
async fn a_row_whose_scores_or_answers_cannot_be_cleared_stays_the_others() {
    for (table, empty) in [
        ("vespa_scores", r#""vision":null"#),
        ("question_responses", r#""response_value":null"#),
    ] {
        let stage = Stage::builder().last_year().start([]).await;
        let (ann, ben) = (ann(&stage), ben(&stage));
        put_ann(&stage);
        stage.run().await.expect_code(0);
        remove(&stage, &ann);
        put_ben(&stage);
        let refused = ProxyRule::new(e2e::postgrest_error(400, "P0001", "nothing is empty"));
        stage.proxy.inject(refused.on("POST", table).body(empty));

        let summary = stage.run().await.expect_code(9);

        assert_eq!(
            e2e::refused(&summary),
            std::slice::from_ref(&ben.record_id),
            "{table}"
        );
        assert_eq!(stage.students().await, [stage.student_row(&ann)], "{table}");
        assert_eq!(stage.scores().await, stage.score_rows(&ann), "{table}");
        expect_nobody_elses(&stage, table).await;
    }
}
