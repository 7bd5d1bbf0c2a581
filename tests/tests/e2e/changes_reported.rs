//! Whose rows a refresh reports as changed: those that it saved, and no others.

use e2e::{Stage, changes};
use sandbox::data::{Pupil, awkward_pupils};
use sandbox::proxy::{Fault as Gateway, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::{ChangeReport, Summary};

const REPORT: &str = "--report-changes";

fn pupil(stage: &Stage, n: u64, local: &str) -> Pupil {
    Pupil::new(n)
        .email(local)
        .named("Pupil", local)
        .completed(stage.year.first_day())
        .scored(1, [7, 6, 5, 8, 7, 7])
        .aimed(1, "Aim")
}

/// Ann is as she is stored, Bob has another name, other scores and another comment, and Dee is new.
async fn ann_bob_and_dee() -> Stage {
    let stage = Stage::with_pupils([]).await;
    let (ann, bob) = (pupil(&stage, 1, "ann"), pupil(&stage, 2, "bob"));
    stage.store_nightly(&ann).await;
    stage.store_nightly(&bob).await;
    stage.put(&ann);
    let bob = bob.named("Re", "bob").scored(1, [1; 6]).aimed(1, "Other");
    stage.put(&bob);
    stage.put(&pupil(&stage, 4, "dee"));
    stage
}

fn report(summary: &Summary) -> &ChangeReport {
    let report = summary.changed_records.as_ref();
    report.unwrap_or_else(|| panic!("nothing is reported: {summary:?}"))
}

/// Table, kind and columns of each change, the records numbered as they come.
fn listed(summary: &Summary) -> Vec<String> {
    let entries = json!(report(summary).entries);
    let line = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let vision = |side: &str| entry["scores"][side]["vision"].to_string();
        format!(
            "{} {} {} {}->{}",
            text("table"),
            text("kind"),
            entry["fields"],
            vision("old"),
            vision("new")
        )
    };
    entries.as_array().into_iter().flatten().map(line).collect()
}

#[tokio::test]
async fn a_refresh_reports_what_it_saved_pupil_by_pupil_and_no_text() {
    let stage = ann_bob_and_dee().await;

    let run = stage.refresh().arg(REPORT).run().await;

    let summary = run.expect_code(0);
    assert_eq!(
        listed(&summary),
        [
            "students updated [\"name\"] null->null",
            "vespa_scores updated null 7->1",
            "comments updated [\"goal\"] null->null",
            "students inserted null null->null",
            "vespa_scores inserted null null->7",
            "comments inserted [\"goal\"] null->null",
        ]
    );
    for text in ["Aim", "Other", "Re bob", "Pupil"] {
        assert!(!run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let again = stage.refresh().arg(REPORT).run().await.expect_code(0);
    assert_eq!(*report(&again), ChangeReport::default());
    let log = json!(stage.logs().await).to_string();
    assert!(!log.contains("changed_records"), "{log}");
}

#[tokio::test]
async fn nothing_is_reported_unless_it_is_asked_for() {
    let stage = ann_bob_and_dee().await;
    let run = stage.run().await;
    run.expect_code(0);
    assert!(!run.stdout.contains("changed_records"), "{}", run.stdout);
}

#[tokio::test]
async fn a_row_that_was_refused_is_not_reported() {
    let stage = ann_bob_and_dee().await;
    let row_contains = "\"goal\"".to_owned();
    let refused = Gateway::CheckViolation { row_contains };
    stage
        .proxy
        .inject(ProxyRule::new(refused).on("POST", "student_comments"));

    let summary = stage.refresh().arg(REPORT).run().await.summary();

    assert_eq!(changes(&summary)[2], [0, 0, 1]);
    let listed = listed(&summary);
    assert_eq!(listed.len(), 4, "{listed:?}");
    assert!(listed.iter().all(|line| !line.starts_with("comments")));
}

#[tokio::test]
async fn filling_an_email_a_date_or_a_year_is_no_change() {
    let stage = Stage::with_class(3).await;
    stage.run().await.expect_code(0);
    for column in ["student_email", "completion_date", "academic_year"] {
        let statement = format!(
            "update vespa_scores set {column} = null where student_id in \
             (select id from students where establishment_id::text = $1)"
        );
        stage.db.execute(&statement, &stage.id.to_string()).await;

        let summary = stage.refresh().arg(REPORT).run().await.expect_code(0);

        assert_eq!(changes(&summary)[1], [0, 3, 0], "{column}");
        assert_eq!(*report(&summary), ChangeReport::default(), "{column}");
    }
}

#[tokio::test]
async fn a_dry_run_lists_what_a_refresh_then_reports_with_values_only_if_they_are_asked_for() {
    let stage = Stage::with_pupils([]).await;
    for awkward in awkward_pupils(stage.today) {
        let mut record = awkward.record;
        record["field_133_raw"] = json!([{"id": stage.knack_id, "identifier": "School"}]);
        record["field_133"] = json!(stage.knack_id);
        stage.knack.put("object_10", record);
    }
    let ann = pupil(&stage, 1, "ann");
    stage.store_nightly(&ann).await;
    stage.put(&ann.named("Re", "ann").scored(1, [1; 6]));

    let rehearsed = stage.refresh().arg("--dry-run").run().await;
    let shown = stage.refresh().args(["--dry-run", "--show-personal-data"]);
    let shown = shown.run().await.expect_code(0);
    let mut real = stage.refresh().arg(REPORT).run().await.summary();

    let summary = rehearsed.expect_code(0);
    assert!(!rehearsed.stdout.contains("vision"), "{}", rehearsed.stdout);
    assert_eq!(report(&shown).entries, report(&real).entries);
    assert!(report(&shown).names.values().any(|name| name == "Re ann"));
    assert!(report(&summary).names.is_empty() && report(&real).names.is_empty());
    for entry in &mut real.changed_records.as_mut().unwrap().entries {
        entry.scores = None;
    }
    assert_eq!(report(&summary).entries, report(&real).entries);
}
