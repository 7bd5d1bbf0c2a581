//! Lists, single records, metadata.

use jiff::civil::date;
use sandbox::{
    data::{PUPILS, Pupil, School, Width, record_id},
    knack::Options,
};
use serde_json::{Value, json};

use crate::support::{TODAY, World, envelope, ids, school};

#[tokio::test]
async fn a_list_comes_in_pages_of_25_unless_asked_otherwise() {
    let world = World::with(60);
    assert_eq!(envelope(&world.answer(&[]).await), json!([3, 1, 60, 25]));
    assert_eq!(
        envelope(&world.answer(&[("page", "3")]).await),
        json!([3, 3, 60, 10])
    );
    assert_eq!(
        envelope(
            &world
                .answer(&[("rows_per_page", "40"), ("page", "2")])
                .await
        ),
        json!([2, 2, 60, 20])
    );
    assert_eq!(
        envelope(&world.answer(&[("rows_per_page", "5000")]).await),
        json!([1, 1, 60, 60])
    );
}

#[tokio::test]
async fn the_pages_together_are_the_records_in_their_order() {
    let world = World::with(60);
    let mut seen = Vec::new();
    for page in ["1", "2", "3"] {
        seen.extend(ids(&world.answer(&[("page", page)]).await));
    }
    assert_eq!(seen, (0..60).map(record_id).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_records_are_no_pages_and_a_page_past_the_end_is_empty() {
    assert_eq!(
        envelope(&World::with(0).answer(&[]).await),
        json!([0, 1, 0, 0])
    );
    assert_eq!(
        envelope(&World::with(3).answer(&[("page", "9")]).await),
        json!([1, 9, 3, 0])
    );
}

#[tokio::test]
async fn both_slash_forms_are_served_and_a_single_record_is_bare() {
    let world = World::with(2);
    let list = world
        .get(&format!("/objects/{PUPILS}/records/"))
        .send()
        .await
        .unwrap();
    assert_eq!(envelope(&list.json().await.unwrap()), json!([1, 1, 2, 2]));
    let one = world
        .get(&format!("/objects/{PUPILS}/records/{}/", record_id(1)))
        .send()
        .await
        .unwrap();
    let one: Value = one.json().await.unwrap();
    assert_eq!(
        (&one["id"], &one["field_187"]),
        (&json!(record_id(1)), &json!("Pupil Number1"))
    );
}

#[tokio::test]
async fn a_list_can_be_sorted_and_ties_keep_their_order() {
    let world = World::of([
        Pupil::new(1).email("b@x.example"),
        Pupil::new(2).email("C@x.example"),
        Pupil::new(3).email("a@x.example"),
        Pupil::new(4).email("b@x.example"),
    ]);
    let order = |numbers: [u64; 4]| numbers.map(record_id).to_vec();
    assert_eq!(
        ids(&world.answer(&[("sort_field", "field_197")]).await),
        order([3, 1, 4, 2])
    );
    let descending = [("sort_field", "field_197"), ("sort_order", "desc")];
    assert_eq!(ids(&world.answer(&descending).await), order([2, 1, 4, 3]));
}

#[tokio::test]
async fn format_raw_puts_the_raw_value_under_the_plain_key() {
    let world = World::of([Pupil::new(1).completed(date(2026, 9, 5))]);
    let answer = world.answer(&[("format", "raw")]).await;
    let record = answer["records"][0].as_object().unwrap();
    assert_eq!(
        record["field_855"]["iso_timestamp"],
        "2026-09-05T00:00:00.000Z"
    );
    assert_eq!(record["field_197"]["email"], "pupil1@students.example");
    assert!(record.keys().all(|key| !key.ends_with("_raw")));
}

#[tokio::test]
async fn a_realistic_record_is_about_25_kilobytes_and_a_narrow_one_has_the_same_fields() {
    let wide = School {
        width: Width::Realistic,
        ..school()
    };
    let pupils = || (0..20).map(Pupil::new);
    let wide = World::start(Options::new(TODAY, vec![wide.with_pupils(pupils())]));
    let body = wide.page(&[]).send().await.unwrap().text().await.unwrap();
    assert!(
        (23_000..27_000).contains(&(body.len() / 20)),
        "{}",
        body.len() / 20
    );

    let narrow = World::with(1).answer(&[]).await;
    let wide: Value = serde_json::from_str(&body).unwrap();
    let plain = |answer: &Value| -> Vec<String> {
        let record = answer["records"][0].as_object().unwrap();
        record
            .keys()
            .filter(|key| !key.ends_with("_raw"))
            .cloned()
            .collect()
    };
    assert_eq!(plain(&wide), plain(&narrow));
}

#[tokio::test]
async fn the_application_is_told_to_anyone_and_names_every_field_of_a_record() {
    let world = World::with(1);
    let url = format!(
        "{}/applications/{}",
        world.knack.url(),
        world.knack.app_id()
    );
    let application: Value = world
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let objects = application["application"]["objects"].as_array().unwrap();
    let pupils = objects
        .iter()
        .find(|object| object["key"] == PUPILS)
        .unwrap();
    let answer = world.answer(&[]).await;
    let record = answer["records"][0].as_object().unwrap();
    let fields = pupils["fields"].as_array().unwrap();
    assert!(
        fields
            .iter()
            .all(|field| record.contains_key(field["key"].as_str().unwrap()))
    );
    assert_eq!(
        record.keys().filter(|key| !key.ends_with("_raw")).count(),
        fields.len() + 1,
        "and `id`"
    );
}

#[tokio::test]
async fn the_objects_can_be_listed_and_described() {
    let world = World::with(0);
    let objects: Value = world
        .get("/objects")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        objects["objects"][0],
        json!({"key": "object_10", "name": "Results"})
    );
    let object: Value = world
        .get("/objects/object_2")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        object["object"]["fields"][0],
        json!({"key": "field_44", "name": "Name", "type": "short_text"})
    );
}

