//! Question answers beside students, scores and comments: written where they differ, kept where somebody else was faster.
//! `every_answer.rs` compares all of them with what Knack holds.

mod meanwhile;
mod statistics;
mod stopped;
mod years;

use e2e::{Run, Stage, sheet_id, warned};
use sandbox::data::{Answers, Pupil, QUESTIONS};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary, TableChanges, WarningCode};
use uuid::Uuid;

const TABLE: &str = "question_responses";

/// A pupil's answers, connected with the pupil.
fn answers_of(pupil: &Pupil) -> Answers {
    Answers::of(&sheet_id(pupil), pupil)
}

/// Puts the nth pupil, and answers in every cycle that the pupil has scores of.
fn admit(stage: &Stage, n: u64) -> Answers {
    stage.put_with_answers(&stage.pupil(n))
}

async fn class(size: u64) -> (Stage, Vec<Answers>) {
    let stage = Stage::with_pupils([]).await;
    let answers = (1..=size).map(|n| admit(&stage, n)).collect();
    (stage, answers)
}

/// Inserted, updated and unchanged answers.
fn changed(summary: &Summary) -> [u64; 3] {
    let TableChanges {
        inserted,
        updated,
        unchanged,
    } = summary.changes.question_responses;
    [inserted, updated, unchanged]
}

/// What is stored of a pupil, by cycle and question.
async fn stored(stage: &Stage, local: &str) -> Vec<Value> {
    let query = "select r.cycle, r.question_id, r.response_value, r.academic_year from question_responses r \
                 join students s on s.id = r.student_id where s.email = $1 order by r.cycle, r.question_id, r.id";
    stage.db.json(query, &stage.email(local)).await
}

async fn value(stage: &Stage, local: &str, question: &str) -> Value {
    let rows = stored(stage, local).await;
    let row = rows.iter().find(|row| row["question_id"] == question);
    row.map_or(Value::Null, |row| row["response_value"].clone())
}

async fn student(stage: &Stage, local: &str) -> Uuid {
    let row = "select id from students where email = $1";
    let rows = stage.db.json(row, &stage.email(local)).await;
    let id = rows[0]["id"].as_str().expect("an id");
    id.parse().expect("ids are UUIDs")
}

/// Stores an answer past everything, as others do.
async fn write(stage: &Stage, local: &str, (cycle, question): (u8, &str), value: i64) {
    let statement = format!(
        "insert into question_responses (student_id, cycle, academic_year, question_id, response_value) \
         select id, {cycle}, academic_year, '{question}', {value} from students where email = $1 \
         on conflict (student_id, cycle, academic_year, question_id) do update set response_value = {value}"
    );
    let written = stage.db.execute(&statement, &stage.email(local)).await;
    assert_eq!(written, 1);
}

#[track_caller]
fn reason(summary: &Summary) -> &str {
    let warnings = summary.warnings.iter();
    let mut of_answers = warnings.filter(|it| it.code == WarningCode::AnswersNotRefreshed);
    let warning = of_answers.next().expect("answers were not refreshed");
    e2e::assert_is_a_sentence(&warning.message);
    &warning.message
}

/// Everything but the answers is saved, and the summary says why they are not.
async fn expect_all_but_answers(stage: &Stage, run: &Run, size: usize) -> Summary {
    let summary = run.expect_code(9);
    assert!(summary.success && summary.partial, "{run:?}");
    assert_eq!(
        warned(&summary),
        [(WarningCode::AnswersNotRefreshed, vec![])]
    );
    assert_eq!(stage.row_counts().await, [size, size, 0]);
    let logs = stage.logs().await;
    assert_eq!(logs[0]["status"], "completed");
    assert_eq!(logs[0]["metadata"]["summary"]["partial"], true);
    summary
}

