//! Answers where both sides move, or hold what they should not: whatever happens, what is stored in the end is what Knack holds.

mod odd_sheets;
mod submitted;

use e2e::{Stage, changes, postgrest_error, sheet_id, until, warned};
use sandbox::data::Answers;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::ProxyRule;
use serde_json::json;
use sync_protocol::{Summary, WarningCode};

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
