//! What a first refresh writes, and that a second one writes nothing.

use e2e::Stage;
use jiff::civil::Date;
use sandbox::data::Pupil;
use serde_json::json;

fn pupil(day: Date, n: u64, local: &str) -> Pupil {
    Pupil::new(n)
        .email(local)
        .completed(day)
        .scored(1, [7, 6, 5, 4, 3, 5])
}

#[tokio::test]
async fn a_first_refresh_writes_students_scores_and_comments() {
    let stage = Stage::with_pupils([]).await;
    let mut ann = pupil(stage.year.first_day(), 1, "ann")
        .named("Ann", "Other")
        .reflected(1, "<p>Hm</p>");
    ann.year_group = Some("12".to_owned());
    let record = stage.record(ann);
    stage.knack.put("object_10", record.clone());

    let summary = stage.run().await.expect_code(0);

    assert_eq!(
        (
            summary.students_synced,
            summary.vespa_scores_synced,
            summary.comments_synced
        ),
        (1, 1, 1)
    );
    assert_eq!(stage.students().await[0]["email"], stage.email("ann"));
    assert_eq!(stage.students().await[0]["knack_id"], record["id"]);
    assert_eq!(
        stage.scores().await,
        [json!({
            "email": stage.email("ann"), "cycle": 1, "vision": 7, "effort": 6, "systems": 5, "practice": 4,
            "attitude": 3, "overall": 5, "completion_date": stage.year.first_day(), "academic_year": stage.year,
            "student_email": stage.email("ann"),
        })]
    );
    assert_eq!(stage.comments().await[0]["comment_text"], "<p>Hm</p>");
    assert_eq!(stage.logs().await[0]["status"], "completed");
}

#[tokio::test]
async fn a_second_refresh_writes_its_log_row_and_nothing_else() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=3 {
        stage.knack.put(
            "object_10",
            stage.record(pupil(stage.year.first_day(), n, &format!("p{n}"))),
        );
    }
    stage.run().await.expect_code(0);
    let before = (stage.students().await, stage.scores().await);
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(summary.changes.students.unchanged, 3);
    assert_eq!(summary.changes.vespa_scores.unchanged, 3);
    let writes: Vec<String> = stage
        .proxy
        .writes()
        .iter()
        .map(|write| write.table().to_owned())
        .collect();
    assert_eq!(writes, ["sync_logs", "sync_logs"]);
    assert_eq!((stage.students().await, stage.scores().await), before);
}
