//! Every kind of caller at every door.

use e2e::{Answer, Asker, Launcher, Stage, until};
use sandbox::knack::Fault;
use serde_json::Value;

use super::world::{
    ADMIN_OF_A, ADMIN_OF_B, ADMIN_OF_BOTH, ADMIN_OF_NONE, OF_A, OF_ALL, OF_B, OF_BOTH, SUPER_USER,
    World, overview_of, status_of,
};

/// What somebody is answered, in the order: refresh A, status of A, events of A's run, that run, cancelling it, overview
/// of A, list.
type Row = [&'static str; 7];

const DOORS: [&str; 7] = [
    "refresh", "status", "events", "run", "cancel", "overview", "list",
];

const LET_IN: Row = ["202", "200", "200", "200", "202", "200", "200"];
/// Known, and of no business with A.
const STRANGER: Row = [
    "404 establishment_not_found",
    "404 establishment_not_found",
    "404 unknown_run",
    "404 unknown_run",
    "404 unknown_run",
    "404 establishment_not_found",
    "200",
];
const UNKNOWN: Row = ["401 unauthenticated"; 7];
const UNCHECKED: Row = ["503 auth_unavailable"; 7];

/// The schools somebody is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// No list at all.
    Nothing,
    NoSchool,
    A,
    B,
    Both,
    Everything,
}

#[tokio::test]
async fn tokens_open_the_doors_of_their_schools_and_no_other() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    world.hold_refreshes();

    let nobody = launcher.nobody();
    check(&world, &launcher, "no token", &nobody, UNKNOWN).await;
    for (caller, token, row) in [
        ("a wrong token", "vsr_wrong", UNKNOWN),
        ("a token of A", OF_A, LET_IN),
        ("a token of B", OF_B, STRANGER),
        ("a token of A and B", OF_BOTH, LET_IN),
        ("a token of all", OF_ALL, LET_IN),
    ] {
        let asker = launcher.with_token(token);
        check(&world, &launcher, caller, &asker, row).await;
    }
    for (token, shown) in [
        (OF_A, Shown::A),
        (OF_B, Shown::B),
        (OF_BOTH, Shown::Both),
        (OF_ALL, Shown::Everything),
        ("vsr_wrong", Shown::Nothing),
    ] {
        let list = shown_to(&world, &launcher.with_token(token)).await;
        assert_eq!(list, shown, "{token}");
    }

    let log = launcher.whole_log().await;
    for token in [OF_A, OF_B, OF_BOTH, OF_ALL, "vsr_wrong"] {
        assert!(!log.contains(token), "{log}");
    }
}

#[tokio::test]
async fn users_of_knack_open_the_doors_that_their_records_name() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    world.hold_refreshes();
    let expired = world.sign_in(ADMIN_OF_A);
    world.a.knack.expire_session(&expired);

    for (caller, token, row, shown) in [
        ("an expired session", expired, UNKNOWN, Shown::Nothing),
        (
            "the admin of A",
            world.sign_in(ADMIN_OF_A),
            LET_IN,
            Shown::A,
        ),
        (
            "the admin of B",
            world.sign_in(ADMIN_OF_B),
            STRANGER,
            Shown::B,
        ),
        (
            "the admin of A and B",
            world.sign_in(ADMIN_OF_BOTH),
            LET_IN,
            Shown::Both,
        ),
        (
            "an admin of none",
            world.sign_in(ADMIN_OF_NONE),
            STRANGER,
            Shown::NoSchool,
        ),
        (
            "a super user",
            world.sign_in(SUPER_USER),
            LET_IN,
            Shown::Everything,
        ),
    ] {
        let asker = launcher.with_token(&token);
        check(&world, &launcher, caller, &asker, row).await;
        assert_eq!(shown_to(&world, &asker).await, shown, "{caller}");
        let log = launcher.whole_log().await;
        assert!(!log.contains(&token), "{caller}: {log}");
        assert!(!log.to_lowercase().contains("canary"), "{caller}: {log}");
    }

    // Another session: what was found out about the first is remembered.
    let token = world.sign_in(ADMIN_OF_A);
    world.break_views(Fault::DailyCapReached);
    let asker = launcher.with_token(&token);
    check(
        &world,
        &launcher,
        "the admin while Knack is down",
        &asker,
        UNCHECKED,
    )
    .await;
}

