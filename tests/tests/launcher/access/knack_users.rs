//! What Knack says of its users, when it says nothing, and when it says too much.

use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::{Value, json};

use super::world::{
    ADMIN_OF_A, ADMIN_OF_A_ID, ADMIN_OF_NONE, SUPER_USER, World, jwt, overview_of, status_of,
};

const STAFF_ADMINS: &str = "object_5";
const SUPER_USERS: &str = "object_21";

#[tokio::test]
async fn a_look_up_that_fails_is_neither_a_permission_nor_a_refusal() {
    tokio::join!(
        is_not_let_in_while(Fault::Hang),
        is_not_let_in_while(Fault::Html),
        is_not_let_in_while(Fault::Truncated200),
        is_not_let_in_while(Fault::Redirect("https://elsewhere.example/".to_owned())),
        is_not_let_in_while(Fault::Status {
            code: 500,
            body: "canary".to_owned(),
        }),
    );
}

async fn is_not_let_in_while(fault: Fault) {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let token = world.sign_in(ADMIN_OF_A);
    let user = launcher.with_token(&token);
    // One view of the two is enough, and so is the session.
    for rule in [
        on_view(fault.clone(), SUPER_USERS),
        KnackRule::new(fault.clone()).on(Kind::Session),
    ] {
        world.a.knack.clear_faults();
        world.a.knack.inject(rule);
        let refused = user.start_refresh(&world.a.knack_id).await;
        refused.expect_problem(503, "auth_unavailable");
    }
    assert_eq!(launcher.started().await, 0, "{fault:?}");
    assert!(!launcher.whole_log().await.contains("canary"));

    // Nothing of it is remembered.
    world.a.knack.clear_faults();
    let status = user.get(&status_of(&world.a.knack_id)).await;
    status.expect_status(200);
}

#[tokio::test]
async fn a_view_that_shows_other_people_too_lets_nobody_in() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    for object in [STAFF_ADMINS, SUPER_USERS] {
        world.a.knack.inject(on_view(Fault::IgnoreFilter, object));
        for email in [ADMIN_OF_A, ADMIN_OF_NONE, SUPER_USER] {
            // What the second view shows of a super user is their own record, whether limited or not.
            if (object, email) == (SUPER_USERS, SUPER_USER) {
                continue;
            }
            let user = world.sign_in(email);
            let refused = launcher
                .with_token(&user)
                .start_refresh(&world.a.knack_id)
                .await;
            refused.expect_problem(503, "auth_unavailable");
        }
        world.a.knack.clear_faults();
    }
    assert_eq!(launcher.started().await, 0);
    let log = launcher.whole_log().await;
    for setting in ["KNACK_STAFF_VIEW", "KNACK_SUPER_USER_VIEW"] {
        let said = format!("{setting} names a view that shows records of other people");
        assert!(log.contains(&said), "{log}");
    }
    assert!(!log.to_lowercase().contains("canary"), "{log}");
}

/// The one record that it shows could be taken for the user's own.
#[tokio::test]
async fn a_view_of_one_record_that_is_somebody_elses_gives_nobody_its_rights() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let closed = Fault::Status {
        code: 403,
        body: "Unauthorized".to_owned(),
    };
    // A pupil may open no page of staff, but this one is open to everyone.
    world.a.knack.inject(on_view(closed, STAFF_ADMINS));
    world
        .a
        .knack
        .inject(on_view(Fault::IgnoreFilter, SUPER_USERS));
    for (email, status) in [(ADMIN_OF_NONE, 503), (SUPER_USER, 202)] {
        let token = world.sign_in(email);
        let user = launcher.with_token(&token);
        let answer = user.start_refresh(&world.other.knack_id).await;
        assert_eq!(answer.status, status, "{email}: {}", answer.text);
    }
    assert_eq!(launcher.started().await, 1);
}

#[tokio::test]
async fn a_page_that_only_some_roles_may_open_takes_nothing_from_the_others() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let other = status_of(&world.other.knack_id);
    for (closed, email, of_other_school) in [
        (STAFF_ADMINS, SUPER_USER, 200),
        (SUPER_USERS, ADMIN_OF_A, 404),
    ] {
        let refusal = Fault::Status {
            code: 403,
            body: "Unauthorized".to_owned(),
        };
        world.a.knack.inject(on_view(refusal, closed));
        let token = world.sign_in(email);
        let user = launcher.with_token(&token);
        let own = user.get(&status_of(&world.a.knack_id)).await;
        own.expect_status(200);
        assert_eq!(user.get(&other).await.status, of_other_school, "{email}");
        world.a.knack.clear_faults();
    }
}

#[tokio::test]
async fn text_that_is_not_a_token_of_this_app_never_reaches_knack() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let app_id = world.a.knack.app_id();
    let own = json!({ "application_id": app_id, "user_id": ADMIN_OF_A_ID });
    let other_app = json!({ "application_id": "5f3c9a1b7d2e4f6081a2b3c5" });
    let expired =
        json!({ "application_id": app_id, "user_id": ADMIN_OF_A_ID, "exp": 1_700_000_000 });
    let oversized = json!({ "application_id": app_id, "padding": "x".repeat(2_900) });
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let unsigned = json!({ "alg": "none" });

    for token in [
        jwt(&header, &other_app, "canary"),
        jwt(&header, &json!({}), "canary"),
        jwt(&header, &oversized, "canary"),
        jwt(&header, &expired, "canary"),
        jwt(&unsigned, &own, ""),
        format!("{}.x", jwt(&header, &own, "canary")),
        "canary".to_owned(),
        "..".to_owned(),
        app_id.to_owned(),
    ] {
        let refused = launcher
            .with_token(&token)
            .start_refresh(&world.a.knack_id)
            .await;
        refused.expect_problem(401, "unauthenticated");
        let log = launcher.whole_log().await;
        assert!(!log.contains(&token), "{log}");
    }
    assert!(world.a.knack.seen().is_empty());
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_token_that_has_expired_only_by_a_clock_that_may_be_a_day_ahead_is_knacks_to_judge() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let yesterday = a_day_ago();
    let token = jwt(
        &header,
        &json!({ "application_id": world.a.knack.app_id(), "exp": yesterday }),
        "canary",
    );

    let user = launcher.with_token(&token);
    let refused = user.get(&status_of(&world.a.knack_id)).await;

    refused.expect_problem(401, "unauthenticated");
    assert_eq!(world.a.knack.seen().len(), 1);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program under test reads the same clock"
)]
fn a_day_ago() -> i64 {
    jiff::Timestamp::now().as_second() - 24 * 3_600
}

#[tokio::test]
async fn a_user_is_looked_up_once_and_named_in_the_log_row_by_the_record() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let token = world.sign_in(ADMIN_OF_A);
    let user = launcher.with_token(&token);
    let look_ups = || {
        let seen = world.a.knack.seen();
        let views = seen.iter().filter(|it| it.path.contains("/views/"));
        views.map(|it| it.has_authorization).collect::<Vec<_>>()
    };

    user.refresh(&world.a.knack_id).await.expect_status(200);
    user.get(&overview_of(&world.a.knack_id))
        .await
        .expect_status(200);

    assert_eq!(look_ups(), [true, true]);
    let logs = world.a.logs().await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["metadata"]["started_by"], ADMIN_OF_A_ID);
    assert!(!Value::from(logs).to_string().contains("staff.example"));
}

fn on_view(fault: Fault, object: &str) -> KnackRule {
    KnackRule::new(fault).on(Kind::View).object(object)
}