#[tokio::test]
async fn records_can_be_put_edited_and_removed_while_it_runs() {
    let world = World::with(3);
    world.knack.edit(PUPILS, &record_id(1), |record| {
        record["field_144"] = json!("13");
    });
    world.knack.remove(PUPILS, &record_id(0));
    world.knack.put(PUPILS, Pupil::new(9).to_record(&school()));
    let answer = world.answer(&[]).await;
    assert_eq!(ids(&answer), [1, 2, 9].map(record_id));
    assert_eq!(answer["records"][0]["field_144"], "13");
    assert_eq!(world.knack.records(PUPILS).len(), 3);
}

#[tokio::test]
async fn other_processes_control_it_over_http() {
    let world = World::with(1);
    let at = |path: &str| format!("{}/_sandbox/{path}", world.knack.origin());
    let put = world
        .client
        .put(at("records/object_10"))
        .json(&Pupil::new(5).to_record(&school()));
    assert_eq!(put.send().await.unwrap().status(), 204);
    let rule = json!({"times": 1, "fault": {"status": {"code": 503, "body": "busy"}}});
    assert_eq!(
        world
            .client
            .post(at("faults"))
            .json(&rule)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(world.page(&[]).send().await.unwrap().status(), 503);
    assert_eq!(ids(&world.answer(&[]).await).len(), 2);
    let seen: Value = world
        .client
        .get(at("seen"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        json!([seen[0]["status"], seen[1]["status"], seen[2]]),
        json!([503, 200, null])
    );
    let busiest: Value = world
        .client
        .get(at("busiest-second"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(busiest, json!({"requests": 2}));
    let nonsense = world
        .client
        .post(at("faults"))
        .json(&json!({"fault": "earthquake"}))
        .send()
        .await
        .unwrap();
    assert_eq!(nonsense.status(), 400);
    assert_eq!(
        world
            .client
            .delete(at("seen"))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert!(world.knack.seen().is_empty());
}
