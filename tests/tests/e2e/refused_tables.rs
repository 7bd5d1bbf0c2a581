//! A table whose rows the database refuses for one reason fails the run: quickly, named, and alike on every run.

use e2e::{Run, Stage, postgrest_error, refused};
use sandbox::proxy::ProxyRule;
use sync_protocol::ErrorCode;

/// What a refresh that fails so may cost, reads and log included.
const FEW_REQUESTS: usize = 40;

const NEW_COLUMN: &str = "alter table students add column region text not null";
/// As on a table that has rows already.
const NEW_COLUMN_LATER: &str = "alter table students add column region text not null default 'x'; \
                                alter table students alter column region drop default";
const UNIQUE_RECORD: &str =
    "alter table students add constraint students_knack_id_key unique (knack_id)";

/// A run of a school whose students the database refuses: it failed, and named `part` and `code`.
#[track_caller]
fn refused_as_a_whole(stage: &Stage, run: &Run, part: &str, code: &str) {
    let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
    let message = &failure.message;
    assert!(
        message.starts_with("The database refuses the rows of \"students\": "),
        "{message}"
    );
    assert!(!message.contains("refresh again"), "{message}");
    assert!(
        message.contains(&format!("\"{part}\"")) && message.contains(&format!("(code {code})")),
        "{message}"
    );
    assert!(message.contains(" Nothing was changed. "), "{message}");
    assert_eq!(
        refused(&run.summary()),
        [""; 0],
        "nobody is called refused beside that"
    );
    let requests = stage.proxy.seen().len();
    assert!(requests <= FEW_REQUESTS, "{requests} requests");
}

#[tokio::test]
async fn a_new_column_that_must_not_be_empty_fails_the_run_at_once() {
    for size in [465, 2_000] {
        let stage = Stage::builder().own_database().start([]).await;
        stage.admit(1..=size);
        stage.db.change(NEW_COLUMN).await;

        for _ in 0..2 {
            stage.proxy.forget();
            let run = stage.run().await;

            refused_as_a_whole(&stage, &run, "region", "23502");
        }
        assert_eq!(stage.row_counts().await, [0, 0, 0]);
        for log in stage.logs().await {
            assert_eq!(log["status"], "failed");
        }
    }
}

#[tokio::test]
async fn a_key_that_last_years_rows_hold_fails_the_run_at_once() {
    for size in [465, 2_000] {
        let stage = Stage::builder().own_database().start([]).await;
        stage.admit(1..=size);
        stage.run().await.expect_code(0);
        let last_year = stage.year.previous();
        let aged = format!("update students set academic_year = '{last_year}'");
        stage.db.change(&aged).await;
        stage.db.change(UNIQUE_RECORD).await;
        let before = stage.everything().await;

        for _ in 0..2 {
            stage.proxy.forget();
            let run = stage.run().await;

            refused_as_a_whole(&stage, &run, "students_knack_id_key", "23505");
        }
        assert_eq!(stage.everything().await, before);
        assert_eq!(stage.logs().await[2]["status"], "failed");
    }
}

#[tokio::test]
async fn a_key_that_last_years_rows_hold_fails_the_run_though_some_students_are_stored() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=465);
    stage.run().await.expect_code(0);
    let last_year = stage.year.previous();
    let aged = format!("update students set academic_year = '{last_year}' where email > 'p011'");
    stage.db.change(&aged).await;
    stage.db.change(UNIQUE_RECORD).await;

    for _ in 0..2 {
        stage.proxy.forget();
        let run = stage.run().await;

        refused_as_a_whole(&stage, &run, "students_knack_id_key", "23505");
        assert_eq!(run.summary().changes.students.unchanged, 10);
    }
}

