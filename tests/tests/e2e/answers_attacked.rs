//! Answers where both sides move, or hold what they should not: whatever happens, what is stored in the end is what Knack holds.

use e2e::{Stage, answer_fields, changes, postgrest_error, sheet_id, skipped, until, warned};
use sandbox::data::Answers;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::ProxyRule;
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary, WarningCode};

const TABLE: &str = "question_responses";

/// A school of so many pupils, all with answers in Knack and, perhaps, in Supabase.
async fn class(size: u64) -> (Stage, Vec<Answers>) {
    let stage = Stage::with_pupils([]).await;
    let pupils = (1..=size).map(|n| stage.pupil(n));
    let answers = pupils.map(|pupil| stage.put_with_answers(&pupil)).collect();
    (stage, answers)
}

fn changed(summary: &Summary) -> [u64; 3] {
    let changes = summary.changes.question_responses;
    [changes.inserted, changes.updated, changes.unchanged]
}

async fn assert_all_stored(stage: &Stage) {
    let (stored, expected) = (
        stage.answers().stored().await,
        stage.answers().expected().await,
    );
    assert_eq!(stored.len(), expected.len());
    assert!(stored == expected);
}

async fn assert_settled(stage: &Stage) {
    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_sheet_that_is_edited_while_pages_are_read_is_stored_as_it_is_in_the_end() {
    // At its place, and so that it comes before all others or after them, on a page that is read already or comes again.
    for (sheet, email) in [(7, None), (19, Some("a000")), (2, Some("z999"))] {
        let (stage, answers) = class(20).await;
        stage.run().await.expect_code(0);
        let edited = answers[sheet].clone().answered(1, [5; 32]);
        let slow = KnackRule::new(KnackFault::Delay(std::time::Duration::from_secs(1)));
        let slow = slow.on(Kind::Page).object("object_29");
        for page in [2, 3, 4] {
            stage.knack.inject(slow.clone().page(page));
        }
        let before = stage.knack.seen().len();
        let options = ["--rows-per-page", "5", "--max-in-flight", "1"];
        let refresh = stage.refresh().args(options);
        let editing = async {
            until("the second page of answers is asked for", || {
                let seen = stage.knack.seen();
                let pages = seen.iter().skip(before);
                let of_answers = pages.filter(|it| it.path.contains("object_29"));
                of_answers.count() > 1
            })
            .await;
            let mut record = stage.sheet_record(&edited);
            if let Some(local) = email {
                // Another address by which it is sorted; whose it is, its connection tells.
                let address = stage.email(local);
                record["field_2732"] = json!(format!("<a href=\"mailto:{address}\">{address}</a>"));
                record["field_2732_raw"] = json!({"email": address});
            }
            stage.knack.put("object_29", record);
        };

        let (run, ()) = tokio::join!(refresh.run(), editing);

        let summary = run.expect_code(0);
        let [inserted, updated, unchanged] = changed(&summary);
        assert_eq!(inserted, 0, "{email:?}");
        assert!(updated <= 32 && updated + unchanged <= 640, "{email:?}");
        stage.knack.clear_faults();
        stage.run().await.expect_code(0);
        let stored = stage.answers().stored().await;
        let address = stage.email(&format!("p{:03}", sheet + 1));
        let of_edited = stored.iter().filter(|(key, _)| key.email == address);
        let of_edited: Vec<i64> = of_edited.map(|(_, value)| *value).collect();
        assert_eq!(of_edited, [5; 32], "{email:?}");
        assert_settled(&stage).await;
    }
}

#[tokio::test]
async fn rows_that_have_lost_their_record_ids_keep_their_answers_and_get_the_ids_again() {
    let (stage, answers) = class(12).await;
    // Some are found by their connection alone.
    for of in &answers[..4] {
        stage.put_answers(&of.clone().without_email());
    }
    stage.run().await.expect_code(0);
    let before = stage.answers().stored().await;
    for lost in ["''", "'temp_' || email", "'0'"] {
        let statement =
            format!("update students set knack_id = {lost} where establishment_id::text = $1");
        stage.db.execute(&statement, &stage.id.to_string()).await;
        stage.proxy.forget();

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary)[0], [0, 12, 0], "{lost}");
        assert_eq!(changed(&summary), [0, 0, 384], "{lost}");
        assert_eq!(warned(&summary), [], "{lost}");
        assert_eq!(stage.written(), [("students".to_owned(), 12)], "{lost}");
        assert!(stage.answers().stored().await == before, "{lost}");
        assert_settled(&stage).await;
    }
}

