//! Pages of question answers are read as those of records are, whatever is wrong with them; and where answers cannot be read
//! at all, everything else is refreshed as if there were none.

use std::time::{Duration, Instant};

use e2e::{Run, Stage, changes, pages_asked, sheet_id};
use sandbox::data::{ANSWERS, Answers, PUPILS};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::{Phase, ProgressEvent};

const MB: u64 = 1_000_000;

fn of_answers(fault: Fault) -> KnackRule {
    KnackRule::new(fault).object(ANSWERS)
}

fn status(code: u16) -> Fault {
    Fault::Status {
        code,
        body: "terrible habit".to_owned(),
    }
}

/// A class whose pupils have all answered.
async fn stage(size: u64) -> Stage {
    let stage = Stage::with_class(size).await;
    stage.admit_answers(1..=size);
    stage
}

/// Records read in the end, and of how many.
fn fetched(run: &Run) -> (u64, u64) {
    let event = |line: &str| serde_json::from_str(line).ok();
    let progress = run.stderr.lines().filter_map(|line| match event(line)? {
        ProgressEvent::Progress {
            phase: Phase::Fetching,
            done,
            total,
        } => Some((done, total)),
        _ => None,
    });
    let progress: Vec<(u64, u64)> = progress.collect();
    assert!(
        progress.iter().all(|(done, total)| done <= total),
        "{progress:?}"
    );
    progress.last().copied().expect("there is progress")
}

/// A refresh that succeeds, and so finds all there is beside answers.
async fn run(stage: &Stage, options: &[&str]) -> Run {
    run_with(stage, &Fault::TooManyRequests, options).await
}

/// The same. Where Knack does not answer, it is not waited for as long as usual.
async fn run_with(stage: &Stage, fault: &Fault, options: &[&str]) -> Run {
    let mut refresh = stage.refresh().args(["--progress", "json"]).args(options);
    if *fault == Fault::Hang {
        refresh = refresh.env("KNACK_TIMEOUT_SECONDS", "0.5");
    }
    let run = refresh.run().await;
    assert!(run.summary().success, "{run:?}");
    run
}

#[tokio::test]
async fn progress_counts_answers_beside_the_records() {
    let stage = stage(12).await;
    stage.admit(13..=20);

    assert_eq!(fetched(&run(&stage, &[]).await), (32, 32));
    let without = run(&stage, &["--without-answers"]).await;
    assert_eq!(fetched(&without), (20, 20));
}

#[tokio::test]
async fn pages_of_answers_that_are_short_large_slow_or_torn_are_read_in_other_pages() {
    type Change = fn(KnackRule) -> KnackRule;
    let images = Fault::PastedImages {
        records: vec![],
        bytes: 3 * MB,
    };
    let any: Change = |rule| rule;
    let once: Change = |rule| rule.once();
    let first: Change = |rule| rule.page(1);
    let second: Change = |rule| rule.page(2);
    let large: Change = |rule| rule.rows_above(3);
    let large_second: Change = |rule| rule.page(2).rows_above(10);
    for (fault, change, rows) in [
        (Fault::ShortPage { missing: 2 }, first, "5"),
        (Fault::ShortPage { missing: 1 }, second, "5"),
        (Fault::ShortPage { missing: 3 }, large, "5"),
        (Fault::RemoveRecordAfterPage, once, "100"),
        (Fault::OverstateTotal { by: 1 }, any, "5"),
        (images, any, "100"),
        (Fault::Hang, large_second, "20"),
        (Fault::CutBody, large_second, "20"),
        (status(504), large_second, "20"),
        (Fault::TooManyRequests, once, "5"),
        (status(403), once, "5"),
    ] {
        let stage = stage(30).await;
        stage.knack.inject(change(of_answers(fault.clone())));

        let run = run_with(&stage, &fault, &["--rows-per-page", rows]).await;

        let (done, _) = fetched(&run);
        assert_eq!(done, 60, "{fault:?}");
        assert_eq!(changes(&run.summary())[0], [30, 0, 0], "{fault:?}");
    }
}

#[tokio::test]
async fn a_sheet_too_large_by_itself_is_left_out_and_its_student_is_not() {
    let stage = stage(12).await;
    let images = Fault::PastedImages {
        records: vec![sheet_id(&stage.pupil(7))],
        bytes: 70 * MB,
    };
    stage.knack.inject(of_answers(images));

    let run = run(&stage, &[]).await;

    assert_eq!(fetched(&run), (23, 24));
    assert_eq!(changes(&run.summary())[0], [12, 0, 0]);
}

#[tokio::test]
async fn answers_that_cannot_be_read_cost_nothing_else() {
    let contradictory =
        json!({"records": [], "current_page": 1, "total_pages": 2_000_000_000, "total_records": 5});
    for fault in [
        status(401),
        status(402),
        status(403),
        status(404),
        status(400),
        status(503),
        Fault::Status {
            code: 200,
            body: contradictory.to_string(),
        },
        Fault::Hang,
        Fault::CutBody,
        Fault::Truncated200,
        Fault::Html,
        Fault::Redirect("http://127.0.0.1:9/v1".to_owned()),
        Fault::DailyCapReached,
        Fault::HugeBody { bytes: 300 * MB },
    ] {
        let stage = stage(12).await;
        stage.knack.inject(of_answers(fault.clone()));

        let run = run_with(&stage, &fault, &[]).await;

        assert_eq!(changes(&run.summary())[0], [12, 0, 0], "{fault:?}");
        assert_eq!(stage.row_counts().await, [12, 12, 0], "{fault:?}");
        assert_eq!(fetched(&run), (12, 12), "{fault:?}");
    }
}

#[tokio::test]
async fn answers_of_other_schools_show_that_their_filter_was_ignored_and_cost_nothing_else() {
    let stage = Stage::with_class(12).await;
    let foreign = Stage::with_pupils([]).await;
    for n in 101..=160 {
        let pupil = foreign.pupil(n);
        let sheet = foreign.sheet_record(&Answers::of(&sheet_id(&pupil), &pupil));
        stage.knack.put(ANSWERS, sheet);
    }
    stage.knack.inject(of_answers(Fault::IgnoreFilter));

    let run = run(&stage, &["--rows-per-page", "10"]).await;

    assert_eq!(changes(&run.summary())[0], [12, 0, 0]);
    let asked = pages_asked(&stage.knack, ANSWERS);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(foreign.row_counts().await, [0, 0, 0]);
}

#[tokio::test]
async fn records_that_are_there_wait_for_answers_only_so_long() {
    let stage = stage(12).await;
    // Some come, so that each of the others might.
    stage.knack.inject(of_answers(Fault::Hang).page(2));
    let refresh = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "90");
    let options = ["--timeout", "12", "--rows-per-page", "5"];
    let begun = Instant::now();

    let run = refresh.args(options).run().await;

    assert!(run.summary().success, "{run:?}");
    // Half of what was left, and the other half would have been for saving.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert_eq!(stage.row_counts().await, [12, 12, 0]);
}

#[tokio::test]
async fn records_that_cannot_be_read_are_a_failure_whatever_becomes_of_the_answers() {
    let stage = stage(12).await;
    let refused = KnackRule::new(status(402)).on(Kind::Page).object(PUPILS);
    stage.knack.inject(refused);

    // Not 5: an account that is served its answers is not suspended.
    stage.run().await.expect_code(6);

    stage.assert_untouched().await;
}
