//! What tells of a school's runs and students is as unknown to others as what does not exist: 404 in the same words, after
//! the same requests to Supabase.

use std::collections::BTreeSet;

use super::world::{OF_A, OF_ALL, OF_B, World};

/// One of either kind.
const UNKNOWN_SCHOOLS: [&str; 2] = [
    "ffffffffffffffffffffffff",
    "0d9f1b5e-0000-4000-8000-0000000000ab",
];

fn list_of(school: &str) -> String {
    format!("/api/sync/runs?establishmentId={school}")
}

#[tokio::test]
async fn the_runs_of_another_school_are_as_unknown_as_those_of_a_school_that_does_not_exist() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let (asker, operator) = (launcher.with_token(OF_A), launcher.with_token(OF_ALL));
    let own = launcher.with_token(OF_B);
    let of_b = [world.b.knack_id.clone(), world.b.id.to_string()];
    for school in &of_b {
        own.get(&list_of(school)).await.expect_status(200);
        operator.get(&list_of(school)).await.expect_status(200);
    }
    // From here on, the caller's own school is remembered.
    let own = launcher.with_token(OF_A);
    own.get(&list_of(&world.a.knack_id))
        .await
        .expect_status(200);
    world.a.proxy.forget();

    let mut answers = BTreeSet::new();
    for school in of_b.iter().map(String::as_str).chain(UNKNOWN_SCHOOLS) {
        let answer = asker.get(&list_of(school)).await;
        answer.expect_problem(404, "establishment_not_found");
        answers.insert(answer.text);
    }

    let seen = world.a.proxy.seen();
    let read = seen.iter().filter(|seen| seen.path.contains("sync_logs"));
    assert_eq!(read.count(), 0, "{seen:?}");
    assert_eq!(answers.len(), 1, "{answers:?}");
    let nobody = launcher.nobody().get(&list_of(&of_b[0])).await;
    nobody.expect_problem(401, "unauthenticated");
}