#[tokio::test]
async fn a_first_import_stores_every_answer_and_a_second_run_writes_its_log_row_and_nothing_else() {
    let (stage, _) = class(20).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [640, 0, 0]);
    assert_eq!(summary.question_responses_synced, 640);
    assert_eq!(summary.knack.records, 40);
    assert_eq!(warned(&summary), []);
    let rows = stored(&stage, "p001").await;
    assert_eq!(rows.len(), 32);
    assert_eq!(rows[0]["academic_year"], json!(stage.year));
    let logs = stage.logs().await;
    assert_eq!(
        logs[0]["metadata"]["summary"]["question_responses"]["inserted"],
        640
    );

    stage.proxy.forget();
    let again = stage.run().await.expect_code(0);

    assert_eq!(changed(&again), [0, 0, 640]);
    assert_eq!(again.only_in_supabase.question_responses, 0);
    assert_eq!(stage.written(), []);
    let seen = stage.proxy.seen();
    let reads = seen.iter().filter(|seen| seen.method == "GET").count();
    assert_eq!(
        reads, 4,
        "the school, its students, their answers, its figures"
    );
}

#[tokio::test]
async fn an_answer_that_changed_is_found_though_all_scores_are_equal() {
    let (stage, answers) = class(20).await;
    stage.run().await.expect_code(0);
    stage.put_answers(&answers[6].clone().answer(1, "outcome_q_support", Some(1)));
    stage.put_answers(&answers[7].clone().answer(1, "q1", None));
    let before = stored(&stage, "p008").await;
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [0, 1, 638]);
    assert_eq!(
        summary.only_in_supabase.question_responses, 1,
        "nothing for blank"
    );
    assert_eq!(stage.written(), [(TABLE.to_owned(), 1)]);
    assert_eq!(value(&stage, "p007", "outcome_q_support").await, 1);
    assert_eq!(stored(&stage, "p008").await, before);
}

#[tokio::test]
async fn answers_without_scores_in_their_cycle_are_left_out() {
    let stage = Stage::with_pupils([]).await;
    let pupil = stage.pupil(1).scored(2, [5; 6]);
    let answers = answers_of(&pupil);
    stage.put(&stage.pupil(1));
    stage.put_answers(&answers);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [32, 0, 0]);
    assert!(
        stored(&stage, "p001")
            .await
            .iter()
            .all(|row| row["cycle"] == 1)
    );
}

#[tokio::test]
async fn a_sheet_without_a_student_is_skipped_and_named() {
    let (stage, _) = class(1).await;
    let nobody = answers_of(&stage.pupil(2));
    stage.put_answers(&nobody);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(
        e2e::skipped(&summary),
        [(SkipReason::NoStudent, vec![nobody.record_id])]
    );
    assert_eq!(changed(&summary), [32, 0, 0]);
}

#[tokio::test]
async fn an_answer_out_of_range_is_named_and_the_others_are_stored() {
    let (stage, answers) = class(2).await;
    stage.put_answers(&answers[1].clone().answer(1, "q7", Some(50)));

    let summary = stage.run().await.expect_code(0);

    let named = vec![answers[1].record_id.clone()];
    assert_eq!(warned(&summary), [(WarningCode::AnswerOutOfRange, named)]);
    assert_eq!(changed(&summary), [63, 0, 0]);
}

#[tokio::test]
async fn answers_get_the_schools_own_year() {
    let stage = Stage::builder()
        .flags(Some(true), Some(false))
        .start([])
        .await;
    admit(&stage, 1);

    stage.run().await.expect_code(0);

    let year = stage.today.year();
    let rows = stored(&stage, "p001").await;
    let label = format!("{year}/{year}");
    assert!(rows.len() == 32 && rows.iter().all(|row| row["academic_year"] == *label));
}

