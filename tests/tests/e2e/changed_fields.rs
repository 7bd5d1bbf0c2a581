//! Fields that somebody has changed in Knack's builder: a refresh looks at them once a day, and writes nothing from one that is
//! no longer what it was.

use std::fs;
use std::os::unix::fs::symlink;

use e2e::{Stage, assert_is_a_sentence, warning};
use sandbox::data::{DateFormat, FieldType, ObjectSchema, Pupil};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::{ErrorCode, WarningCode};

type Change = Box<dyn FnOnce(&mut ObjectSchema)>;

fn without(key: &'static str) -> Change {
    Box::new(move |object| object.fields.retain(|field| field.key != key))
}

fn altered(key: &'static str, kind: FieldType, order: Option<&'static str>) -> Change {
    Box::new(move |object| {
        for field in object.fields.iter_mut().filter(|field| field.key == key) {
            field.kind = kind;
            field.format = order.map(|order| DateFormat {
                date_format: order.to_owned(),
            });
        }
    })
}

/// Whether an object's fields were asked for, in order.
fn described(stage: &Stage) -> Vec<String> {
    let seen = stage.knack.seen().into_iter();
    let described = seen.filter(|seen| !seen.path.contains("/records"));
    described.map(|seen| seen.path).collect()
}

fn ann(stage: &Stage) -> Pupil {
    Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(stage.year.first_day())
        .scored(1, [7; 6])
        .scored(2, [8; 6])
        .aimed(1, "Aim")
}

#[tokio::test]
async fn the_fields_are_asked_for_once_a_day_after_all_records_and_by_no_other_run() {
    let stage = Stage::with_class(40).await;
    stage.run().await.expect_code(0);
    let seen = stage.knack.seen();
    let of_fields = |path: &str| !path.contains("/records");
    let first = seen.iter().position(|seen| of_fields(&seen.path)).unwrap();
    let records = seen
        .iter()
        .rposition(|seen| seen.path.contains("/object_10/records"))
        .unwrap();
    assert!(records < first, "{seen:?}");
    assert_eq!(described(&stage).len(), 2);

    stage.knack.clear_seen();
    stage.run().await.expect_code(0);
    stage.refresh().arg("--dry-run").run().await.expect_code(0);
    assert_eq!(described(&stage), [""; 0]);

    // Another app's fields are others, and so are those of a Knack elsewhere.
    let elsewhere = stage.knack.url().replace("127.0.0.1", "localhost");
    let run = stage.refresh().env("KNACK_API_URL", elsewhere).run().await;
    run.expect_code(0);
    assert_eq!(described(&stage).len(), 2);
}

#[tokio::test]
async fn refreshes_that_start_together_ask_for_the_fields_once() {
    let stage = Stage::with_class(3).await;
    let run = || async { stage.run().await.code };
    let (one, two, three) = tokio::join!(run(), run(), run());
    assert_eq!((one, two, three), (Some(0), Some(0), Some(0)));
    assert_eq!(described(&stage).len(), 2);
}

#[tokio::test]
async fn without_answers_only_the_fields_of_the_results_are_asked_for() {
    let stage = Stage::with_class(1).await;
    let run = stage.refresh().arg("--without-answers").run().await;
    run.expect_code(0);
    let described_first = described(&stage);
    assert_eq!(described_first.len(), 1, "{described_first:?}");
    assert!(described_first[0].ends_with("/object_10"));
    stage.run().await.expect_code(0);
    assert!(described(&stage)[1].ends_with("/object_29"));
}

#[tokio::test]
async fn a_field_that_says_whose_a_record_is_or_when_it_was_completed_stops_the_refresh_before_it_writes()
 {
    for (change, words) in [
        (
            without("field_197"),
            &["field_197", "e-mail", "missing"][..],
        ),
        (
            altered("field_133", FieldType::ShortText, None),
            &["field_133", "the school", "a connection"],
        ),
        (
            altered("field_855", FieldType::DateTime, Some("mm/dd/yyyy")),
            &["field_855", "the completion date", "mm/dd/yyyy"],
        ),
        (without("field_187"), &["field_187", "name"]),
        (without("field_146"), &["field_146", "cycle last completed"]),
    ] {
        let stage = Stage::with_class(2).await;
        stage.knack.rebuild("object_10", change);
        // As long as it lasts, and not only once a day.
        for _ in 0..2 {
            let failure = stage.run().await.expect_failure(10, ErrorCode::BadData);
            for word in words
                .iter()
                .chain(&["object_10", "Nothing was changed", "administrator"])
            {
                assert!(
                    failure.message.contains(word),
                    "{word}: {}",
                    failure.message
                );
            }
        }
        stage.assert_untouched().await;
        assert_eq!(stage.logs().await[0]["status"], "failed");
    }
}

#[tokio::test]
async fn a_refresh_notices_at_once_that_a_field_is_as_it_was_again() {
    let stage = Stage::with_class(2).await;
    stage.knack.rebuild(
        "object_10",
        altered("field_855", FieldType::DateTime, Some("mm/dd/yyyy")),
    );
    stage.run().await.expect_failure(10, ErrorCode::BadData);
    stage.knack.rebuild(
        "object_10",
        altered("field_855", FieldType::DateTime, Some("dd/mm/yyyy")),
    );
    stage.run().await.expect_code(0);
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
}