#[tokio::test]
async fn of_answers_whose_later_pages_never_come_none_is_written_and_all_else_is_saved() {
    let (stage, answers) = class(20).await;
    stage.run().await.expect_code(0);
    let before = stage.answers().stored().await;
    for of in &answers {
        stage.put_answers(&of.clone().answered(1, [5; 32]));
    }
    stage.admit(21..=22);
    let fails = KnackFault::Status {
        code: 500,
        body: "Internal".to_owned(),
    };
    for page in 3..=20 {
        let fails = KnackRule::new(fails.clone()).object("object_29");
        stage.knack.inject(fails.page(page));
    }

    let run = stage.refresh().args(["--rows-per-page", "5"]).run().await;

    let summary = run.expect_code(9);
    assert_eq!(
        warned(&summary),
        [(WarningCode::AnswersNotRefreshed, vec![])]
    );
    assert_eq!(changes(&summary)[0], [2, 0, 20]);
    assert!(stage.answers().stored().await == before);
    stage.knack.clear_faults();
    stage.run().await.expect_code(0);
    assert_all_stored(&stage).await;
}

#[tokio::test]
async fn a_table_that_takes_no_writes_costs_the_answers_alone() {
    for (status, code, message) in [
        (
            405,
            "25006",
            "cannot execute INSERT in a read-only transaction",
        ),
        (
            403,
            "42501",
            "new row violates row-level security policy for table \"question_responses\"",
        ),
    ] {
        let (stage, _) = class(9).await;
        let refused = ProxyRule::new(postgrest_error(status, code, message));
        stage.proxy.inject(refused.on("POST", TABLE));

        let refresh = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "2");
        let run = refresh.run().await;

        let summary = run.expect_code(9);
        let codes: Vec<_> = warned(&summary).into_iter().map(|it| it.0).collect();
        assert_eq!(codes, [WarningCode::AnswersNotRefreshed], "{code}");
        assert_eq!(stage.row_counts().await, [9, 9, 0], "{code}");
        stage.proxy.clear();
        stage.run().await.expect_code(0);
        assert_all_stored(&stage).await;
    }
}

#[tokio::test]
async fn of_two_sheets_with_different_cycles_the_later_one_counts_and_what_was_stored_stays() {
    let stage = Stage::builder().last_year().start([]).await;
    let pupil = stage
        .pupil(1)
        .completed(stage.year.last_day())
        .scored(2, [5; 6]);
    stage.put(&pupil);
    let earlier = Answers::of(&sheet_id(&pupil), &pupil).completed(stage.year.first_day());
    let mut first = earlier.clone().answered(1, [1; 32]);
    first.cycles[1] = None;
    stage.put_answers(&first);
    stage.run().await.expect_code(0);
    let mut second = Answers {
        record_id: sheet_id(&stage.pupil(2)),
        ..earlier
            .clone()
            .answered(2, [4; 32])
            .completed(stage.year.last_day())
    };
    second.cycles[0] = None;
    stage.put_answers(&second);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [32, 0, 0]);
    assert_eq!(summary.only_in_supabase.question_responses, 32);
    let stored = stage.answers().stored().await;
    assert_eq!(stored.len(), 64);
    assert!(
        stored
            .iter()
            .all(|(key, value)| *value == if key.cycle == 1 { 1 } else { 4 })
    );
    assert_settled(&stage).await;
}

