//! A record that is not of the form that Knack documents costs itself alone: it is counted and warned of, what is stored of it
//! stays, and the others are refreshed. An answer that holds little else is no list of records.

use e2e::{Stage, changes, sheet_of, skipped, warned, warning};
use sandbox::data::{ANSWERS, Answers, PUPILS, record_id};
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;
use sync_protocol::{ErrorCode, SkipReason, WarningCode};

/// These records of an object are written like this; all, if none is named.
fn written(object: &str, records: &[String], json: impl Into<String>) -> KnackRule {
    let fault = Fault::Written {
        records: records.to_vec(),
        json: json.into(),
    };
    KnackRule::new(fault).on(Kind::Page).object(object)
}

/// What stands in the place of a record with this id and a field that is read, and whether that id can still be told.
fn forms(id: &str, field: &str) -> Vec<(String, bool)> {
    let deep = "[".repeat(5_000) + &"]".repeat(5_000);
    let others = [
        "null",
        "7",
        r#""anna@x.test""#,
        "[]",
        "{}",
        r#"{"id":7}"#,
        r#"{"id":null}"#,
        r#"{"id":{"id":"61680fc13a0bfd001e8ca3ca"}}"#,
        r#"{"id":"anna@x.test"}"#,
        &deep.clone(),
    ]
    .map(|form| (form.to_owned(), false));
    let with_id = [
        format!(r#"{{"id":"{id}","{field}":{deep}}}"#),
        format!(r#"{{"id":"{id}","{field}":1e999}}"#),
    ];
    let with_id = with_id.map(|form| (form, true));
    others.into_iter().chain(with_id).collect()
}

#[tokio::test]
async fn a_record_that_cannot_be_read_costs_no_other_student() {
    for (form, has_id) in forms(&record_id(3), "field_133_raw") {
        let stage = Stage::with_class(12).await;
        stage.store_nightly(&stage.pupil(3)).await;
        stage.admit_answers(1..=12);
        let rule = written(PUPILS, &[record_id(3)], &form);
        stage.knack.inject(rule);

        let summary = stage.run().await.expect_code(0);

        let named = if has_id { vec![record_id(3)] } else { vec![] };
        assert_eq!(
            warned(&summary),
            [(WarningCode::RecordUnreadable, named)],
            "{form}"
        );
        let warning = warning(&summary, WarningCode::RecordUnreadable).unwrap();
        assert_eq!(warning.count, 1, "{form}");
        assert!(!warning.message.contains("anna"), "{form}");
        assert_eq!(changes(&summary)[0], [11, 0, 0], "{form}");
        assert_eq!(stage.row_counts().await[0], 12, "{form}");
        let students = stage.students().await;
        let kept = students.iter().find(|row| row["knack_id"] == record_id(3));
        assert!(kept.is_some(), "{form}");
    }
}

#[tokio::test]
async fn a_sheet_that_cannot_be_read_costs_no_other_answers() {
    for (form, has_id) in forms(&sheet_of(&record_id(3)), "field_1821_raw") {
        let stage = Stage::with_class(12).await;
        stage.admit_answers(1..=12);
        let rule = written(ANSWERS, &[sheet_of(&record_id(3))], &form);
        stage.knack.inject(rule);

        let summary = stage.run().await.expect_code(0);

        let named = if has_id {
            vec![sheet_of(&record_id(3))]
        } else {
            vec![]
        };
        assert_eq!(
            warned(&summary),
            [(WarningCode::RecordUnreadable, named)],
            "{form}"
        );
        assert_eq!(changes(&summary)[0], [12, 0, 0], "{form}");
        let answers = stage.answers().stored().await;
        let whole = stage.answers().expected().await;
        assert!(!answers.is_empty() && answers.len() < whole.len(), "{form}");
    }
}

#[tokio::test]
async fn an_answer_that_holds_mostly_something_else_than_records_changes_nothing() {
    for (pupils, unreadable, is_refused) in
        [(30, 16, true), (30, 15, false), (5, 3, true), (5, 2, false)]
    {
        let stage = Stage::with_class(pupils).await;
        let records: Vec<String> = (1..=unreadable).map(record_id).collect();
        stage
            .knack
            .inject(written(PUPILS, &records, r#"{"_id":7}"#));

        let run = stage.run().await;

        let requests = run.summary().knack.requests;
        assert!(requests <= 12, "{pupils}, {unreadable}: {requests}");
        if is_refused {
            run.expect_failure(10, ErrorCode::BadData);
            stage.assert_untouched().await;
        } else {
            run.expect_code(0);
            let saved = usize::try_from(pupils - unreadable);
            assert_eq!(Ok(stage.row_counts().await[0]), saved);
        }
    }
}

#[tokio::test]
async fn sheets_that_are_mostly_something_else_cost_the_answers_alone() {
    let stage = Stage::with_class(12).await;
    stage.admit_answers(1..=12);
    stage.knack.inject(written(ANSWERS, &[], "[]"));

    let summary = stage.run().await.expect_code(9);

    let expected = [(WarningCode::AnswersNotRefreshed, vec![])];
    assert_eq!(warned(&summary), expected);
    assert_eq!(changes(&summary)[0], [12, 0, 0]);
}

#[tokio::test]
async fn a_record_that_comes_twice_on_a_page_is_one_student_as_it_came_last() {
    let stage = Stage::with_class(12).await;
    let mut twice = stage.record(stage.pupil(3));
    twice["field_187"] = json!("Earlier");
    let earlier = twice.to_string();
    twice["field_187"] = json!("Later");
    let both = format!("{earlier},{twice}");
    stage.knack.inject(written(PUPILS, &[record_id(3)], both));

    let summary = stage.run().await.expect_code(0);

    assert_eq!(warned(&summary), []);
    assert_eq!(changes(&summary)[0], [12, 0, 0]);
    let students = stage.students().await;
    let named = |name: &str| students.iter().filter(|row| row["name"] == name).count();
    assert_eq!((named("Later"), named("Earlier")), (1, 0));
}

#[tokio::test]
async fn a_field_of_another_type_than_usual_costs_no_other_record() {
    let stage = Stage::with_class(12).await;
    let odd = [
        (101, json!({"field_133": "", "field_133_raw": 7})),
        (
            102,
            json!({"field_133": true, "field_133_raw": {"id": [[]]}}),
        ),
        (
            103,
            json!({"field_187": 1234, "field_144": 12, "field_145": [3, {"label": 4}]}),
        ),
        (
            104,
            json!({"field_2302": {"text": [1]}, "field_2499": 99, "field_143": {"no": 1}}),
        ),
    ];
    let odd = odd.map(|(n, fields)| {
        let mut record = stage.record(stage.pupil(n));
        for (key, value) in fields.as_object().unwrap() {
            record[key] = value.clone();
        }
        record.to_string()
    });
    let rule = written(PUPILS, &[record_id(12)], odd.join(","));
    stage.knack.inject(rule);

    let summary = stage.run().await.expect_code(0);

    let of_no_school = vec![record_id(101), record_id(102)];
    assert_eq!(skipped(&summary), [(SkipReason::OtherSchool, of_no_school)]);
    assert_eq!(changes(&summary)[0], [13, 0, 0]);
    let students = stage.students().await;
    let odd = students.iter().find(|row| row["name"] == "1234");
    assert_eq!(odd.unwrap()["year_group"], "12");
}

#[tokio::test]
async fn a_sheet_that_names_no_school_or_another_one_first_is_skipped_and_named() {
    let stage = Stage::with_class(12).await;
    stage.admit_answers(4..=12);
    let consortium = "f".repeat(24);
    let odd = [
        (1, json!(7)),
        (2, json!({"id": [[]]})),
        (3, json!([{"id": consortium}, {"id": stage.knack_id}])),
        (4, json!([])),
    ];
    let sheets = odd.map(|(n, school)| {
        let answers = Answers::of(&sheet_of(&record_id(n)), &stage.pupil(n));
        let mut sheet = stage.sheet_record(&answers);
        sheet["field_1821"] = json!("");
        sheet["field_1821_raw"] = school;
        sheet.to_string()
    });
    let rule = written(ANSWERS, &[sheet_of(&record_id(4))], sheets.join(","));
    stage.knack.inject(rule);

    let summary = stage.run().await.expect_code(0);

    let named = [1, 2, 3, 4].map(|n| sheet_of(&record_id(n))).to_vec();
    assert_eq!(skipped(&summary), [(SkipReason::OtherSchool, named)]);
    assert_eq!(changes(&summary)[0], [12, 0, 0]);
    assert_eq!(summary.question_responses_synced, 8 * 32);
}
