//! Answers that cannot be written, and records of answers in any shape.

use e2e::{Stage, postgrest_error};
use sandbox::data::Answers;
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

use super::{TABLE, assert_without_answers, class, codes, pupil, said};

#[tokio::test]
async fn an_answer_that_is_refused_is_named_and_all_others_are_saved() {
    let stage = class(Stage::with_pupils([]).await, 40);
    let ann = pupil(&stage, 41);
    stage.put(&ann);
    let answers = Answers::of(&e2e::sheet_id(&ann), &ann);
    stage.put_answers(&answers);
    stage.run().await.expect_code(0);
    let changed = answers.answered(1, [5; 32]).answered(2, [1; 32]);
    stage.put_answers(&changed);
    let before = stage.answers().stored().await;
    let rule = ProxyRule::new(Fault::CheckViolation {
        row_contains: "\"question_id\":\"q7\"".to_owned(),
    });
    stage.proxy.inject(rule.on("POST", TABLE));

    let summary = said(&stage.run().await, 9);

    assert_eq!(codes(&summary), ["row_refused"], "{summary}");
    let after = stage.answers().stored().await;
    let expected = stage.answers().expected().await;
    for (key, value) in &after {
        let expected = if key.question == "q7" {
            &before[key]
        } else {
            &expected[key]
        };
        assert_eq!(value, expected, "{key:?}");
    }
}

#[tokio::test]
async fn a_trigger_that_refuses_every_answer_costs_nothing_else() {
    let stage = class(Stage::with_pupils([]).await, 12);
    let rule = ProxyRule::new(postgrest_error(400, "P0001", "not now"));
    stage.proxy.inject(rule.on("POST", TABLE));

    let run = stage.run().await;

    assert_without_answers(&stage, &run, 12).await;
    let writes = stage.proxy.writes();
    let requests = writes.iter().filter(|it| it.table() == TABLE).count();
    assert!(requests < 60, "{requests} requests");
}

/// Values that no field of Knack's should have; nothing in here is an answer.
fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-0.0),
        json!(1e300),
        json!(2.5),
        json!("٣"),
        json!("½"),
        json!("3,0"),
        json!("0x3"),
        json!("3 of 5"),
        json!([3]),
        json!({"value": 3}),
        json!("\u{0}"),
        json!("x".repeat(20_000)),
        json!([[[[[[[[]]]]]]]]),
        json!({"id": {"id": {"id": []}}}),
        json!("<a href=\"mailto:\"></a>"),
        json!("mailto:mailto:"),
        json!(i64::MIN),
        json!("9999999999999999999999"),
        json!("NaN"),
        json!("-3"),
        json!("+"),
        json!("."),
        json!("1/0/2026"),
    ]
}

#[tokio::test]
async fn records_of_any_shape_cost_at_most_themselves() {
    let stage = class(Stage::with_pupils([]).await, 20);
    let fields = [
        "field_1821_raw",
        "field_856",
        "field_856_raw",
        "field_2732",
        "field_2732_raw",
        "field_792_raw",
        "field_1823",
        "field_1823_raw",
        "field_1953",
        "field_1953_raw",
        "field_2045_raw",
        "field_863",
    ];
    let mut n = 100;
    for field in fields {
        for value in odd_values() {
            n += 1;
            let pupil = stage.pupil(n);
            stage.put(&pupil);
            let mut record = stage.sheet_record(&Answers::of(&e2e::sheet_id(&pupil), &pupil));
            record[field] = value.clone();
            if let Some(shown) = field.strip_suffix("_raw") {
                record[shown] = value;
            }
            stage.knack.put("object_29", record);
        }
    }

    let run = stage.run().await;

    let summary = said(&run, 0);
    assert_eq!(summary["students_synced"], n - 100 + 20);
    let stored = stage.answers().stored().await;
    for (key, value) in stage.answers().expected().await {
        if key.email < stage.email("p021") {
            assert_eq!(stored.get(&key), Some(&value), "{key:?}");
        }
    }
    assert!(stored.values().all(|value| (1..=5).contains(value)));
    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);
}
