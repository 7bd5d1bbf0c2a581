//! A school, or a student, that is deleted or moves while its rows are written: cascades take everything that refers to it.

use std::time::Duration;

use e2e::{Run, Stage, until, warned};
use sandbox::data::Pupil;
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Outage, ProxyRule};
use serde_json::json;
use sync_protocol::{ErrorCode, Summary, WarningCode};

/// What a refresh that finds its school gone may cost, reads and log included.
const FEW_REQUESTS: usize = 40;

/// Refreshes, and does something else once the stored rows have been read and before any is written.
async fn meanwhile(stage: &Stage, others: impl AsyncFnOnce()) -> Run {
    let slow = KnackRule::new(Fault::Delay(Duration::from_secs(2)));
    stage.knack.inject(slow.on(Kind::Page));
    stage.proxy.forget();
    let others = async {
        until("the stored students are read", || {
            let seen = stage.proxy.seen();
            seen.iter()
                .any(|it| it.method == "GET" && it.table() == "students" && it.status.is_some())
        })
        .await;
        others().await;
    };
    let (run, ()) = tokio::join!(stage.run(), others);
    stage.knack.clear_faults();
    run
}

/// Refreshes, and does something else while the first write to a table is on its way.
async fn during_the_first_write(stage: &Stage, table: &str, others: impl AsyncFnOnce()) -> Run {
    let late = ProxyRule::new(Outage::Delay(Duration::from_secs(1)));
    stage.proxy.inject(late.on("POST", table).once());
    stage.proxy.forget();
    let others = async {
        until("a write is on its way", || {
            stage.proxy.writes().iter().any(|it| it.table() == table)
        })
        .await;
        others().await;
    };
    let (run, ()) = tokio::join!(stage.run(), others);
    run
}

async fn delete_school(stage: &Stage) {
    let delete = "delete from establishments where id::text = $1";
    assert_eq!(stage.db.execute(delete, &stage.id.to_string()).await, 1);
}

async fn delete_pupil(stage: &Stage, pupil: &str) {
    let delete = "delete from students where email = $1";
    assert_eq!(stage.db.execute(delete, &stage.email(pupil)).await, 1);
}

#[track_caller]
fn expect_school_gone(stage: &Stage, run: &Run) {
    let failure = run.expect_failure(4, ErrorCode::EstablishmentNotFound);
    assert!(
        failure.message.contains("no longer in the database"),
        "{failure:?}"
    );
    assert!(run.summary().warnings.is_empty(), "{run:?}");
    let requests = stage.proxy.seen().len();
    assert!(requests <= FEW_REQUESTS, "{requests} requests");
}

fn written(summary: &Summary) -> u64 {
    let changes = e2e::changes(summary);
    changes.iter().map(|[new, old, _]| new + old).sum()
}

/// A class that is stored, with another score, comment or group in Knack.
async fn changed_class(change: impl Fn(Pupil) -> Pupil) -> Stage {
    let stage = Stage::with_class(120).await;
    stage.run().await.expect_code(0);
    for n in 1..=120 {
        stage.put(&change(stage.pupil(n)));
    }
    stage
}

fn other_group(pupil: Pupil) -> Pupil {
    let group = Some("12Z".to_owned());
    Pupil { group, ..pupil }
}

#[tokio::test]
async fn a_school_deleted_before_its_changed_rows_are_written_ends_the_run() {
    let changes: [fn(Pupil) -> Pupil; 4] = [
        |pupil| pupil.scored(1, [9; 6]),
        |pupil| pupil.scored(2, [9; 6]),
        |pupil| pupil.aimed(1, "Aim"),
        other_group,
    ];
    for change in changes {
        let stage = changed_class(change).await;

        let run = meanwhile(&stage, async || delete_school(&stage).await).await;

        expect_school_gone(&stage, &run);
        assert_eq!(stage.logs().await[1]["status"], "failed");
    }
}

#[tokio::test]
async fn a_school_deleted_while_rows_of_its_students_are_written_ends_the_run() {
    for table in ["vespa_scores", "student_comments"] {
        let stage = Stage::with_pupils([]).await;
        for n in 1..=120 {
            stage.put(&stage.pupil(n).aimed(1, "Aim"));
        }

        let delete = async || delete_school(&stage).await;
        let run = during_the_first_write(&stage, table, delete).await;

        expect_school_gone(&stage, &run);
    }
}

