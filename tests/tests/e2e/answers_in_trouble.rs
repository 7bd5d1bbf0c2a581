//! Question answers where something goes wrong: what is stored in the end is what Knack holds, or the answers are left as they
//! were and everything else is saved.

mod rows;

use std::time::Instant;

use e2e::{Run, Stage, pages_asked, postgrest_error, until};
use nix::sys::signal::Signal;
use sandbox::data::{Answers, Pupil};
use sandbox::knack::{Fault as KnackFault, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

const TABLE: &str = "question_responses";

/// The nth pupil, with two cycles answered.
fn pupil(stage: &Stage, n: u64) -> Pupil {
    stage.pupil(n).scored(2, [5; 6])
}

/// A school of so many pupils, all with answers in Knack.
fn class(stage: Stage, size: u64) -> Stage {
    for n in 1..=size {
        stage.put_with_answers(&pupil(&stage, n));
    }
    stage
}

/// The summary as any client would read it.
#[track_caller]
fn said(run: &Run, code: i32) -> Value {
    run.expect_code(code);
    serde_json::from_str(&run.stdout).expect("it is JSON")
}

fn codes(summary: &Value) -> Vec<&str> {
    let warnings = summary["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(|it| it["code"].as_str()).collect()
}

async fn assert_all_stored(stage: &Stage) {
    let (stored, expected) = (
        stage.answers().stored().await,
        stage.answers().expected().await,
    );
    assert_eq!(stored.len(), expected.len());
    assert!(stored == expected);
}

/// Everything else is saved, and the answers are as they were.
async fn assert_without_answers(stage: &Stage, run: &Run, students: u64) {
    let summary = said(run, 9);
    assert_eq!(codes(&summary), ["answers_not_refreshed"], "{summary}");
    assert_eq!(summary["students_synced"], students);
    assert_eq!(summary["question_responses_synced"], 0);
    let students = usize::try_from(students).expect("there are few");
    assert_eq!(stage.row_counts().await, [students, 2 * students, 0]);
}

#[tokio::test]
async fn a_row_cap_below_one_students_answers_hides_none() {
    let stage = class(Stage::builder().max_rows(20).start([]).await, 30);
    stage.run().await.expect_code(0);
    assert_all_stored(&stage).await;
    stage.proxy.forget();

    let summary = said(&stage.run().await, 0);

    assert_eq!(stage.written(), []);
    assert_eq!(summary["changes"][TABLE]["unchanged"], 30 * 2 * 32);
}

#[tokio::test]
async fn a_refresh_that_was_killed_between_two_batches_is_completed_by_the_next() {
    let stage = class(Stage::with_pupils([]).await, 100);
    let hang = ProxyRule::new(Fault::Hang).on("POST", TABLE).from_nth(2);
    stage.proxy.inject(hang);
    let running = stage.refresh().start();
    until("some answers are written and others sent", || {
        let seen = stage.proxy.writes();
        let mut of_answers = seen.iter().filter(|it| it.table() == TABLE);
        of_answers.clone().count() > 1 && of_answers.any(|it| it.status.is_some())
    })
    .await;
    running.signal(Signal::SIGKILL);
    running.end().await;
    let stored = stage.answers().stored().await;
    assert!(
        !stored.is_empty() && stored.len() < 100 * 2 * 32,
        "{}",
        stored.len()
    );
    stage.proxy.clear();

    let summary = said(&stage.run().await, 0);

    assert_all_stored(&stage).await;
    assert_eq!(summary["changes"][TABLE]["unchanged"], stored.len());
    assert_eq!(
        summary["changes"][TABLE]["inserted"],
        100 * 2 * 32 - stored.len()
    );
}

#[tokio::test]
async fn answers_whose_confirmation_is_lost_or_cut_are_stored_once_and_counted() {
    for fault in [
        Fault::CutAfterWrite,
        Fault::Cut,
        Fault::Reset,
        Fault::GatewayHtml { code: 502 },
    ] {
        let stage = class(Stage::with_pupils([]).await, 40);
        let rule = ProxyRule::new(fault.clone()).on("POST", TABLE).times(1);
        stage.proxy.inject(rule);

        let summary = said(&stage.run().await, 0);

        assert_all_stored(&stage).await;
        let expected = json!({"inserted": 40 * 2 * 32, "updated": 0, "unchanged": 0});
        assert_eq!(summary["changes"][TABLE], expected, "{fault:?}");
    }
}

#[tokio::test]
async fn reads_of_stored_answers_that_are_cut_or_too_slow_are_read_again() {
    for fault in [
        Fault::Cut,
        Fault::Reset,
        Fault::GatewayHtml { code: 504 },
        postgrest_error(500, "57014", "canceling statement"),
    ] {
        let stage = class(Stage::with_pupils([]).await, 40);
        stage.run().await.expect_code(0);
        stage.proxy.forget();
        let rule = ProxyRule::new(fault.clone()).query(TABLE).times(2);
        stage.proxy.inject(rule);

        let summary = said(&stage.run().await, 0);

        assert_eq!(
            summary["changes"][TABLE]["unchanged"],
            40 * 2 * 32,
            "{fault:?}"
        );
        assert_eq!(stage.written(), [], "{fault:?}");
    }
}

#[tokio::test]
async fn a_table_without_the_key_of_answers_is_left_alone_and_the_rest_is_saved() {
    let drop_key = "do $$ begin execute (select 'alter table question_responses drop constraint ' || conname \
                    from pg_constraint where conrelid = 'question_responses'::regclass and contype = 'u'); end $$;";
    let shorter_key = "alter table question_responses add unique (student_id, cycle, question_id)";
    for change in [
        drop_key,
        &format!("{drop_key} {shorter_key}"),
        "drop table question_responses",
        "alter table question_responses rename column response_value to value",
    ] {
        let stage = class(Stage::builder().own_database().start([]).await, 3);
        stage.db.change(change).await;

        let run = stage.run().await;

        assert_without_answers(&stage, &run, 3).await;
        let again = stage.run().await;
        assert_without_answers(&stage, &again, 3).await;
    }
}

#[tokio::test]
async fn answers_that_knack_does_not_give_cost_nothing_else() {
    let status = |code| KnackFault::Status {
        code,
        body: "Internal".to_owned(),
    };
    for fault in [
        status(500),
        status(404),
        status(400),
        status(403),
        KnackFault::Html,
        KnackFault::Truncated200,
        KnackFault::CutBody,
        KnackFault::Hang,
        KnackFault::IgnoreFilter,
    ] {
        let stage = class(Stage::with_pupils([]).await, 3);
        if fault == KnackFault::IgnoreFilter {
            for n in 500..560 {
                let of_another = pupil(&stage, n);
                let record = Answers::of(&of_another.record_id, &of_another);
                let another = sandbox::data::School::new("5f1a20c4e7b3d9001c0affff", "Another");
                stage.knack.put("object_29", record.to_record(&another));
            }
        }
        let rule = KnackRule::new(fault.clone()).object("object_29");
        stage.knack.inject(rule);

        let run = stage
            .refresh()
            .env("KNACK_TIMEOUT_SECONDS", "1")
            .run()
            .await;

        assert_without_answers(&stage, &run, 3).await;
    }
}

#[tokio::test]
async fn a_refusal_of_the_answers_alone_is_believed_at_once() {
    for code in [302, 401, 402, 403] {
        let stage = class(Stage::with_pupils([]).await, 3);
        let refusal = KnackFault::Status {
            code,
            body: String::new(),
        };
        let refuses = KnackRule::new(refusal).object("object_29");
        stage.knack.inject(refuses);
        let begun = Instant::now();

        let run = stage.refresh().run().await;

        assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
        assert_without_answers(&stage, &run, 3).await;
        let told = format!("Knack refuses the request for object_29 (status {code})");
        assert!(run.stdout.contains(&told), "{}", run.stdout);
        assert!(pages_asked(&stage.knack, "object_29").len() <= 2, "{code}");
    }
}

#[tokio::test]
async fn what_is_not_there_of_the_answers_is_told_of_their_object() {
    let stage = class(Stage::with_pupils([]).await, 3);
    let missing = KnackFault::Status {
        code: 404,
        body: String::new(),
    };
    stage
        .knack
        .inject(KnackRule::new(missing).object("object_29"));

    let run = stage.run().await;

    assert_without_answers(&stage, &run, 3).await;
    assert!(
        run.stdout.contains("whether the app has object_29"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("object_10"), "{}", run.stdout);
}

#[tokio::test]
async fn rows_that_hold_no_answer_get_one_and_rows_under_other_ids_stay() {
    let stage = Stage::builder().own_database().start([]).await;
    let change =
        "alter table question_responses drop constraint question_responses_response_value_check";
    stage.db.change(change).await;
    let ann = pupil(&stage, 1);
    stage.put_with_answers(&ann);
    let student = stage.store_nightly(&ann).await;
    for (question, value) in [
        ("q1", json!(null)),
        ("q2", json!(9)),
        ("q3", json!(-7)),
        (" q4 ", json!(1)),
        ("q29", json!(2)),
        ("Q5", json!(3)),
    ] {
        let row = json!({
            "student_id": student, "cycle": 1, "academic_year": stage.year, "question_id": question,
            "response_value": value,
        });
        stage.db.insert(TABLE, &row).await;
    }

    let summary = said(&stage.run().await, 0);

    let stored = stage.answers().stored().await;
    for (key, value) in stage.answers().expected().await {
        assert_eq!(stored.get(&key), Some(&value), "{key:?}");
    }
    assert_eq!(stored.len(), 2 * 32 + 3);
    let expected = json!({"inserted": 2 * 32 - 3, "updated": 3, "unchanged": 0});
    assert_eq!(summary["changes"][TABLE], expected);
    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn batches_that_are_too_large_or_too_slow_are_made_smaller() {
    for fault in [
        Fault::TooLargeAbove { bytes: 20_000 },
        Fault::TimeoutAbove { rows: 200 },
    ] {
        let stage = class(Stage::with_pupils([]).await, 40);
        let rule = ProxyRule::new(fault.clone()).on("POST", TABLE);
        stage.proxy.inject(rule);

        stage.run().await.expect_code(0);

        assert_all_stored(&stage).await;
        let writes = stage.proxy.writes();
        let requests = writes.iter().filter(|it| it.table() == TABLE).count();
        assert!(requests < 120, "{fault:?}: {requests} requests");
    }
}
