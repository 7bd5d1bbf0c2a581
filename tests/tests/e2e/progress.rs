//! What a run reports while it runs, and the row it leaves in `sync_logs`.

use std::process::Stdio;

use e2e::{Run, Stage};
use jiff::Timestamp;
use sandbox::data::Pupil;
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::{Phase, ProgressEvent, Summary};
use tokio::io::{AsyncBufReadExt, BufReader};
use uuid::Uuid;

async fn stage_with_pupils(pupils: u64) -> Stage {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=pupils {
        let pupil = Pupil::new(n).email(&format!("p{n}"));
        stage.put(&pupil.completed(stage.year.first_day()).aimed(1, "Aim"));
    }
    stage
}

fn events(run: &Run) -> Vec<ProgressEvent> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    run.stderr.lines().map(parse).collect()
}

fn phases(events: &[ProgressEvent]) -> Vec<Phase> {
    let phase = |event: &ProgressEvent| match event {
        ProgressEvent::Phase { phase } => Some(*phase),
        _ => None,
    };
    events.iter().filter_map(phase).collect()
}

#[tokio::test]
async fn every_line_of_stderr_is_an_event_and_the_phases_come_in_order() {
    let stage = stage_with_pupils(3).await;

    let run = stage.refresh().args(["--progress", "json"]).run().await;

    let summary = run.expect_code(0);
    let events = events(&run);
    assert_eq!(
        phases(&events),
        [
            Phase::FindingSchool,
            Phase::Fetching,
            Phase::Comparing,
            Phase::Writing,
            Phase::Finishing
        ]
    );
    let started = ProgressEvent::Started {
        run_id: summary.run_id,
        establishment_id: stage.knack_id.parse().expect("the id is one"),
        establishment_name: summary
            .establishment_name
            .clone()
            .expect("the school is known"),
        academic_year: stage.year,
    };
    assert_eq!(events.iter().filter(|event| **event == started).count(), 1);
    let last = |wanted: Phase| {
        events.iter().rev().find_map(|event| match event {
            ProgressEvent::Progress { phase, done, total } if *phase == wanted => {
                Some((*done, *total))
            }
            _ => None,
        })
    };
    assert_eq!(last(Phase::Fetching), Some((3, 3)));
    assert_eq!(
        last(Phase::Writing),
        Some((9, 9)),
        "students, scores and comments"
    );
}

#[tokio::test]
async fn while_rows_are_saved_the_total_stays_as_it_was_announced() {
    // More than one batch of students, and their scores and comments, which are written after them.
    let stage = stage_with_pupils(600).await;

    let run = stage.refresh().args(["--progress", "json"]).run().await;

    run.expect_code(0);
    let progress = events(&run).into_iter().filter_map(|event| match event {
        ProgressEvent::Progress {
            phase: Phase::Writing,
            done,
            total,
        } => Some((done, total)),
        _ => None,
    });
    let progress: Vec<(u64, u64)> = progress.collect();
    assert!(progress.len() >= 4, "{progress:?}");
    assert!(
        progress.iter().all(|(_, total)| *total == 1_800),
        "{progress:?}"
    );
    assert!(progress.is_sorted(), "{progress:?}");
}

