//! `X-User-Email`: for whom a server asks. It counts only beside a token of the launcher's own, and never adds a right.

use e2e::token_line;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::Value;

use super::world::{
    ADMIN_OF_A, ADMIN_OF_A_ID, ADMIN_OF_B, OF_A, OF_ALL, SUPER_USER, SUPER_USER_ID, World,
    status_of,
};

const X_USER_EMAIL: &str = "X-User-Email";

#[tokio::test]
async fn without_a_token_an_email_says_nothing() {
    let world = World::new().await;
    let launcher = world.launcher().await;

    for asker in [launcher.nobody(), launcher.with_token("vsr_wrong")] {
        let refused = asker
            .header(X_USER_EMAIL, SUPER_USER)
            .start_refresh(&world.a.knack_id)
            .await;
        refused.expect_problem(401, "unauthenticated");
    }
    assert!(world.a.knack.seen().is_empty());
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn beside_a_knack_users_token_an_email_changes_nothing() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let token = world.sign_in(ADMIN_OF_B);

    for email in [ADMIN_OF_A, SUPER_USER, "nobody@staff.example.test"] {
        let user = launcher.with_token(&token).header(X_USER_EMAIL, email);
        let of_a = user.start_refresh(&world.a.knack_id).await;
        of_a.expect_problem(404, "establishment_not_found");
        let of_b = user.get(&status_of(&world.b.knack_id)).await;
        of_b.expect_status(200);
    }
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn without_access_control_an_email_changes_nothing() {
    let world = World::new().await;
    let launcher = world.a.launcher().start().await;

    let anybody = launcher.nobody().header(X_USER_EMAIL, ADMIN_OF_B);
    anybody.refresh(&world.a.knack_id).await.expect_status(200);

    assert_eq!(started_by(&world.a.logs().await), "anybody");
}

#[tokio::test]
async fn a_server_that_names_a_user_may_do_what_the_user_may() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let (a, b) = (&world.a.knack_id, &world.b.knack_id);

    // However the address is written, in whatever case.
    for email in [
        ADMIN_OF_A.to_owned(),
        ADMIN_OF_A.to_uppercase(),
        ADMIN_OF_A.to_lowercase(),
        format!("  {ADMIN_OF_A}\t "),
    ] {
        let server = launcher.with_token(OF_ALL).header(X_USER_EMAIL, &email);
        server.get(&status_of(a)).await.expect_status(200);
        let of_b = server.start_refresh(b).await;
        of_b.expect_problem(404, "establishment_not_found");
        assert_eq!(listed(&server.get("/api/establishments").await.body), [a]);
    }
    let server = launcher.with_token(OF_ALL).header(X_USER_EMAIL, ADMIN_OF_A);
    server.refresh(a).await.expect_status(200);
    let logs = world.a.logs().await;
    assert_eq!(
        started_by(&logs),
        format!("token-of-all for {ADMIN_OF_A_ID}")
    );
    let log = launcher.whole_log().await.to_lowercase();
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn a_user_gives_a_server_no_right_that_its_token_lacks() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let (a, b) = (&world.a.knack_id, &world.b.knack_id);

    let server = launcher.with_token(OF_A).header(X_USER_EMAIL, SUPER_USER);
    server.refresh(a).await.expect_status(200);
    let of_b = server.start_refresh(b).await;
    of_b.expect_problem(404, "establishment_not_found");
    assert_eq!(listed(&server.get("/api/establishments").await.body), [a]);
    assert_eq!(
        started_by(&world.a.logs().await),
        format!("token-of-a for {SUPER_USER_ID}")
    );

    let server = launcher.with_token(OF_A).header(X_USER_EMAIL, ADMIN_OF_B);
    for school in [a, b] {
        let refused = server.get(&status_of(school)).await;
        refused.expect_problem(404, "establishment_not_found");
    }
    assert_eq!(launcher.started().await, 1);
}

#[tokio::test]
async fn a_user_who_is_not_known_may_do_nothing_whatever_the_server_may() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let oversized = format!("{}@staff.example.test", "x".repeat(300));
    let unknown: [&[u8]; 9] = [
        b"nobody@staff.example.test",
        b"",
        b" ",
        b"canary",
        b"ann.canary@staff.example.test,eve.canary@staff.example.test",
        b"ann.canary@staff.example.test eve",
        br#"@"}],"match":"or"#,
        // No text at all: it must not pass for no header.
        b"\xff\xfe@staff.example.test",
        oversized.as_bytes(),
    ];
    for email in unknown {
        let server = launcher.with_token(OF_ALL).header(X_USER_EMAIL, email);
        let refused = server.start_refresh(&world.a.knack_id).await;
        refused.expect_problem(403, "not_allowed");
        assert!(!refused.text.contains("canary"));
    }
    // Two of them are two opinions of who is asking.
    let server = launcher
        .with_token(OF_ALL)
        .header(X_USER_EMAIL, ADMIN_OF_A)
        .header(X_USER_EMAIL, SUPER_USER);
    let refused = server.start_refresh(&world.a.knack_id).await;
    refused.expect_problem(403, "not_allowed");

    assert_eq!(launcher.started().await, 0);
    let log = launcher.whole_log().await.to_lowercase();
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn the_longest_name_of_a_token_leaves_room_for_the_user() {
    const NAME: &str = "a server with quite a long name.";
    let world = World::new().await;
    let launcher = world
        .a
        .launcher()
        .tokens(&token_line("vsr_long", "all", NAME))
        .start()
        .await;

    let server = launcher
        .with_token("vsr_long")
        .header(X_USER_EMAIL, ADMIN_OF_A);
    server.refresh(&world.a.knack_id).await.expect_status(200);

    let logs = world.a.logs().await;
    assert_eq!(started_by(&logs), format!("{NAME} for {ADMIN_OF_A_ID}"));
}

#[tokio::test]
async fn a_user_who_cannot_be_looked_up_is_asked_for_again_later() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let fault = KnackRule::new(Fault::DailyCapReached).on(Kind::Page);
    world.a.knack.inject(fault);

    let server = launcher.with_token(OF_ALL).header(X_USER_EMAIL, ADMIN_OF_A);
    let refused = server.start_refresh(&world.a.knack_id).await;
    refused.expect_problem(503, "auth_unavailable");
    assert_eq!(launcher.started().await, 0);
}

fn started_by(logs: &[Value]) -> &str {
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs[0]["metadata"]["started_by"].as_str().expect("a name")
}

fn listed(body: &Value) -> Vec<&str> {
    let schools = body["establishments"].as_array().expect("a list");
    let ids = schools.iter().map(|it| it["establishmentId"].as_str());
    ids.map(|id| id.expect("an id")).collect()
}

#[tokio::test]
async fn a_server_whose_token_names_the_school_by_its_other_id_may_speak_for_its_admin() {
    let world = World::new().await;
    let token = "vsr_of_a_by_uuid";
    let line = token_line(token, &world.a.id.to_string(), "backend of A");
    let launcher = world.a.launcher().tokens(&line).start().await;

    let server = launcher.with_token(token).header(X_USER_EMAIL, ADMIN_OF_A);

    server
        .get(&status_of(&world.a.knack_id))
        .await
        .expect_status(200);
    let list = server.get("/api/establishments").await;
    let schools = list.expect_status(200)["establishments"]
        .as_array()
        .unwrap();
    assert_eq!(schools.len(), 1);
    let of_b = server.get(&status_of(&world.b.knack_id)).await;
    of_b.expect_problem(404, "establishment_not_found");
}