#[tokio::test]
async fn a_cycle_that_the_scores_refuse_fails_the_run_though_two_are_stored() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=465 {
        stage.put(&stage.pupil(n).scored(2, [6; 6]));
    }
    stage.run().await.expect_code(0);
    for n in 1..=465 {
        stage.put(&stage.pupil(n).scored(2, [6; 6]).scored(3, [5; 6]));
    }
    let message = "new row for relation \"vespa_scores\" violates check constraint \"two_cycles\"";
    let refuse = ProxyRule::new(postgrest_error(400, "23514", message));
    stage
        .proxy
        .inject(refuse.on("POST", "vespa_scores").body("\"cycle\":3"));

    for _ in 0..2 {
        stage.proxy.forget();
        let run = stage.run().await;

        let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
        assert!(failure.message.contains("\"two_cycles\""));
        assert_eq!(refused(&run.summary()), [""; 0]);
        let requests = stage.proxy.seen().len();
        assert!(requests <= FEW_REQUESTS, "{requests} requests");
    }
    assert_eq!(stage.row_counts().await, [465, 930, 0]);
}

#[tokio::test]
async fn few_new_students_of_a_stored_school_fail_it_if_not_even_a_stored_row_can_be_written() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.admit(1..=50);
    stage.run().await.expect_code(0);
    stage.db.change(NEW_COLUMN_LATER).await;
    stage.admit(51..=62);
    let before = stage.everything().await;
    stage.proxy.forget();

    let run = stage.run().await;

    refused_as_a_whole(&stage, &run, "region", "23502");
    assert_eq!(stage.everything().await, before);
    assert_eq!(run.summary().changes.students.unchanged, 50);
}

#[tokio::test]
async fn more_than_half_of_a_school_refused_fails_it_and_the_saved_ones_stay() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=20 {
        let bad = n % 5 != 0;
        stage.put(&if bad {
            stage.bad_pupil(n)
        } else {
            stage.pupil(n)
        });
    }
    let message = "new row for relation \"students\" violates check constraint \"group_check\"";
    let fault = postgrest_error(400, "23514", message);
    stage.proxy.inject(e2e::to_bad_pupils(fault));

    for _ in 0..3 {
        let run = stage.run().await;

        let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
        assert!(
            failure
                .message
                .contains("the check \"group_check\" is not met (code 23514)")
        );
        assert_eq!(refused(&run.summary()), [""; 0]);
    }
    let saved = stage.row_counts().await[0];
    assert!((1..=4).contains(&saved), "{saved}");
}

#[tokio::test]
async fn scores_that_are_all_refused_fail_the_run_and_the_comments_are_saved() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=12 {
        stage.put(&stage.pupil(n).aimed(1, "Aim"));
    }
    let message =
        "null value in column \"origin\" of relation \"vespa_scores\" violates not-null constraint";
    let fault = postgrest_error(400, "23502", message);
    stage
        .proxy
        .inject(ProxyRule::new(fault).on("POST", "vespa_scores"));

    for comments in [[12, 0, 0], [0, 0, 12]] {
        let run = stage.run().await;

        let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
        assert!(
            failure.message.starts_with(
                "The database refuses the rows of \"vespa_scores\": column \"origin\" must not be empty (code 23502)."
            ),
            "{}",
            failure.message
        );
        assert_eq!(e2e::changes(&run.summary())[2], comments);
        assert_eq!(refused(&run.summary()), [""; 0]);
    }
    assert_eq!(stage.row_counts().await, [12, 0, 12]);
}

#[tokio::test]
async fn a_refused_table_says_nothing_of_what_the_database_quotes() {
    let stage = Stage::with_class(9).await;
    let quoting = format!("{} is not welcome", sandbox::proxy::CANARY_NAME);
    let fault = postgrest_error(400, "P0001", &quoting);
    stage
        .proxy
        .inject(ProxyRule::new(fault).on("POST", "students"));

    let run = stage.refresh().arg("--verbose").run().await;

    let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
    assert!(
        failure
            .message
            .starts_with("The database refuses the rows of \"students\": code P0001. Nothing"),
        "{}",
        failure.message
    );
    for canary in [sandbox::proxy::CANARY_NAME, sandbox::proxy::CANARY_EMAIL] {
        assert!(!run.stdout.contains(canary) && !run.stderr.contains(canary));
    }
}
