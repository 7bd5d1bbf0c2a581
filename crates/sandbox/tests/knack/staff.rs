//! Who the users are, as the object-based API reports them.

use sandbox::data::{
    STAFF_ADMINS, SUPER_USERS, School, Staff, record_id, schools, staff_emails, standard_schools,
    standard_staff,
};
use sandbox::knack::Options;
use serde_json::{Value, json};

use crate::support::{SCHOOL, TODAY, World, envelope, ids, school};

async fn records(world: &World, object: &str, query: &[(&str, &str)]) -> Value {
    let path = format!("/objects/{object}/records");
    let answer = world.get(&path).query(query).send().await.unwrap();
    answer.json().await.unwrap()
}

/// Those whose field is this text.
async fn those(world: &World, object: &str, field: &str, text: &str) -> Value {
    let filters = json!([{"field": field, "operator": "is", "value": text}]).to_string();
    records(world, object, &[("filters", &filters)]).await
}

#[tokio::test]
async fn a_staff_admin_is_found_by_their_address_whatever_its_case() {
    let world = World::of_staff([
        Staff::admin(record_id(1), "Ada Byrne", "Ada.Byrne@x.example").of([SCHOOL]),
        Staff::admin(record_id(2), "Bo Byrne", "bo.ada.byrne@x.example").of([SCHOOL]),
    ]);
    let found = those(&world, STAFF_ADMINS, "field_86", "ada.byrne@X.EXAMPLE").await;
    assert_eq!(ids(&found), [record_id(1)]);
    assert_eq!(
        found["records"][0]["field_110_raw"],
        json!([{"id": SCHOOL, "identifier": "Alder Park School"}])
    );
    let nobody = those(&world, STAFF_ADMINS, "field_86", "nobody@x.example").await;
    assert_eq!(envelope(&nobody), json!([0, 1, 0, 0]));
}

#[tokio::test]
async fn the_staff_admins_of_a_school_are_found_by_any_of_their_schools() {
    let other = "5f0000000000000000000002";
    let world = World::start(Options {
        staff: vec![
            Staff::admin(record_id(1), "Ada Byrne", "ada@x.example").of([other, SCHOOL]),
            Staff::admin(record_id(2), "Bo Byrne", "bo@x.example").of([other]),
            Staff::admin(record_id(3), "Cy Byrne", "cy@x.example"),
        ],
        ..Options::new(TODAY, vec![school(), School::new(other, "Elm School")])
    });
    let of_school = those(&world, STAFF_ADMINS, "field_110", SCHOOL).await;
    assert_eq!(ids(&of_school), [record_id(1)]);
    let blank = json!([{"field": "field_110", "operator": "is blank"}]).to_string();
    let of_none = records(&world, STAFF_ADMINS, &[("filters", &blank)]).await;
    assert_eq!(ids(&of_none), [record_id(3)]);
}

#[tokio::test]
async fn super_users_are_an_object_of_their_own() {
    let world = World::of_staff([
        Staff::admin(record_id(1), "Ada Byrne", "ada@x.example").of([SCHOOL]),
        Staff::super_user(record_id(2), "Bo Byrne", "bo@x.example"),
    ]);
    let found = those(&world, SUPER_USERS, "field_473", "BO@x.example").await;
    assert_eq!(ids(&found), [record_id(2)]);
    assert_eq!(ids(&records(&world, SUPER_USERS, &[]).await), ids(&found));
    let ada = those(&world, SUPER_USERS, "field_473", "ada@x.example").await;
    assert_eq!(ada["total_records"], 0);
}

#[tokio::test]
async fn staff_come_in_pages() {
    let staff = (0..30).map(|n| Staff::admin(record_id(n), "A B", &format!("a{n}@x.example")));
    let world = World::of_staff(staff);
    let second = records(&world, STAFF_ADMINS, &[("page", "2")]).await;
    assert_eq!(envelope(&second), json!([2, 2, 30, 5]));
}

#[tokio::test]
async fn the_application_names_every_field_of_a_user() {
    let world = World::start(Options {
        staff: standard_staff(),
        ..Options::new(TODAY, vec![school()])
    });
    for (object, first_field) in [
        (
            STAFF_ADMINS,
            json!({"key": "field_85", "name": "Name", "type": "name"}),
        ),
        (
            SUPER_USERS,
            json!({"key": "field_472", "name": "Name", "type": "name"}),
        ),
    ] {
        let path = format!("/objects/{object}");
        let described = world.get(&path).send().await.unwrap();
        let described: Value = described.json().await.unwrap();
        let fields = described["object"]["fields"].as_array().unwrap();
        assert_eq!(fields[0], first_field);
        let mut named: Vec<&str> = fields
            .iter()
            .map(|field| field["key"].as_str().unwrap())
            .collect();
        named.sort_unstable();
        let answer = records(&world, object, &[]).await;
        let record = answer["records"][0].as_object().unwrap();
        let mut shown: Vec<&str> = record.keys().map(String::as_str).collect();
        shown.retain(|key| key.starts_with("field_") && !key.ends_with("_raw"));
        shown.sort_unstable();
        assert_eq!(shown, named);
    }
}

#[test]
fn the_standard_staff_are_of_the_standard_schools() {
    let standard = standard_schools(TODAY);
    let staff = standard_staff();
    let schools_of = |email: &str| {
        let person = staff.iter().find(|person| person.email == email).unwrap();
        (person.object(), person.schools.clone())
    };
    assert_eq!(
        schools_of(staff_emails::OF_ONE_SCHOOL),
        (STAFF_ADMINS, vec![schools::EXAMPLE.to_owned()])
    );
    let (_, two) = schools_of(staff_emails::OF_TWO_SCHOOLS);
    assert_eq!(two.len(), 2);
    assert_eq!(schools_of(staff_emails::OF_NO_SCHOOL).1.len(), 0);
    assert_eq!(
        schools_of(staff_emails::SUPER_USER),
        (SUPER_USERS, Vec::new())
    );
    for id in staff.iter().flat_map(|person| &person.schools) {
        assert!(standard.iter().any(|school| &school.knack_id == id), "{id}");
    }
    for person in &staff {
        let domain = person.email.to_lowercase();
        assert!(domain.ends_with("@example.test"), "{domain}");
    }
}
