//! What somebody learns of schools and runs that are not theirs: nothing, not even whether there are any.

use super::world::{OF_A, OF_ALL, OF_B, World, overview_of, status_of};

const UNKNOWN_RUN: &str = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab";
const NO_RUN: &str = "/api/sync/runs/canary";

#[tokio::test]
async fn another_schools_run_is_as_unknown_as_one_that_never_was() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let operator = launcher.with_token(OF_ALL);
    let started = operator.start_refresh(&world.b.knack_id).await;
    started.expect_status(202);
    let of_b = started.header("location").unwrap();
    operator.end_of(of_b).await;
    let of_b_upper = of_b
        .to_uppercase()
        .replace("/API/SYNC/RUNS/", "/api/sync/runs/");
    let own = launcher.with_token(OF_B);
    own.get(&of_b_upper).await.expect_status(200);

    let asker = launcher.with_token(OF_A);
    let unknown = asker.get(UNKNOWN_RUN).await;
    unknown.expect_problem(404, "unknown_run");
    for run in [of_b, &of_b_upper, UNKNOWN_RUN, NO_RUN] {
        let Err(not_followed) = asker.follow(run).await else {
            panic!("{run} is followed");
        };
        for answer in [asker.get(run).await, asker.delete(run).await, not_followed] {
            assert_eq!((answer.status, &answer.text), (404, &unknown.text), "{run}");
        }
    }
    assert_eq!(own.get(of_b).await.body["state"], "succeeded");
}

#[tokio::test]
async fn only_who_may_see_all_schools_learns_which_there_are_not() {
    const UNKNOWN_SCHOOLS: [&str; 2] = [
        "ffffffffffffffffffffffff",
        "0d9f1b5e-0000-4000-8000-0000000000ab",
    ];
    let world = World::new().await;
    let launcher = world.launcher().await;
    let (asker, operator) = (launcher.with_token(OF_A), launcher.with_token(OF_ALL));
    let of_b = asker.start_refresh(&world.b.knack_id).await;
    of_b.expect_problem(403, "not_allowed");

    for unknown in UNKNOWN_SCHOOLS {
        for path in [status_of(unknown), overview_of(unknown)] {
            let answer = asker.get(&path).await;
            assert_eq!((answer.status, &answer.text), (403, &of_b.text));
            let answer = operator.get(&path).await;
            answer.expect_problem(404, "establishment_not_found");
        }
        let answer = asker.start_refresh(unknown).await;
        assert_eq!((answer.status, &answer.text), (403, &of_b.text));
        let answer = operator.start_refresh(unknown).await;
        answer.expect_problem(404, "establishment_not_found");
    }
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_school_may_be_asked_for_by_either_id_whichever_the_token_names() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    // The line of A's token names the Knack id, that of B's the Supabase id.
    for (token, school) in [(OF_A, &world.a), (OF_B, &world.b)] {
        for id in [
            school.knack_id.clone(),
            school.knack_id.to_uppercase(),
            school.id.to_string(),
        ] {
            let asker = launcher.with_token(token);
            asker.get(&status_of(&id)).await.expect_status(200);
            asker.get(&overview_of(&id)).await.expect_status(200);
        }
    }
}