#[tokio::test]
async fn answers_without_a_year_are_this_years_and_get_it() {
    let (stage, answers) = class(3).await;
    stage.run().await.expect_code(0);
    let forget = "update question_responses set academic_year = null where student_id::text = $1";
    for local in ["p001", "p002"] {
        let id = student(&stage, local).await.to_string();
        stage.db.execute(forget, &id).await;
    }
    // One differs in more than its year.
    stage.put_answers(&answers[1].clone().answer(1, "q3", Some(1)));
    write(&stage, "p003", (1, "q3"), 5).await;
    let before = stored(&stage, "p001").await.len();
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [0, 65, 31]);
    assert_eq!(
        stage.written(),
        [(TABLE.to_owned(), 1), (TABLE.to_owned(), 64)]
    );
    for local in ["p001", "p002"] {
        let rows = stored(&stage, local).await;
        assert_eq!(rows.len(), before, "no twins");
        assert!(
            rows.iter()
                .all(|row| row["academic_year"] == json!(stage.year))
        );
    }
    assert_eq!(value(&stage, "p002", "q3").await, 1);
    stage.proxy.forget();
    assert_eq!(changed(&stage.run().await.expect_code(0)), [0, 0, 96]);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_dry_run_counts_answers_and_writes_none() {
    let (stage, answers) = class(3).await;
    let dry = stage.refresh().arg("--dry-run");

    let summary = dry.run().await.expect_code(0);

    assert_eq!(changed(&summary), [96, 0, 0]);
    assert_eq!(stored(&stage, "p001").await, [] as [Value; 0]);

    stage.run().await.expect_code(0);
    stage.put_answers(&answers[0].clone().answer(1, "q3", Some(1)));
    admit(&stage, 4);
    stage.proxy.forget();
    let summary = stage.refresh().arg("--dry-run").run().await.expect_code(0);

    assert_eq!(changed(&summary), [32, 1, 95]);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_database_without_the_table_costs_the_answers_alone() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.db.change("drop table question_responses").await;
    for n in 1..=3 {
        admit(&stage, n);
    }

    for _ in 0..2 {
        let run = stage.run().await;

        let summary = expect_all_but_answers(&stage, &run, 3).await;
        let reason = reason(&summary);
        assert!(reason.contains("PGRST205"), "{reason}");
    }
}

#[tokio::test]
async fn a_table_that_fails_for_good_costs_the_answers_alone() {
    let away = || Fault::GatewayHtml { code: 503 };
    for (case, rule) in [
        ("writing", ProxyRule::new(away()).on("POST", TABLE)),
        ("reading", ProxyRule::new(away()).on("GET", "students").query(TABLE)),
        (
            "no right to it",
            ProxyRule::new(e2e::postgrest_error(403, "42501", "permission denied")).on("POST", TABLE),
        ),
        (
            "every row refused",
            ProxyRule::new(e2e::postgrest_error(400, "23502", "null value in column \"origin\" of relation \"question_responses\" violates not-null constraint"))
                .on("POST", TABLE),
        ),
    ] {
        let (stage, _) = class(9).await;
        if case == "reading" {
            stage.put(&stage.pupil(1));
            stage.store_nightly(&stage.pupil(1)).await;
        }
        stage.proxy.inject(rule);

        let run = stage.run().await;

        let summary = expect_all_but_answers(&stage, &run, 9).await;
        let reason = reason(&summary);
        println!("{case}: {reason}");
        assert_eq!(summary.students_synced, 9, "{case}");
        stage.proxy.clear();
        assert_eq!(changed(&stage.run().await.expect_code(0))[0], 9 * 32, "{case}");
    }
}

#[tokio::test]
async fn a_school_is_written_in_batches_of_two_thousand_four_at_a_time() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=300 {
        admit(&stage, n);
    }

    stage.run().await.expect_code(0);

    let batches: Vec<usize> = stage
        .written()
        .into_iter()
        .filter_map(|(table, rows)| (table == TABLE).then_some(rows))
        .collect();
    assert_eq!(batches.iter().sum::<usize>(), 300 * QUESTIONS.len());
    assert!(batches.iter().all(|rows| *rows <= 2_000), "{batches:?}");
    assert!((4..=8).contains(&batches.len()), "{batches:?}");
    let writes = stage.proxy.writes();
    let mut of_answers = writes.iter().filter(|write| write.table() == TABLE);
    assert!(of_answers.all(|write| {
        let prefer = write.prefer.as_deref().unwrap_or_default();
        prefer.contains("return=minimal")
    }));
}
