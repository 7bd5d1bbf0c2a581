//! Views: what a signed-in user is shown of themselves.

use std::time::Duration;

use sandbox::{
    data::{STAFF_ADMINS, SUPER_USERS, Staff, record_id},
    knack::{Fault, Kind, KnackRule, Options, STAFF_VIEW, SUPER_USER_VIEW, VIEW_KEY},
};
use serde_json::{Value, json};

use crate::support::{SCHOOL, TODAY, World, envelope, header, ids, school};

const ADA: &str = "Ada@x.example";
const BO: &str = "bo@x.example";
const CY: &str = "cy@x.example";

/// Ada is a staff admin, Bo a super user, Cy both.
fn staff() -> Vec<Staff> {
    vec![
        Staff::admin(record_id(1), "Ada Byrne", ADA).of([SCHOOL]),
        Staff::super_user(record_id(2), "Bo Byrne", BO),
        Staff::admin(record_id(3), "Cy Byrne", CY),
        Staff::super_user(record_id(4), "Cy Byrne", CY),
    ]
}

async fn shown(world: &World, view: &str, email: &str) -> Value {
    let token = world.knack.sign_in(email).unwrap();
    let answer = world.view(view, &token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_view_shows_a_user_their_own_record_and_nobody_elses() {
    let world = World::of_staff(staff());
    let ada = shown(&world, STAFF_VIEW, "ada@X.example").await;
    assert_eq!(envelope(&ada), json!([1, 1, 1, 1]));
    assert_eq!(ids(&ada), [record_id(1)]);
    assert_eq!(ada["records"][0], world.knack.records(STAFF_ADMINS)[0]);
    for (view, email, records) in [
        (SUPER_USER_VIEW, ADA, vec![]),
        (STAFF_VIEW, BO, vec![]),
        (SUPER_USER_VIEW, BO, vec![record_id(2)]),
        (STAFF_VIEW, CY, vec![record_id(3)]),
        (SUPER_USER_VIEW, CY, vec![record_id(4)]),
    ] {
        let answer = shown(&world, view, email).await;
        assert_eq!(ids(&answer), records, "{view} for {email}");
    }
    let none = shown(&world, SUPER_USER_VIEW, ADA).await;
    assert_eq!(envelope(&none), json!([0, 1, 0, 0]));
}

#[tokio::test]
async fn a_view_shows_every_record_of_a_user_in_pages() {
    let world = World::of_staff((0..3).map(|n| Staff::admin(record_id(n), "Ada Byrne", ADA)));
    let token = world.knack.sign_in(ADA).unwrap();
    let request = world.view(STAFF_VIEW, &token);
    let second = request.query(&[("rows_per_page", "2"), ("page", "2")]);
    let second: Value = second.send().await.unwrap().json().await.unwrap();
    assert_eq!(envelope(&second), json!([2, 2, 3, 1]));
    assert_eq!(ids(&second), [record_id(2)]);
}

#[tokio::test]
async fn both_slash_forms_of_a_view_are_served() {
    let world = World::of_staff(staff());
    let token = world.knack.sign_in(ADA).unwrap();
    let plain = world.view(STAFF_VIEW, &token).build().unwrap();
    let mut slashed = plain.try_clone().unwrap();
    slashed
        .url_mut()
        .set_path(&format!("{}/", plain.url().path()));
    for request in [plain, slashed] {
        let answer = world.client.execute(request).await.unwrap();
        assert_eq!(ids(&answer.json().await.unwrap()), [record_id(1)]);
    }
}

#[tokio::test]
async fn a_view_follows_its_records_while_a_user_is_signed_in() {
    let world = World::of_staff(staff());
    let token = world.knack.sign_in(ADA).unwrap();
    let seen = async || {
        let answer = world.view(STAFF_VIEW, &token).send().await.unwrap();
        ids(&answer.json().await.unwrap())
    };
    assert_eq!(seen().await, [record_id(1)]);
    world.knack.remove(STAFF_ADMINS, &record_id(1));
    assert!(seen().await.is_empty());
    let back = Staff::admin(record_id(9), "Ada Byrne", ADA).to_record(&[]);
    world.knack.put(STAFF_ADMINS, back);
    assert_eq!(seen().await, [record_id(9)]);
}

#[tokio::test]
async fn a_view_refuses_whoever_has_no_live_session() {
    let world = World::of_staff(staff());
    let ended = world.knack.sign_in(ADA).unwrap();
    let live = world.knack.sign_in(ADA).unwrap();
    world.knack.expire_session(&ended);
    let mut forged = live.clone();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    for token in [ended, forged, format!("Bearer {live}"), String::new()] {
        let answer = world.view(STAFF_VIEW, &token).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{token}");
        assert_eq!(header(&answer, "content-type"), "text/html");
        assert_eq!(answer.text().await.unwrap(), "Invalid or Expired Token");
    }
    let mut nobody = world.view(STAFF_VIEW, &live).build().unwrap();
    nobody.headers_mut().remove("authorization");
    let answer = world.client.execute(nobody).await.unwrap();
    assert_eq!(answer.status(), 403);
    let answer = world.view(STAFF_VIEW, &live).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_token_opens_views_and_nothing_else() {
    let world = World::of_staff(staff());
    let token = world.knack.sign_in(ADA).unwrap();
    let status = async |path: &str, key: Option<&str>| {
        let mut request = world
            .client
            .get(format!("{}{path}", world.knack.url()))
            .header("X-Knack-Application-Id", world.knack.app_id())
            .header("Authorization", &token);
        if let Some(key) = key {
            request = request.header("X-Knack-REST-API-Key", key);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let objects = format!("/objects/{STAFF_ADMINS}/records");
    let view = "/pages/scene_101/views/view_201/records";
    assert_eq!(status(&objects, Some(VIEW_KEY)).await, 401);
    assert_eq!(status(view, None).await, 401);
    assert_eq!(status(view, Some("wrong")).await, 401);
    assert_eq!(status(view, Some(world.knack.api_key())).await, 200);
    let unknown = "/pages/scene_101/views/view_999/records";
    assert_eq!(status(unknown, Some(VIEW_KEY)).await, 400);
}

#[tokio::test]
async fn views_count_against_both_limits() {
    let world = World::start(Options {
        daily_limit: 15,
        staff: staff(),
        ..Options::new(TODAY, vec![school()])
    });
    let token = world.knack.sign_in(ADA).unwrap();
    let burst = (0..11).map(|_| world.view(STAFF_VIEW, &token).send());
    let burst = futures_util::future::join_all(burst).await;
    let answers: Vec<_> = burst.into_iter().map(Result::unwrap).collect();
    let refused = answers.iter().filter(|answer| answer.status() == 429);
    assert_eq!(refused.count(), 1);
    let left = answers
        .iter()
        .map(|answer| header(answer, "X-PlanLimit-Remaining").parse::<u32>());
    assert_eq!(left.map(Result::unwrap).min(), Some(5));
}

#[tokio::test]
async fn faults_can_aim_at_views_and_at_one_of_them() {
    let world = World::of_staff(staff());
    let token = world.knack.sign_in(CY).unwrap();
    let gone = |kind| {
        let fault = Fault::Status {
            code: 503,
            body: String::new(),
        };
        KnackRule::new(fault).on(kind)
    };
    let status = async |view| world.view(view, &token).send().await.unwrap().status();
    world.knack.inject(gone(Kind::View).object(SUPER_USERS));
    assert_eq!(status(STAFF_VIEW).await, 200);
    assert_eq!(status(SUPER_USER_VIEW).await, 503);
    world.knack.inject(gone(Kind::View));
    assert_eq!(status(STAFF_VIEW).await, 503);
    assert_eq!(world.page(&[]).send().await.unwrap().status(), 200);
    world.knack.clear_faults();
    world.knack.inject(gone(Kind::Page));
    assert_eq!(status(STAFF_VIEW).await, 200);
    world
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::View).once());
    let impatient = world.view(STAFF_VIEW, &token);
    let error = impatient.timeout(Duration::from_millis(200)).send().await;
    assert!(error.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_view_can_be_made_to_show_everybody() {
    let world = World::of_staff(staff());
    let everybody = KnackRule::new(Fault::IgnoreFilter).on(Kind::View).once();
    world.knack.inject(everybody);
    let answer = shown(&world, STAFF_VIEW, ADA).await;
    assert_eq!(ids(&answer), [1, 3].map(record_id));
}

#[tokio::test]
async fn the_record_of_requests_tells_of_views_but_not_the_token() {
    let world = World::of_staff(staff());
    let token = world.knack.sign_in(ADA).unwrap();
    world.view(STAFF_VIEW, &token).send().await.unwrap();
    world.page(&[]).send().await.unwrap();
    let seen = world.knack.seen();
    let view = "/v1/pages/scene_101/views/view_201/records";
    assert_eq!(
        (seen[0].path.as_str(), seen[0].has_authorization),
        (view, true)
    );
    assert!(!seen[1].has_authorization);
    let told = world
        .client
        .get(format!("{}/_sandbox/seen", world.knack.origin()));
    let told = told.send().await.unwrap().text().await.unwrap();
    assert!(told.contains(view), "{told}");
    assert!(!told.contains(&token), "{told}");
}

#[tokio::test]
async fn the_application_names_its_views_and_their_columns() {
    let world = World::of_staff(staff());
    let path = format!("/applications/{}", world.knack.app_id());
    let application = world.get(&path).send().await.unwrap();
    let application: Value = application.json().await.unwrap();
    let scenes = application["application"]["scenes"].as_array().unwrap();
    let named: Vec<String> = scenes
        .iter()
        .map(|scene| {
            let view = &scene["views"][0];
            format!("{}/{}", scene["key"], view["key"]).replace('"', "")
        })
        .collect();
    assert_eq!(named, [STAFF_VIEW, SUPER_USER_VIEW]);
    let columns = scenes[1]["views"][0]["columns"].as_array().unwrap();
    let fields: Vec<&Value> = columns
        .iter()
        .map(|column| &column["field"]["key"])
        .collect();
    assert_eq!(fields, ["field_472", "field_473"]);
}