#[tokio::test]
async fn a_student_deleted_meanwhile_is_named_and_the_others_are_saved() {
    let changes: [fn(Pupil) -> Pupil; 4] = [
        |pupil| pupil.scored(1, [9; 6]),
        |pupil| pupil.scored(2, [9; 6]),
        |pupil| pupil.aimed(1, "Aim"),
        other_group,
    ];
    for change in changes {
        let stage = changed_class(change).await;
        let deleted = vec![stage.pupil(7).record_id];

        let run = meanwhile(&stage, async || delete_pupil(&stage, "p007").await).await;

        let summary = run.expect_code(9);
        assert_eq!(warned(&summary), [(WarningCode::StudentDeleted, deleted)]);
        assert_eq!(written(&summary), 119);
        assert_eq!(stage.row_counts().await[0], 119);
        // The next refresh adds the student anew.
        assert_eq!(
            stage.run().await.expect_code(0).changes.students.inserted,
            1
        );
    }
}

#[tokio::test]
async fn a_student_deleted_while_its_score_is_written_is_named_and_the_others_are_saved() {
    let stage = Stage::with_class(120).await;
    let deleted = vec![stage.pupil(7).record_id];

    let delete = async || delete_pupil(&stage, "p007").await;
    let run = during_the_first_write(&stage, "vespa_scores", delete).await;

    let summary = run.expect_code(9);
    assert_eq!(warned(&summary), [(WarningCode::StudentDeleted, deleted)]);
    assert_eq!(summary.changes.vespa_scores.inserted, 119);
    assert_eq!(stage.row_counts().await, [119, 119, 0]);
    let writes = stage.proxy.writes();
    let scores = writes.iter().filter(|it| it.table() == "vespa_scores");
    assert_eq!(
        scores.count(),
        2,
        "who is missing is looked up, not searched for"
    );
}

#[tokio::test]
async fn another_missing_key_is_the_rows_and_not_the_schools() {
    let stage = Stage::with_class(20).await;
    let message = "insert or update on table \"vespa_scores\" violates foreign key constraint \"vespa_scores_cycle_fkey\"";
    let missing = e2e::postgrest_error(409, "23503", message);
    for n in [3, 9] {
        stage.put(&stage.pupil(n).scored(1, [9; 6]));
    }
    let rule = ProxyRule::new(missing).on("POST", "vespa_scores");
    stage.proxy.inject(rule.body("\"vision\":9"));

    let summary = stage.run().await.expect_code(9);

    let refused = [3, 9].map(|n| stage.pupil(n).record_id).to_vec();
    assert_eq!(warned(&summary), [(WarningCode::RowRefused, refused)]);
    assert_eq!(stage.row_counts().await, [20, 18, 0]);
}

#[tokio::test]
async fn a_student_who_moves_to_another_school_meanwhile_gets_nothing_of_this_ones() {
    let changes: [fn(Pupil) -> Pupil; 4] = [
        |pupil| pupil.scored(1, [9; 6]),
        |pupil| pupil.scored(2, [9; 6]),
        |pupil| pupil.aimed(1, "Aim"),
        other_group,
    ];
    for change in changes {
        let stage = changed_class(change).await;
        let school = stage.another_school().await;
        let moved = vec![stage.pupil(7).record_id];
        let email = stage.email("p007");

        let run = meanwhile(&stage, async || {
            let moving =
                format!("update students set establishment_id = '{school}' where email = $1");
            assert_eq!(stage.db.execute(&moving, &email).await, 1);
        })
        .await;

        let summary = run.expect_code(0);
        assert_eq!(warned(&summary), [(WarningCode::ChangedMeanwhile, moved)]);
        let theirs = stage.everything_of(school).await;
        assert_eq!(theirs.len(), 2, "the student and its one score");
        assert_eq!(theirs[1]["vision"], json!(7));
        assert_eq!(theirs[0]["group"], json!(stage.pupil(7).group));
        assert_eq!(written(&summary), 119);
    }
}
