//! What one launcher does, any other answers for.

use e2e::{Stage, until_asked};
use futures_util::future::join_all;
use sandbox::knack::{Fault, Kind, KnackRule};
use std::time::Duration;

use super::world::{LONG_LEASE, launchers, redis, starts, together};
use crate::misbehaving::{Misbehaving, launcher};

#[tokio::test]
async fn two_hundred_requests_for_one_school_through_two_launchers_share_one_child() {
    let stage = Stage::with_class(3).await;
    let slow = Fault::Delay(Duration::from_secs(2));
    stage.knack.inject(KnackRule::new(slow).on(Kind::Page));
    let redis = redis().await;
    let both = launchers::<2>(&stage, &redis, LONG_LEASE).await;

    let requests = (0..200).map(|n| both[n % 2].refresh(&stage.knack_id));
    let answers = join_all(requests).await;

    let first = answers[0].expect_status(200)["summary"].clone();
    for answer in &answers {
        assert_eq!(answer.expect_status(200)["summary"], first);
    }
    let new = answers.iter().filter(|it| it.body["joined"] == false);
    assert_eq!(new.count(), 1);
    assert_eq!(starts(&both[0]) + starts(&both[1]), 1);
    let logs = stage.logs().await;
    assert_eq!(logs.len(), 1);
    assert!(logs[0]["metadata"]["fence"].as_u64().is_some(), "{logs:?}");
}

#[tokio::test]
async fn a_run_is_followed_through_any_launcher_and_goes_on_where_another_stream_broke_off() {
    let stage = Stage::with_pupils([]).await;
    let redis = redis().await;
    let program = Misbehaving::like("waits");
    let one = together(launcher(&stage, &program), &redis, LONG_LEASE);
    let other = together(launcher(&stage, &program), &redis, LONG_LEASE);
    let (one, other) = (one.start().await, other.start().await);
    let run = one.start_refresh(&stage.knack_id).await;
    let mut there = other.events(&run).await;
    let mut last = there.next().await.expect("a snapshot");
    while last.data["progress"]["phase"] != "fetching" {
        last = there.next().await.expect("it goes on");
    }
    drop(there);
    let back = one.events_after(&run, Some(&last.id)).await;
    let there = other.events_after(&run, Some(&last.id)).await;

    program.may_finish();

    let (back, there) = tokio::join!(back.rest(), there.rest());
    let ids = |events: &[e2e::Event]| -> Vec<String> {
        let live = events.iter().filter(|it| it.name != "snapshot");
        live.map(|it| it.id.clone()).collect()
    };
    assert_eq!(ids(&back), ids(&there));
    let (end, same) = (back.last().unwrap(), there.last().unwrap());
    assert_eq!((&*end.name, &*same.name), ("end", "end"));
    assert_eq!(end.data, same.data);
    assert_eq!(same.data["state"], "succeeded");
    assert_eq!(other.get(&run).await.expect_status(200), &same.data);
}

#[tokio::test]
async fn a_run_is_shown_and_stopped_through_any_launcher() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let redis = redis().await;
    let [one, other] = launchers(&stage, &redis, LONG_LEASE).await;
    let run = one.start_refresh(&stage.knack_id).await;
    let path = format!("/api/sync/status?establishmentId={}", stage.knack_id);
    until_asked("the other one shows it", async || {
        let status = other.get(&path).await;
        let id = run.rsplit('/').next().unwrap();
        status.body["activeRun"]["runId"] == id && status.body["activeRun"]["state"] == "running"
    })
    .await;

    other.delete(&run).await.expect_status(202);

    let ended = one.run_in_state(&run, &["cancelled"]).await;
    assert_eq!(ended["problem"]["code"], "cancelled");
    other.run_in_state(&run, &["cancelled"]).await;
    other.delete(&run).await.expect_status(200);
    assert_eq!(stage.logs().await[0]["status"], "cancelled");
}

#[tokio::test]
async fn a_school_that_was_refreshed_by_one_launcher_rests_at_the_other() {
    let stage = Stage::with_class(1).await;
    let redis = redis().await;
    let [one, other] = launchers(&stage, &redis, LONG_LEASE).await;
    let run = one.start_refresh(&stage.knack_id).await;
    one.run_in_state(&run, &["succeeded"]).await;

    let refused = other.refresh(&stage.knack_id).await;

    let problem = refused.expect_problem(429, "cooling_down");
    assert!(
        run.ends_with(problem["runId"].as_str().unwrap()),
        "{problem}"
    );
}
