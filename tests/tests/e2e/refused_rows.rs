//! Few rows that the database refuses are named, all others are saved, and that is so on every run. Eight and more are named
//! while anything else is saved.

use e2e::{Stage, postgrest_error, refused, to_bad_pupils};
use sandbox::proxy::Fault;
use serde_json::json;
use sync_protocol::ErrorCode;

fn check_violation() -> Fault {
    let message = "new row for relation \"students\" violates check constraint \"group_check\"";
    postgrest_error(400, "23514", message)
}

fn raised_by_a_trigger() -> Fault {
    postgrest_error(400, "P0001", "no such group")
}

/// A school of `size` students, of whom those in `bad` are refused with `fault`.
async fn refreshed_thrice(fault: Fault, size: u64, bad: &[u64]) {
    let case = format!("{} of {size}", bad.len());
    let stage = Stage::with_pupils([]).await;
    for n in 1..=size {
        stage.put(&if bad.contains(&n) {
            stage.bad_pupil(n)
        } else {
            stage.pupil(n)
        });
    }
    stage.proxy.inject(to_bad_pupils(fault));
    let mut expected: Vec<String> = bad.iter().map(|n| stage.pupil(*n).record_id).collect();
    expected.sort();
    let others = size - bad.len() as u64;

    for changed in [[others, 0, 0], [0, 0, others], [0, 0, others]] {
        let run = stage.run().await;
        if bad.len() >= 8 && changed[0] == 0 {
            // Nothing is saved beside them, which looks like a table that takes nothing new.
            let failure = run.expect_failure(7, ErrorCode::SupabaseRefused);
            assert!(
                failure.message.contains("\"students\""),
                "{case}: {failure:?}"
            );
            assert_eq!(e2e::changes(&run.summary())[0], changed, "{case}");
            continue;
        }
        let summary = run.expect_code(9);

        assert!(summary.success && summary.partial, "{case}");
        assert_eq!(e2e::changes(&summary)[..2], [changed; 2], "{case}");
        let mut named = refused(&summary);
        named.sort_unstable();
        assert_eq!(named, expected, "{case}");
    }
    let others = usize::try_from(others).expect("a school is small");
    assert_eq!(stage.row_counts().await, [others, others, 0], "{case}");
    assert_eq!(stage.logs().await[0]["status"], "completed", "{case}");
}

#[tokio::test]
async fn one_of_one_is_named() {
    refreshed_thrice(check_violation(), 1, &[1]).await;
}

#[tokio::test]
async fn even_a_quiet_run_says_on_stderr_that_rows_were_not_saved() {
    let stage = Stage::with_class(3).await;
    stage.put(&stage.bad_pupil(4));
    stage.proxy.inject(to_bad_pupils(check_violation()));

    let run = stage.refresh().arg("--quiet").run().await;

    run.expect_code(9);
    assert!(
        run.stderr.contains("some rows were not saved"),
        "{}",
        run.stderr
    );
}

#[tokio::test]
async fn one_of_twenty_that_a_trigger_refuses_is_named() {
    refreshed_thrice(raised_by_a_trigger(), 20, &[20]).await;
}

#[tokio::test]
async fn seven_of_seven_are_named() {
    refreshed_thrice(check_violation(), 7, &[1, 2, 3, 4, 5, 6, 7]).await;
}

#[tokio::test]
async fn three_of_many_are_named() {
    refreshed_thrice(check_violation(), 465, &[1, 233, 465]).await;
}

#[tokio::test]
async fn twenty_of_many_are_named_though_they_lie_together() {
    let first: Vec<u64> = (1..=20).collect();
    refreshed_thrice(check_violation(), 465, &first).await;
}

#[tokio::test]
async fn eight_of_fifty_are_named_though_they_are_the_first_to_be_tried_alone() {
    refreshed_thrice(check_violation(), 50, &[1, 8, 15, 22, 29, 36, 43, 50]).await;
}

#[tokio::test]
async fn few_with_a_fault_that_nobody_knows_are_named() {
    let unknown = Fault::Status {
        code: 500,
        body: json!({"code": "XX000", "message": "internal error"}),
        headers: [].into(),
    };
    refreshed_thrice(unknown, 40, &[1, 2, 3, 40]).await;
}
