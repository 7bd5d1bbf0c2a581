//! What is said of Knack: its key, its allowance and its fields.

use e2e::Stage;
use sandbox::data::{DateFormat, FieldType, ObjectSchema};
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sync_protocol::{ErrorCode, SetupOutcome, SetupSubject};

use super::{check, examined, expect_failure, of};

#[tokio::test]
async fn a_key_that_knack_refuses_and_a_knack_that_is_away_are_told_apart() {
    let stage = Stage::with_pupils([]).await;
    let refused = stage
        .refresh()
        .arg("--check")
        .env("KNACK_API_KEY", "another");
    let (run, report) = examined(refused).await;
    let (subject, code) = (SetupSubject::Knack, ErrorCode::KnackRefused);
    expect_failure(&run, &report, subject, code, &["KNACK_API_KEY"]);
    assert_eq!(
        of(&report, SetupSubject::Supabase).outcome,
        SetupOutcome::Passed
    );

    let away = stage
        .refresh()
        .arg("--check")
        .env("KNACK_API_URL", "http://127.0.0.1:9/v1");
    let (run, report) = examined(away).await;
    let (subject, code) = (SetupSubject::Knack, ErrorCode::KnackUnavailable);
    expect_failure(&run, &report, subject, code, &["KNACK_API_URL"]);
}

#[tokio::test]
async fn an_allowance_that_is_nearly_used_up_is_a_warning() {
    let stage = Stage::builder()
        .knack(|options| options.daily_limit = 40)
        .start([])
        .await;
    let (run, report) = check(&stage).await;
    assert_eq!(run.code, Some(0));
    let found = of(&report, SetupSubject::KnackAllowance);
    assert_eq!(found.outcome, SetupOutcome::Warning, "{found:?}");
}

fn without(key: &'static str) -> impl FnOnce(&mut ObjectSchema) {
    move |object| object.fields.retain(|field| field.key != key)
}

fn retyped(key: &'static str, kind: FieldType) -> impl FnOnce(&mut ObjectSchema) {
    move |object| {
        for field in object.fields.iter_mut().filter(|field| field.key == key) {
            field.kind = kind;
        }
    }
}

fn reordered(key: &'static str) -> impl FnOnce(&mut ObjectSchema) {
    move |object| {
        for field in object.fields.iter_mut().filter(|field| field.key == key) {
            field.format = Some(DateFormat {
                date_format: "mm/dd/yyyy".to_owned(),
            });
        }
    }
}

#[tokio::test]
async fn a_field_that_has_gone_changed_its_kind_or_its_order_is_named_with_what_it_means() {
    type Change = Box<dyn FnOnce(&mut ObjectSchema)>;
    let (results, answers) = (SetupSubject::KnackResults, SetupSubject::KnackAnswers);
    let cases: [(&str, SetupSubject, Change, [&str; 2]); 6] = [
        (
            "object_10",
            results,
            Box::new(without("field_156")),
            ["field_156", "effort in cycle 1"],
        ),
        (
            "object_10",
            results,
            Box::new(retyped("field_133", FieldType::ShortText)),
            ["field_133", "a connection"],
        ),
        (
            "object_10",
            results,
            Box::new(reordered("field_855")),
            ["field_855", "mm/dd/yyyy"],
        ),
        (
            "object_29",
            answers,
            Box::new(without("field_2045")),
            ["field_2045", "outcome_q_confident in cycle 3"],
        ),
        (
            "object_29",
            answers,
            Box::new(retyped("field_1953", FieldType::Connection)),
            ["field_1953", "q1 in cycle 1"],
        ),
        (
            "object_29",
            answers,
            Box::new(reordered("field_856")),
            ["field_856", "dd/mm/yyyy"],
        ),
    ];
    for (object, subject, change, words) in cases {
        let stage = Stage::with_pupils([]).await;
        stage.knack.rebuild(object, change);
        let (run, report) = check(&stage).await;
        expect_failure(&run, &report, subject, ErrorCode::BadData, &words);
    }
}

#[tokio::test]
async fn a_knack_that_does_not_describe_its_fields_is_a_warning() {
    let stage = Stage::with_pupils([]).await;
    let refusal = KnackFault::Status {
        code: 404,
        body: "Not Found".to_owned(),
    };
    stage
        .knack
        .inject(KnackRule::new(refusal).on(Kind::Metadata));
    let (run, report) = check(&stage).await;
    assert_eq!(run.code, Some(0), "{report:#?}");
    assert_eq!(
        of(&report, SetupSubject::KnackResults).outcome,
        SetupOutcome::Warning
    );
}

#[tokio::test]
async fn an_allowance_that_is_used_up_is_named_with_when_there_is_more() {
    let stage = Stage::with_pupils([]).await;
    let used_up = KnackRule::new(KnackFault::DailyCapReached);
    stage.knack.inject(used_up);
    let (run, report) = check(&stage).await;
    let (subject, code) = (SetupSubject::Knack, ErrorCode::KnackRefused);
    expect_failure(
        &run,
        &report,
        subject,
        code,
        &["allowance for today", "midnight UTC"],
    );
}