#[tokio::test]
async fn a_token_taken_out_of_the_file_opens_nothing_any_more() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    world.hold_refreshes();
    let asker = launcher.with_token(OF_A);
    asker
        .get(&status_of(&world.a.knack_id))
        .await
        .expect_status(200);

    let others = world.token_lines();
    let others: Vec<&str> = others.lines().skip(1).collect();
    launcher.replace_tokens(&others.join("\n"));
    until("the tokens are read again", || {
        let log = launcher.log().join("\n");
        log.contains("tokens read again")
    })
    .await;

    check(&world, &launcher, "a revoked token", &asker, UNKNOWN).await;
}

/// Tries every door as this caller, and puts everything back. No other run is active meanwhile.
async fn check(world: &World, launcher: &Launcher, caller: &str, asker: &Asker<'_>, row: Row) {
    let school = &world.a.knack_id;
    let operator = launcher.with_token(OF_ALL);
    let started = asker.start_refresh(school).await;
    // The operator joins what the caller started, and nothing else.
    let own = operator.start_refresh(school).await;
    assert_eq!(
        own.expect_status(202)["joined"],
        started.status == 202,
        "{caller}: a refusal starts nothing"
    );
    let run = own.header("location").expect("a place").to_owned();
    operator.start_of(&run).await;

    let events = match asker.follow(&run).await {
        Ok(mut events) => {
            let first = events.next().await.expect("a snapshot");
            assert_eq!(first.name, "snapshot");
            "200".to_owned()
        }
        Err(answer) => told(&answer),
    };
    let status = asker.get(&status_of(school)).await;
    let shown = asker.get(&run).await;
    let overview = asker.get(&overview_of(school)).await;
    let list = asker.get("/api/establishments").await;
    let still = operator.get(&run).await;
    assert_eq!(still.expect_status(200)["state"], "running", "{caller}");
    let cancelled = asker.delete(&run).await;
    if cancelled.status != 202 {
        let still = operator.get(&run).await;
        assert_eq!(still.expect_status(200)["state"], "running", "{caller}");
        operator.delete(&run).await.expect_status(202);
    }
    operator.end_of(&run).await;

    let found = [
        told(&started),
        told(&status),
        events,
        told(&shown),
        told(&cancelled),
        told(&overview),
        told(&list),
    ];
    for ((door, found), expected) in DOORS.iter().zip(found).zip(row) {
        assert_eq!(found, expected, "{caller} at {door}");
    }
}

/// The status, and the code of a problem.
fn told(answer: &Answer) -> String {
    if answer.status < 400 {
        return answer.status.to_string();
    }
    let code = answer.body["code"].as_str().unwrap_or("without a code");
    answer.expect_problem(answer.status, code);
    format!("{} {code}", answer.status)
}

async fn shown_to(world: &World, asker: &Asker<'_>) -> Shown {
    let answer = asker.get("/api/establishments").await;
    let Some(schools) = answer.body["establishments"].as_array() else {
        return Shown::Nothing;
    };
    let ids: Vec<&Value> = schools.iter().map(|it| &it["establishmentId"]).collect();
    let shows = |stage: &Stage| ids.iter().any(|it| **it == stage.knack_id);
    let found = [&world.a, &world.b, &world.other].map(shows);
    match (found, ids.len()) {
        ([false, false, false], 0) => Shown::NoSchool,
        ([true, false, false], 1) => Shown::A,
        ([false, true, false], 1) => Shown::B,
        ([true, true, false], 2) => Shown::Both,
        ([true, true, true], _) => Shown::Everything,
        _ => panic!("{}", answer.text),
    }
}
