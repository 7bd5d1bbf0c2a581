//! The row that a run leaves in `sync_logs`: complete at its end, whatever happened at its beginning, and never in the way.

use std::time::{Duration, Instant};

use e2e::{Stage, until, warning};
use nix::sys::signal::Signal;
use sandbox::data::Pupil;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::{KnackRecordId, WarningCode};

/// How long the log row may take at the beginning, and again at the end.
const LOG_PATIENCE: Duration = Duration::from_secs(5);

fn refused() -> Fault {
    Fault::Postgrest {
        code: PostgrestCode::InsufficientPrivilege,
    }
}

fn on_log(fault: Fault) -> ProxyRule {
    ProxyRule::new(fault).on("POST", "sync_logs")
}

/// The one row of the stage's school.
async fn the_row(stage: &Stage) -> Value {
    let mut logs = stage.logs().await;
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs.remove(0)
}

#[tokio::test]
async fn the_end_writes_the_whole_row_whether_the_beginning_was_written_or_not() {
    for fault in [
        refused(),
        Fault::Hang,
        Fault::Cut,
        Fault::CutAfterWrite,
        Fault::Reset,
        Fault::GatewayHtml { code: 502 },
        Fault::Unauthorized,
        Fault::Delay(Duration::from_mins(1)),
    ] {
        let case = format!("{fault:?}");
        let stage = Stage::with_class(3).await;
        stage.proxy.inject(on_log(fault).once());
        let begun = Instant::now();

        let summary = stage.run().await.expect_code(0);

        let took = begun.elapsed();
        assert!(took < LOG_PATIENCE, "reading waited: {case} {took:?}");
        assert!(summary.warnings.is_empty(), "{case}: {summary:?}");
        let row = the_row(&stage).await;
        assert_eq!(row["id"], json!(summary.run_id), "{case}");
        assert_eq!(row["sync_type"], "establishment_refresh", "{case}");
        assert_eq!(row["status"], "completed", "{case}");
        assert_eq!(row["records_processed"], 3, "{case}");
        let [started, completed] = ["started_at", "completed_at"].map(|time| row[time].as_str());
        assert!(started.is_some() && started < completed, "{case}: {row}");
    }
}

#[tokio::test]
async fn a_run_whose_row_could_not_be_opened_still_leaves_how_it_was_stopped() {
    let stage = Stage::with_class(1).await;
    stage.proxy.inject(on_log(refused()).once());
    stage
        .knack
        .inject(KnackRule::new(KnackFault::Hang).on(Kind::Page));
    let running = stage.refresh().start();
    until("the log row was refused", || {
        stage.proxy.writes().iter().any(|it| it.status.is_some())
    })
    .await;

    running.signal(Signal::SIGTERM);
    running.end().await.expect_code(143);

    assert_eq!(the_row(&stage).await["status"], "cancelled");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_a_warning_and_costs_at_most_its_patience() {
    for fault in [refused(), Fault::Hang] {
        let stage = Stage::with_class(3).await;
        stage.proxy.inject(on_log(fault));
        let begun = Instant::now();

        let summary = stage.run().await.expect_code(0);

        let took = begun.elapsed();
        assert!(took < 2 * LOG_PATIENCE, "{took:?}");
        let warned = warning(&summary, WarningCode::LogNotWritten);
        assert_eq!(warned.map(|warned| warned.count), Some(1), "{summary:?}");
        assert_eq!(stage.row_counts().await, [3, 3, 0]);
    }
}

#[tokio::test]
async fn what_was_skipped_and_warned_of_is_counted_by_reason_without_record_ids() {
    let stage = Stage::with_class(2).await;
    for n in 3..=5 {
        stage.put(&stage.pupil(n).without_email());
    }
    let odd = Pupil::new(6).email("p006").scored(1, [11, 6, 5, 4, 3, 5]);
    stage.put(&odd.completed(stage.year.first_day()));

    let summary = stage.run().await.expect_code(0);

    let row = the_row(&stage).await;
    let told = &row["metadata"]["summary"];
    assert_eq!(told["skipped"], json!({"missing_email": 3}));
    assert_eq!(told["warnings"], json!({"score_out_of_range": 1}));
    let ids = summary.skipped.iter().flat_map(|one| &one.record_ids);
    let ids = ids.chain(summary.warnings.iter().flat_map(|one| &one.record_ids));
    let ids: Vec<&str> = ids.map(KnackRecordId::as_str).collect();
    assert_eq!(ids.len(), 4);
    for id in ids {
        assert!(!row.to_string().contains(id), "{row}");
    }
}
