//! Rows that the database refuses are named, all others are saved, and that is so on every run, whether the others are saved by
//! this one or were by an earlier one.

use e2e::{Stage, postgrest_error, refused, to_bad_pupils};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::json;

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
        let summary = stage.run().await.expect_code(9);

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
    assert!(run.stderr.contains("were not saved"), "{}", run.stderr);
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

#[tokio::test]
async fn ten_scores_refused_are_named_on_every_run_and_cost_no_other_students() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=40 {
        let cycle = if n > 30 { 3 } else { 1 };
        stage.put(&stage.pupil(n).scored(cycle, [6; 6]));
    }
    let message = "new row for relation \"vespa_scores\" violates check constraint \"two_cycles\"";
    let rule = ProxyRule::new(postgrest_error(400, "23514", message));
    stage
        .proxy
        .inject(rule.on("POST", "vespa_scores").body("\"cycle\":3"));
    let mut expected: Vec<String> = (31..=40).map(|n| stage.pupil(n).record_id).collect();
    expected.sort();

    for saved in [[40, 0, 0], [0, 0, 40], [0, 0, 40]] {
        let summary = stage.run().await.expect_code(9);

        assert_eq!(e2e::changes(&summary)[1], saved);
        let mut named = refused(&summary);
        named.sort_unstable();
        assert_eq!(named, expected);
    }
}
