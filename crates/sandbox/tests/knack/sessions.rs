//! Signing in, and who a token belongs to.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::RequestBuilder;
use sandbox::{
    data::{STAFF_ADMINS, SUPER_USERS, Staff, record_id},
    knack::{PASSWORD, STAFF_VIEW},
};
use serde_json::{Value, json};

use crate::support::{SCHOOL, World, header, ids};

const ADA: &str = "Ada@x.example";
const CY: &str = "cy@x.example";

fn world() -> World {
    World::of_staff([
        Staff::admin(record_id(1), "Ada Byrne", ADA).of([SCHOOL]),
        Staff::admin(record_id(3), "Cy Byrne", CY),
        Staff::super_user(record_id(4), "Cy Byrne", CY),
    ])
}

/// Asks for a session as a log-in page does, which knows no key.
fn log_in(world: &World, body: &Value) -> RequestBuilder {
    let (url, app_id) = (world.knack.url(), world.knack.app_id());
    let request = world
        .client
        .post(format!("{url}/applications/{app_id}/session"));
    request.json(body)
}

fn whose(world: &World, token: &str) -> RequestBuilder {
    world
        .client
        .get(format!("{}/session/token", world.knack.url()))
        .header("X-Knack-Application-Id", world.knack.app_id())
        .header("Authorization", token)
}

async fn shown(world: &World, token: &str) -> Vec<String> {
    let answer = world.view(STAFF_VIEW, token).send().await.unwrap();
    ids(&answer.json().await.unwrap())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_has_the_form_of_knacks_jwt_and_no_two_are_alike() {
    let world = world();
    let token = world.knack.sign_in(ADA).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(decoded(parts[0]), json!({"alg": "HS256", "typ": "JWT"}));
    let mut payload = decoded(parts[1]);
    assert!(payload["iat"].take().as_u64().unwrap() > 1_700_000_000);
    assert_eq!(
        payload,
        json!({"user_id": record_id(1), "application_id": world.knack.app_id(), "iat": null})
    );
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 32);
    assert_eq!(parts.len(), 3);
    let again = world.knack.sign_in(ADA).unwrap();
    assert_ne!(again.rsplit('.').next().unwrap(), parts[2]);
}

#[test]
fn nobody_signs_in_with_an_address_no_user_has() {
    let world = world();
    assert!(world.knack.sign_in("ADA@X.EXAMPLE").is_some());
    for email in ["nobody@x.example", "Ada Byrne", ""] {
        assert_eq!(world.knack.sign_in(email), None, "{email}");
    }
    let blank = json!({"id": record_id(8), "field_86": "", "field_86_raw": ""});
    world.knack.put(STAFF_ADMINS, blank);
    assert_eq!(world.knack.sign_in(""), None);
}

#[tokio::test]
async fn a_password_gives_a_session() {
    let world = world();
    let body = json!({"email": "CY@x.example", "password": PASSWORD});
    let answer = log_in(&world, &body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let user = &answer["session"]["user"];
    assert_eq!(user["id"], record_id(3));
    assert_eq!(user["values"]["email"], json!({"email": CY}));
    assert_eq!(user["profile_keys"], json!(["profile_5", "profile_21"]));
    assert_eq!(
        user["profile_objects"],
        json!([
            {"entry_id": record_id(3), "object": STAFF_ADMINS},
            {"entry_id": record_id(4), "object": SUPER_USERS},
        ])
    );
    let token = user["token"].as_str().unwrap();
    assert_eq!(shown(&world, token).await, [record_id(3)]);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    let world = world();
    let mut texts = Vec::new();
    for body in [
        json!({"email": ADA, "password": "guess"}),
        json!({"email": "nobody@x.example", "password": PASSWORD}),
    ] {
        let answer = log_in(&world, &body).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(header(&answer, "content-type"), "text/html");
        texts.push(answer.text().await.unwrap());
    }
    assert_eq!(texts[0], texts[1]);
    let answer = log_in(&world, &json!({"email": ADA})).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let elsewhere = format!("{}/applications/other/session", world.knack.url());
    let body = json!({"email": ADA, "password": PASSWORD});
    let answer = world.client.post(elsewhere).json(&body).send().await;
    assert_eq!(answer.unwrap().status(), 404);
}

#[tokio::test]
async fn a_token_tells_whose_it_is_until_its_session_ends() {
    let world = world();
    let token = world.knack.sign_in(ADA).unwrap();
    let answer: Value = whose(&world, &token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let user = &answer["session"]["user"];
    let states = ["status", "account_status", "approval_status"].map(|key| &user[key]);
    assert_eq!(states, ["current", "active", "approved"]);
    assert_eq!(user["profile_keys"], json!(["profile_5"]));
    assert_eq!(user.get("token"), None);
    world.knack.expire_session(&token);
    let answer = whose(&world, &token).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(answer.text().await.unwrap(), "Invalid or Expired Token");
}

#[tokio::test]
async fn ending_one_session_leaves_the_others() {
    let world = world();
    let [first, second] = [ADA, ADA].map(|email| world.knack.sign_in(email).unwrap());
    world.knack.expire_session(&first);
    assert_eq!(shown(&world, &second).await, [record_id(1)]);
}

#[tokio::test]
async fn other_processes_sign_users_in_and_out_over_http() {
    let world = world();
    let at = format!("{}/_sandbox/sessions", world.knack.origin());
    let sign_in = async |body: Value| world.client.post(&at).json(&body).send().await.unwrap();
    let answer = sign_in(json!({"email": ADA})).await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let token = answer["token"].as_str().unwrap();
    assert_eq!(shown(&world, token).await, [record_id(1)]);
    let out = world.client.delete(&at).json(&json!({"token": token}));
    assert_eq!(out.send().await.unwrap().status(), 204);
    let refused = world.view(STAFF_VIEW, token).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let nobody = sign_in(json!({"email": "nobody@x.example"})).await;
    assert_eq!(nobody.status(), 404);
    assert_eq!(sign_in(json!({"name": ADA})).await.status(), 400);
}
