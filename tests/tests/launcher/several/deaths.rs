//! A launcher that is killed takes its refreshes with it, and nothing else.

use e2e::{Stage, until};
use nix::sys::signal::Signal;
use sandbox::knack::{Fault, Kind, KnackRule};

use super::world::{launchers, redis};
use crate::processes::{alive_in_group, children_of};

/// Long enough that a loaded machine renews it, and short enough to be waited for.
const LEASE: &str = "5";

#[tokio::test]
async fn the_school_of_a_launcher_that_was_killed_is_refreshed_by_another_after_its_lease() {
    let stage = Stage::with_class(2).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let redis = redis().await;
    let [mut one, other] = launchers(&stage, &redis, LEASE).await;
    let run = one.start_refresh(&stage.knack_id).await;
    let mut events = other.events(&run).await;
    let mut seen = events.next().await.expect("a snapshot");
    while seen.data["state"] != "running" {
        seen = events.next().await.expect("it goes on");
    }
    drop(events);
    until("the refresh is at work", || !stage.knack.seen().is_empty()).await;
    let refresh = children_of(one.pid())[0].id;

    one.signal(Signal::SIGKILL);
    one.end().await;

    until("it has ended with it", || {
        alive_in_group(refresh).is_empty()
    })
    .await;
    stage.knack.clear_faults();
    // Whoever asks meanwhile joins a run that is over, and learns that when its lease is.
    let events = other.events_after(&run, Some(&seen.id)).await;
    let joined = other.refresh(&stage.knack_id).await;
    let problem = joined.expect_problem(502, "sync_crashed");
    let sentence = problem["detail"].as_str().unwrap();
    assert!(
        sentence.contains("Rows it had saved are kept. Refreshing again is safe"),
        "{sentence}"
    );
    assert_eq!(joined.header("retry-after"), Some("1"));
    let end = events.rest().await.pop().expect("an end");
    assert_eq!((&*end.name, &end.data["state"]), ("end", &"failed".into()));
    let next = other.refresh(&stage.knack_id).await;
    assert_eq!(next.expect_status(200)["joined"], false);
    assert_eq!(stage.row_counts().await, [2, 2, 0]);
    let logs = stage.logs().await;
    let fence = |n: usize| logs[n]["metadata"]["fence"].as_u64().unwrap();
    assert!(fence(1) > fence(0), "{logs:?}");
}
