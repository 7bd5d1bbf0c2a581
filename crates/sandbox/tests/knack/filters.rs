//! Which records a filter finds.

use jiff::civil::date;
use sandbox::data::{PUPILS, Pupil, record_id};
use serde_json::{Value, json};

use crate::support::{SCHOOL, World};

fn found(numbers: &[u64]) -> Vec<String> {
    numbers.iter().copied().map(record_id).collect()
}

/// A pupil each on the days around both ends of the academic year, and one without a date.
fn around_the_year() -> World {
    World::of([
        Pupil::new(0),
        Pupil::new(1).completed(date(2026, 7, 31)),
        Pupil::new(2).completed(date(2026, 8, 1)),
        Pupil::new(3).completed(date(2026, 8, 2)),
        Pupil::new(4).completed(date(2027, 7, 30)),
        Pupil::new(5).completed(date(2027, 7, 31)),
        Pupil::new(6).completed(date(2027, 8, 1)),
    ])
}

fn dated(operator: &str, value: impl Into<Value>) -> Value {
    json!({"field": "field_855", "operator": operator, "value": value.into()})
}

#[tokio::test]
async fn is_after_and_is_before_leave_out_the_day_they_name() {
    let world = around_the_year();
    let year = json!([
        dated("is after", "01/08/2026"),
        dated("is before", "31/07/2027")
    ]);
    assert_eq!(world.found(&year).await, found(&[3, 4]));
    let widened = json!([
        dated("is after", "31/07/2026"),
        dated("is before", "01/08/2027")
    ]);
    assert_eq!(world.found(&widened).await, found(&[2, 3, 4, 5]));
    assert_eq!(
        world.found(&json!([dated("is", "01/08/2026")])).await,
        found(&[2])
    );
    assert_eq!(
        world
            .found(&json!([dated(
                "is",
                json!({"date": "01/08/2026", "time": ""})
            )]))
            .await,
        found(&[2])
    );
}

#[tokio::test]
async fn a_date_in_another_order_finds_nothing_or_another_day() {
    let world = around_the_year();
    assert_eq!(
        world.found(&json!([dated("is after", "07/31/2026")])).await,
        found(&[])
    );
    assert_eq!(
        world.found(&json!([dated("is after", "2026-07-31")])).await,
        found(&[])
    );
    assert_eq!(
        world.found(&json!([dated("is after", "08/01/2026")])).await,
        found(&[1, 2, 3, 4, 5, 6])
    );
}

#[tokio::test]
async fn blank_dates_can_be_found_and_left_out() {
    let world = around_the_year();
    let blank = json!([{"field": "field_855", "operator": "is blank"}]);
    assert_eq!(world.found(&blank).await, found(&[0]));
    let not_blank =
        json!({"match": "and", "rules": [{"field": "field_855", "operator": "is not blank"}]});
    assert_eq!(world.found(&not_blank).await, found(&[1, 2, 3, 4, 5, 6]));
}

#[tokio::test]
async fn a_connection_is_found_by_any_of_the_ids_it_holds() {
    let other = "5f0000000000000000000002";
    let world = World::of((1..=4).map(Pupil::new));
    let set = |n, raw: Value| {
        world.knack.edit(PUPILS, &record_id(n), |record| {
            record["field_133_raw"] = raw;
        });
    };
    set(2, json!([{"id": other}, {"id": SCHOOL}]));
    set(3, json!([SCHOOL]));
    set(4, json!([]));
    world.knack.edit(PUPILS, &record_id(4), |record| {
        record["field_133"] = json!("");
    });
    let rule = |operator: &str, value: &str| json!([{"field": "field_133", "operator": operator, "value": value}]);
    assert_eq!(world.found(&rule("is", SCHOOL)).await, found(&[1, 2, 3]));
    assert_eq!(world.found(&rule("contains", other)).await, found(&[2]));
    assert_eq!(world.found(&rule("is not", SCHOOL)).await, found(&[4]));
    assert_eq!(
        world
            .found(&json!([{"field": "field_133", "operator": "is blank"}]))
            .await,
        found(&[4])
    );
}

#[tokio::test]
async fn texts_and_numbers_have_operators_of_their_own() {
    let world = World::of([
        Pupil::new(1)
            .email("ada@x.example")
            .scored(1, [1, 2, 3, 4, 5, 3]),
        Pupil::new(2)
            .email("Bram@x.example")
            .scored(1, [9, 2, 3, 4, 5, 5]),
        Pupil::new(3).without_email().unscored(),
    ]);
    for (field, operator, value, numbers) in [
        ("field_197", "is", json!("bram@x.example"), vec![2]),
        ("field_197", "is not", json!("bram@x.example"), vec![1, 3]),
        ("field_197", "contains", json!("x.ex"), vec![1, 2]),
        ("field_197", "starts with", json!("ad"), vec![1]),
        ("field_197", "is blank", json!(null), vec![3]),
        ("field_155", "is", json!(9), vec![2]),
        ("field_155", "is", json!("9"), vec![2]),
        ("field_155", "higher than", json!(1), vec![2]),
        ("field_155", "lower than", json!(9), vec![1]),
        ("field_155", "is not", json!(1), vec![2, 3]),
    ] {
        let rules = json!([{"field": field, "operator": operator, "value": value}]);
        assert_eq!(world.found(&rules).await, found(&numbers), "{rules}");
    }
}

#[tokio::test]
async fn rules_are_joined_as_match_says() {
    let world = around_the_year();
    let rules = json!([dated("is", "01/08/2026"), dated("is after", "01/08/2026")]);
    assert_eq!(
        world.found(&json!({"match": "or", "rules": rules})).await,
        found(&[2, 3, 4, 5, 6])
    );
    assert_eq!(
        world.found(&json!({"match": "and", "rules": rules})).await,
        found(&[])
    );
}

#[tokio::test]
async fn what_cannot_be_understood_is_ignored() {
    let world = around_the_year();
    assert_eq!(
        world
            .found(&json!([dated("is on or after", "01/08/2026")]))
            .await
            .len(),
        7
    );
    assert_eq!(
        world
            .found(&json!([{"field": "field_1", "operator": "is", "value": "x"}]))
            .await
            .len(),
        7
    );
    assert_eq!(world.answer(&[("filters", "[{")]).await["total_records"], 7);
}

#[tokio::test]
async fn a_filter_sees_the_stored_value_where_a_record_says_so() {
    let world = World::with(1);
    world.knack.edit(PUPILS, &record_id(0), |record| {
        record["field_855"] = json!("soon");
        record["field_855_raw"] = json!("");
        record["_filtered_as"] = json!({"field_855": "05/09/2026"});
    });
    let rule = json!([dated("is", "05/09/2026")]).to_string();
    let answer = world.answer(&[("filters", &rule)]).await;
    assert_eq!(answer["records"][0]["field_855"], "soon");
    assert!(answer["records"][0].get("_filtered_as").is_none());
}