#[tokio::test]
async fn progress_never_shows_anything_of_a_pupil() {
    let stage = stage_with_pupils(3).await;

    let run = stage
        .refresh()
        .args(["--progress", "json", "-vv"])
        .run()
        .await;

    run.expect_code(0);
    for secret in ["Number1", "p1@", &stage.email("p2"), stage.knack.api_key()] {
        assert!(!run.stderr.contains(secret), "{secret}");
        assert!(!run.stdout.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_writing_event_precedes_the_first_write() {
    let stage = stage_with_pupils(3).await;
    stage
        .proxy
        .inject(ProxyRule::new(Fault::Hang).on("POST", "students"));
    let options = ["--progress", "json", "--timeout", "30"];
    let mut command = stage.refresh().args(options).into_command();
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();

    // The first write is never answered: what was reported by then was reported before it.
    let mut told = Vec::new();
    while let Some(line) = lines.next_line().await.expect("stderr is text") {
        let event: ProgressEvent = serde_json::from_str(&line).expect("each line is an event");
        told.push(event);
        if told.last()
            == Some(&ProgressEvent::Phase {
                phase: Phase::Writing,
            })
        {
            break;
        }
    }

    assert_eq!(
        phases(&told),
        [
            Phase::FindingSchool,
            Phase::Fetching,
            Phase::Comparing,
            Phase::Writing
        ]
    );
    assert_eq!(stage.students().await, Vec::<Value>::new());
    child.kill().await.expect("the child can be ended");
}

#[tokio::test]
async fn no_progress_is_shown_without_a_terminal_unless_requested() {
    let stage = stage_with_pupils(1).await;
    for mode in ["auto", "none"] {
        let run = stage.refresh().args(["--progress", mode]).run().await;
        run.expect_code(0);
        assert_eq!(run.stderr, "", "{mode}");
    }
}

fn expected_metadata(stage: &Stage, summary: &Summary) -> Value {
    let changes = summary.changes;
    json!({
        "run_id": summary.run_id, "establishment_id": stage.id, "establishment_knack_id": stage.knack_id,
        "academic_year": stage.year,
        "summary": {
            "students": changes.students, "vespa_scores": changes.vespa_scores, "comments": changes.comments,
            "question_responses": changes.question_responses, "not_completed": summary.not_completed, "partial": false,
            "skipped": {}, "warnings": {},
        },
    })
}

#[tokio::test]
async fn a_run_leaves_one_completed_row_with_both_ids_the_year_and_the_counts() {
    let stage = stage_with_pupils(2).await;

    let summary = stage.run().await.expect_code(0);

    let logs = stage.logs().await;
    let [log] = logs.as_slice() else {
        panic!("one row: {logs:?}");
    };
    assert_eq!(log["id"], json!(summary.run_id));
    assert_eq!(log["sync_type"], "establishment_refresh");
    assert_eq!(log["status"], "completed");
    assert_eq!(log["records_processed"], 2);
    assert_eq!(log["error_message"], Value::Null);
    let completed: Timestamp = log["completed_at"]
        .as_str()
        .and_then(|at| at.parse().ok())
        .expect("a completed run says when");
    assert!(
        completed
            >= summary
                .timestamp
                .saturating_sub(jiff::SignedDuration::from_secs(60))
                .expect("in range")
    );
    let mut metadata = log["metadata"].clone();
    let took = metadata["summary"]
        .as_object_mut()
        .and_then(|summary| summary.remove("duration_seconds"));
    assert!(
        took.and_then(|took| took.as_f64())
            .is_some_and(|took| took > 0.0)
    );
    assert_eq!(metadata, expected_metadata(&stage, &summary));
}

#[tokio::test]
async fn whoever_starts_a_run_may_name_it_and_itself() {
    let stage = stage_with_pupils(1).await;
    let run_id = Uuid::new_v4();

    let run = stage
        .refresh()
        .args(["--progress", "json"])
        .env("SYNC_RUN_ID", run_id.to_string())
        .env("SYNC_STARTED_BY", "nightly-cron")
        .run()
        .await;

    let summary = run.expect_code(0);
    assert_eq!(summary.run_id, run_id);
    let is_named = |event: &ProgressEvent| matches!(event, ProgressEvent::Started { run_id: told, .. } if *told == run_id);
    assert!(events(&run).iter().any(is_named));
    let log = stage.logs().await.remove(0);
    assert_eq!(log["id"], json!(run_id));
    assert_eq!(log["metadata"]["run_id"], json!(run_id));
    assert_eq!(log["metadata"]["started_by"], "nightly-cron");
}

#[tokio::test]
async fn an_email_is_refused_as_the_name_of_the_person_who_started_a_run() {
    let stage = stage_with_pupils(1).await;

    let run = stage
        .refresh()
        .env("SYNC_STARTED_BY", "head@school.example")
        .run()
        .await;

    let summary = run.expect_code(3);
    assert!(!run.stdout.contains("head@school.example"));
    assert!(
        summary
            .error
            .is_some_and(|error| error.message.contains("SYNC_STARTED_BY"))
    );
    assert_eq!(stage.proxy.writes(), []);
}
