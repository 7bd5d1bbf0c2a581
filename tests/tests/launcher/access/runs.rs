//! What somebody learns of schools and runs that are not theirs: nothing, not even whether there are any.

use std::collections::BTreeSet;
use std::time::Instant;

use super::world::{
    ADMIN_OF_A, ADMIN_OF_NONE, OF_A, OF_ALL, OF_B, OF_BOTH, World, overview_of, status_of,
};

const UNKNOWN_RUN: &str = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab";
const NO_RUN: &str = "/api/sync/runs/canary";

/// One of either kind.
const UNKNOWN_SCHOOLS: [&str; 2] = [
    "ffffffffffffffffffffffff",
    "0d9f1b5e-0000-4000-8000-0000000000ab",
];

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
async fn only_a_caller_with_access_to_all_schools_learns_which_do_not_exist() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let (asker, operator) = (launcher.with_token(OF_A), launcher.with_token(OF_ALL));
    let of_b = asker.start_refresh(&world.b.knack_id).await;
    of_b.expect_problem(404, "establishment_not_found");

    for unknown in UNKNOWN_SCHOOLS {
        for path in [status_of(unknown), overview_of(unknown)] {
            let answer = asker.get(&path).await;
            assert_eq!((answer.status, &answer.text), (404, &of_b.text));
            let answer = operator.get(&path).await;
            answer.expect_problem(404, "establishment_not_found");
            assert!(
                answer.text.contains("no school with this id"),
                "{}",
                answer.text
            );
        }
        let answer = asker.start_refresh(unknown).await;
        assert_eq!((answer.status, &answer.text), (404, &of_b.text));
        let answer = operator.start_refresh(unknown).await;
        answer.expect_problem(404, "establishment_not_found");
    }
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_request_for_a_school_of_others_costs_no_look_up_whether_it_exists_or_not() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let of_a = world.sign_in(ADMIN_OF_A);
    let of_none = world.sign_in(ADMIN_OF_NONE);
    for token in [OF_A, OF_B, OF_BOTH, &of_a, &of_none] {
        let asker = launcher.with_token(token);
        // Their own schools are remembered from here on.
        asker.get("/api/establishments").await.expect_status(200);
        world.a.proxy.forget();
        let mut answers = BTreeSet::new();
        for school in [&*world.other.knack_id, &world.other.id.to_string()]
            .into_iter()
            .chain(UNKNOWN_SCHOOLS)
        {
            for answer in [
                asker.get(&status_of(school)).await,
                asker.get(&overview_of(school)).await,
                asker.start_refresh(school).await,
            ] {
                answer.expect_problem(404, "establishment_not_found");
                answers.insert(answer.text);
            }
        }
        assert_eq!(answers.len(), 1, "{answers:?}");
        let seen = world.a.proxy.seen();
        assert!(seen.is_empty(), "{seen:?}");
    }
    assert_eq!(launcher.started().await, 0);
}

#[tokio::test]
async fn a_school_of_others_and_one_that_does_not_exist_take_as_long() {
    const ROUNDS: usize = 31;
    let world = World::new().await;
    let launcher = world.launcher().await;
    let asker = launcher.with_token(OF_A);
    // The launcher remembers the school that exists.
    let operator = launcher.with_token(OF_ALL);
    let uuid = world.other.id.to_string();
    let [unknown, unknown_uuid] = UNKNOWN_SCHOOLS;
    for (of_others, unknown) in [(&*world.other.knack_id, unknown), (&*uuid, unknown_uuid)] {
        let known = operator.get(&status_of(of_others)).await;
        known.expect_status(200);
        let mut times = [Vec::new(), Vec::new()];
        // Side by side and first in turn, so that whatever else this machine does delays both alike.
        for round in 0..ROUNDS {
            for nth in [round % 2, 1 - round % 2] {
                let begun = Instant::now();
                let answer = asker.get(&status_of([of_others, unknown][nth])).await;
                times[nth].push(begun.elapsed());
                answer.expect_problem(404, "establishment_not_found");
            }
        }
        // A look-up would delay every one of them, and other programs only some.
        let [of_others, unknown] = times.map(|mut times| {
            times.sort_unstable();
            times[ROUNDS / 4].as_secs_f64()
        });
        let ratio = unknown / of_others;
        assert!((0.4..2.5).contains(&ratio), "{unknown} s to {of_others} s");
    }
}

#[tokio::test]
async fn a_request_before_anything_is_remembered_costs_the_look_ups_of_the_callers_own_schools() {
    let world = World::new().await;
    let [unknown, unknown_uuid] = UNKNOWN_SCHOOLS;
    let uuid = world.other.id.to_string();
    for (school, look_ups) in [
        // Of OF_BOTH's two schools, one is named by its Knack id and one by its UUID.
        (&*world.other.knack_id, 1),
        (unknown, 1),
        (&uuid, 1),
        (unknown_uuid, 1),
    ] {
        let launcher = world.launcher().await;
        world.a.proxy.forget();
        let answer = launcher.with_token(OF_BOTH).get(&status_of(school)).await;
        answer.expect_problem(404, "establishment_not_found");
        assert_eq!(world.a.proxy.seen().len(), look_ups, "{school}");
    }
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