#[tokio::test]
async fn an_answer_out_of_range_in_any_field_is_named_and_costs_itself_alone() {
    let stage = Stage::with_pupils([]).await;
    let mut number = 0;
    let mut named = Vec::new();
    let mut odd = [json!(50), json!("80%"), json!(6), json!(-1), json!("x")]
        .into_iter()
        .cycle();
    for (question, fields) in answer_fields() {
        for (cycle, field) in (1_u8..).zip(fields) {
            number += 1;
            let pupil = stage.pupil(number).scored(2, [4; 6]).scored(3, [3; 6]);
            stage.put(&pupil);
            let mut record = stage.sheet_record(&Answers::of(&sheet_id(&pupil), &pupil));
            let value = odd.next().unwrap_or(Value::Null);
            record[format!("field_{field}_raw")] = value.clone();
            record[format!("field_{field}")] = value;
            stage.knack.put("object_29", record);
            named.push((
                sheet_id(&pupil),
                stage.email(&format!("p{number:03}")),
                cycle,
                question.clone(),
            ));
        }
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(number, 96);
    assert_eq!(changed(&summary), [96 * 95, 0, 0]);
    let warning = &summary.warnings[0];
    assert_eq!(
        (warning.code, warning.count),
        (WarningCode::AnswerOutOfRange, 96)
    );
    let ids: Vec<&String> = named.iter().map(|it| &it.0).collect();
    assert!(warned(&summary)[0].1.iter().all(|id| ids.contains(&id)));
    let stored = stage.answers().stored().await;
    for (_, email, cycle, question) in &named {
        let of_pupil = stored.keys().filter(|key| key.email == *email);
        let is_it = |key: &&e2e::AnswerKey| key.cycle == *cycle && key.question == *question;
        assert_eq!(
            of_pupil.clone().filter(is_it).count(),
            0,
            "{cycle} {question}"
        );
        assert_eq!(of_pupil.count(), 95, "{cycle} {question}");
    }
    assert_all_stored(&stage).await;
}

#[tokio::test]
async fn a_sheet_of_another_schools_student_that_names_this_school_touches_neither() {
    let (stage, _) = class(2).await;
    let another = stage.another_school().await;
    let theirs = json!({"establishment_id": another, "knack_id": stage.pupil(9).record_id});
    let row = stage.store_student(&stage.email("p009"), theirs).await;
    stage.store_scores(row, 1, [5; 6], None).await;
    stage.store_answer(row, 1, "q1", 2).await;
    let before = stage.everything_of(another).await;
    let of_theirs = Answers::of(&sheet_id(&stage.pupil(9)), &stage.pupil(9)).answered(1, [5; 32]);
    for sheet in [
        of_theirs.clone(),
        of_theirs.clone().unconnected(),
        of_theirs.without_email(),
    ] {
        stage.put_answers(&sheet);

        let summary = stage.run().await.expect_code(0);

        let nobodys = (SkipReason::NoStudent, vec![sheet.record_id]);
        assert_eq!(skipped(&summary), [nobodys]);
        assert_eq!(stage.everything_of(another).await, before);
        assert_eq!(stage.answers().stored().await.len(), 64);
        let answer = "select response_value from question_responses where student_id::text = $1";
        let answers = stage.db.json(answer, &row.to_string()).await;
        assert_eq!(answers, [json!({"response_value": 2})]);
    }
}

#[tokio::test]
async fn a_dry_run_tells_what_a_refresh_then_does() {
    let (stage, answers) = class(12).await;
    stage.run().await.expect_code(0);
    stage.put_answers(&answers[0].clone().answer(1, "q3", Some(1)));
    stage.put_answers(&answers[1].clone().answer(1, "q4", None));
    stage.put_answers(&answers[2].clone().answer(1, "q5", Some(50)));
    stage.knack.remove("object_29", &answers[3].record_id);
    for n in 13..=14 {
        stage.put_with_answers(&stage.pupil(n));
    }
    stage.put_with_answers(&stage.pupil(5).scored(2, [4; 6]));
    stage.put_answers(&Answers::of(&sheet_id(&stage.pupil(40)), &stage.pupil(40)));

    let dry = stage.refresh().arg("--dry-run").run().await.expect_code(0);
    let refreshed = stage.run().await.expect_code(0);

    assert!(changed(&dry)[0] > 0 && changed(&dry)[1] > 0);
    assert_eq!(dry.changes, refreshed.changes);
    assert_eq!(dry.only_in_supabase, refreshed.only_in_supabase);
    assert_eq!(dry.skipped, refreshed.skipped);
    assert_eq!(dry.warnings, refreshed.warnings);
    assert_settled(&stage).await;
}

/// A small generator, so that every seed is another moment, other pupils and another order.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// The questionnaire stores q1 to q28, and its last four under ids of its own after those.
async fn submit(stage: &Stage, local: &str, questions: std::ops::RangeInclusive<u8>) {
    let statement = format!(
        "insert into question_responses (student_id, cycle, academic_year, question_id, response_value) \
         select id, 1, academic_year, 'q' || n, 1 from students, generate_series({}, {}) n where email = $1 \
         on conflict (student_id, cycle, academic_year, question_id) do update set response_value = 1",
        questions.start(),
        questions.end(),
    );
    stage.db.execute(&statement, &stage.email(local)).await;
}

#[tokio::test]
async fn whatever_the_questionnaire_submits_while_knack_is_read_is_kept_in_whatever_order() {
    for seed in 1..=6 {
        let (stage, answers) = class(16).await;
        let mut next = numbers(seed);
        for of in &answers {
            if next(3) == 0 {
                stage.knack.remove("object_29", &of.record_id);
            }
        }
        stage.run().await.expect_code(0);
        for of in &answers {
            stage.put_answers(&of.clone().answered(1, [5; 32]));
        }
        let slow = KnackRule::new(KnackFault::Delay(std::time::Duration::from_secs(3)));
        stage.knack.inject(slow.on(Kind::Page));
        stage.proxy.forget();
        // Each pupil's two parts in their order, those of several pupils among each other.
        let mut pupils: Vec<String> = (0..5).map(|_| format!("p{:03}", 1 + next(16))).collect();
        pupils.sort();
        pupils.dedup();
        let mut parts: Vec<(String, u8)> = pupils.iter().map(|it| (it.clone(), 0)).collect();
        let submitting = async {
            until("the stored answers are read", || {
                let seen = stage.proxy.seen();
                seen.iter().any(|it| {
                    let selected = it.parameter("select").unwrap_or_default();
                    selected.contains(TABLE) && it.status.is_some()
                })
            })
            .await;
            while !parts.is_empty() {
                let at = usize::try_from(next(parts.len() as u64)).unwrap_or_default();
                let (pupil, part) = parts.remove(at);
                if part == 0 {
                    submit(&stage, &pupil, 1..=28).await;
                    parts.push((pupil, 1));
                } else {
                    submit(&stage, &pupil, 29..=32).await;
                }
            }
        };

        let (run, ()) = tokio::join!(stage.run(), submitting);

        let summary = run.expect_code(0);
        let stored = stage.answers().stored().await;
        for n in 1..=16 {
            let local = format!("p{n:03}");
            let email = stage.email(&local);
            let of_pupil = stored.iter().filter(|(key, _)| key.email == email);
            let has_submitted = pupils.contains(&local);
            for (key, value) in of_pupil {
                let is_knacks = key.question.starts_with("outcome") || key.question.contains('_');
                let expected = if has_submitted { 1 } else { 5 };
                // The last four of a kept cycle are as they were before.
                if !(has_submitted && is_knacks) {
                    assert_eq!(*value, expected, "seed {seed}: {key:?}");
                }
            }
        }
        let kept = warned(&summary);
        let kept = kept.iter().find(|it| it.0 == WarningCode::ChangedMeanwhile);
        assert_eq!(kept.map(|it| it.1.len()), Some(pupils.len()), "seed {seed}");
    }
}