#[tokio::test]
async fn what_a_single_field_carries_stays_as_it_is_stored_and_the_rest_is_refreshed() {
    let stage = Stage::with_pupils([]).await;
    let then = ann(&stage).studying("Art").aimed(1, "Earlier");
    stage.store_nightly(&then).await;
    let stored = stage.everything().await;
    let now = then
        .clone()
        .named("Anne", "Other")
        .studying("Biology")
        .scored(1, [1; 6])
        .scored(2, [9; 6])
        .aimed(1, "Later");
    stage.put(&now);
    stage.put(
        &Pupil::new(2)
            .email("ben")
            .named("Ben", "New")
            .completed(stage.year.first_day())
            .studying("Chemistry")
            .scored(1, [3; 6])
            .scored(2, [4; 6]),
    );
    for change in [
        without("field_2299"),
        altered("field_158", FieldType::Connection, None),
        without("field_2499"),
    ] {
        stage.knack.rebuild("object_10", change);
    }

    let summary = stage.run().await.expect_code(9);

    let told = warning(&summary, WarningCode::FieldsChanged).expect("it is told");
    assert_is_a_sentence(&told.message);
    assert_eq!(told.count, 3);
    for word in [
        "field_2299 (the course) is missing",
        "field_158 (practice in cycle 1) holds connection",
        "field_2499 (the goal in cycle 1) is missing",
    ] {
        assert!(told.message.contains(word), "{word}: {}", told.message);
    }
    let students = stage.students().await;
    let of = |name: &str| students.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(of("Anne Other")["course"], "Art");
    assert_eq!(of("Ben New")["course"], json!(null));
    let cycles: Vec<_> = stage
        .scores()
        .await
        .iter()
        .map(|row| (row["cycle"].clone(), row["vision"].clone()))
        .collect();
    assert_eq!(
        cycles,
        [
            (json!(1), json!(7)),
            (json!(2), json!(9)),
            (json!(2), json!(4))
        ]
    );
    assert_eq!(stage.comments().await[0]["comment_text"], "Earlier");
    // Nothing that was stored is gone.
    assert!(stored.len() <= stage.everything().await.len());

    // And a second run finds nothing to do.
    let again = stage.run().await.expect_code(9);
    assert_eq!(again.changes.students.updated, 0);
    assert_eq!(again.changes.vespa_scores.updated, 0);
}

#[tokio::test]
async fn changed_fields_of_answers_cost_answers_alone() {
    for (change, is_all, words) in [
        (
            altered("field_856", FieldType::DateTime, Some("mm/dd/yyyy")),
            true,
            ["field_856", "completion date"],
        ),
        (without("field_2732"), true, ["field_2732", "e-mail"]),
        (
            without("field_1953"),
            false,
            ["field_1953", "q1 in cycle 1"],
        ),
    ] {
        let stage = Stage::with_class(2).await;
        stage.admit_answers(1..=2);
        stage.knack.rebuild("object_29", change);

        let summary = stage.run().await.expect_code(9);

        assert_eq!(summary.students_synced, 2);
        let code = if is_all {
            WarningCode::AnswersNotRefreshed
        } else {
            WarningCode::FieldsChanged
        };
        let told = warning(&summary, code).expect("it is told");
        for word in words {
            assert!(told.message.contains(word), "{word}: {}", told.message);
        }
        let saved = summary.question_responses_synced;
        assert_eq!(saved == 0, is_all, "{summary:?}");
        let of_first = "select r.id from question_responses r join students s on s.id = r.student_id \
                        where r.question_id = 'q1' and s.establishment_id::text = $1";
        let of_first = stage.db.json(of_first, &stage.id.to_string()).await;
        assert!(of_first.is_empty(), "{of_first:?}");
    }
}

#[tokio::test]
async fn a_knack_that_does_not_describe_its_fields_is_never_in_a_runs_way() {
    for fault in [
        Fault::Status {
            code: 403,
            body: "Forbidden".to_owned(),
        },
        Fault::Status {
            code: 503,
            body: "down".to_owned(),
        },
        Fault::Html,
        Fault::Hang,
    ] {
        let stage = Stage::with_class(3).await;
        stage
            .knack
            .inject(KnackRule::new(fault.clone()).on(Kind::Metadata));
        let run = stage.run().await;
        let summary = run.expect_code(0);
        assert_eq!(summary.warnings, [], "{fault:?}");
        assert!(run.stderr.contains("did not describe"), "{}", run.stderr);
        assert!(summary.duration_seconds < 15.0, "{fault:?}");
        // It is not tried by each run.
        stage.knack.clear_seen();
        stage.run().await.expect_code(0);
        assert_eq!(described(&stage), [""; 0], "{fault:?}");
    }
}

#[tokio::test]
async fn what_is_remembered_lies_beside_the_budget_and_is_neither_believed_nor_followed_where_it_is_odd()
 {
    let stage = Stage::with_class(1).await;
    let folder = tempfile::TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let budget = format!("file:{}", at("knack.budget").display());
    let run = || stage.refresh().env("KNACK_BUDGET", &budget).run();
    run().await.expect_code(0);
    let remembered = at("knack.budget.due");
    let good = fs::read(&remembered).unwrap();
    assert_eq!(described(&stage).len(), 2);

    let ahead = u64::MAX.to_le_bytes();
    let ahead: Vec<u8> = good
        .chunks(16)
        .flat_map(|pair| [&pair[..8], &ahead[..]].concat())
        .collect();
    for odd in [b"damaged".to_vec(), vec![0xff; 32], ahead, Vec::new()] {
        fs::write(&remembered, odd).unwrap();
        stage.knack.clear_seen();
        run().await.expect_code(0);
        assert_eq!(described(&stage).len(), 2);
        run().await.expect_code(0);
        assert_eq!(described(&stage).len(), 2);
    }

    fs::write(at("precious"), "precious").unwrap();
    fs::remove_file(&remembered).unwrap();
    symlink(at("precious"), &remembered).unwrap();
    stage.knack.clear_seen();
    run().await.expect_code(0);
    assert_eq!(described(&stage).len(), 2);
    assert_eq!(fs::read(at("precious")).unwrap(), b"precious");
}
