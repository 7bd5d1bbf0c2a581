//! Many at once: one child for a school, four at most in all, and an answer for everybody.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{Answer, Launcher, Stage};
use futures_util::future::join_all;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::{Value, json};

use crate::processes::number_of_children;

/// As long as a page of an ordinary school takes.
const SLOW: Duration = Duration::from_secs(2);

#[tokio::test]
async fn two_hundred_requests_for_one_school_share_one_child() {
    let stage = Stage::with_class(3).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Delay(SLOW)).on(Kind::Page));
    let launcher = stage.launcher().start().await;
    let spelling = |n: usize| match n % 3 {
        0 => stage.knack_id.clone(),
        1 => stage.knack_id.to_uppercase(),
        _ => stage.id.to_string(),
    };

    let requests = (0..200).map(|n| {
        let (launcher, id) = (&launcher, spelling(n));
        async move { launcher.refresh(&id).await }
    });
    let answers = join_all(requests).await;

    let first = answers[0].expect_status(200)["summary"].clone();
    for answer in &answers {
        assert_eq!(answer.expect_status(200)["summary"], first);
    }
    let joined = answers
        .iter()
        .filter(|answer| answer.body["joined"] == true);
    assert_eq!(joined.count(), 199);
    assert_eq!(starts(&launcher), 1);
    assert_eq!(stage.logs().await.len(), 1);
}

#[tokio::test]
async fn fifty_schools_at_once_are_four_children_and_twenty_in_the_queue() {
    let (answers, most, launcher) = refresh_fifty_schools("20").await;

    let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in &answers {
        *by_status.entry(answer.status).or_default() += 1;
        if answer.status != 200 {
            answer.expect_problem(503, "busy");
        }
    }
    assert_eq!(by_status.keys().collect::<Vec<_>>(), [&200, &503]);
    assert!(by_status[&200] >= 24, "{by_status:?}");
    assert!((1..=4).contains(&most), "{most} children");
    assert_eq!(starts(&launcher), by_status[&200]);
}

#[tokio::test]
async fn all_of_fifty_schools_finish_where_the_queue_is_long_enough() {
    let (answers, most, launcher) = refresh_fifty_schools("50").await;

    for answer in &answers {
        answer.expect_status(200);
    }
    assert!((1..=4).contains(&most), "{most} children");
    assert_eq!(starts(&launcher), 50);
}

#[tokio::test]
async fn whoever_waits_sees_its_place_and_may_give_it_up() {
    let stage = Stage::with_class(1).await;
    stage
        .knack
        .inject(KnackRule::new(Fault::Hang).on(Kind::Page));
    let [second, third] = [add_school(&stage, 1).await, add_school(&stage, 2).await];
    let launcher = stage.launcher().env("LAUNCHER_MAX_RUNS", "1").start().await;
    let running = launcher.start_refresh(&stage.knack_id).await;
    let next = launcher.start_refresh(&second).await;
    let last = launcher.start_refresh(&third).await;
    assert_eq!(launcher.get(&last).await.body["queuePosition"], 1);

    launcher.delete(&next).await.expect_status(202);

    let given_up = launcher.run_in_state(&next, &["cancelled"]).await;
    assert_eq!(given_up["startedAt"], Value::Null);
    let mut events = launcher.events(&last).await;
    while events.next().await.expect("it goes on").data["queuePosition"] != 0 {}
    stage.knack.clear_faults();
    launcher.delete(&running).await.expect_status(202);
    launcher.run_in_state(&last, &["succeeded"]).await;
    assert_eq!(starts(&launcher), 2);
}

async fn refresh_fifty_schools(queue: &str) -> (Vec<Answer>, usize, Launcher) {
    let stage = Stage::with_pupils([]).await;
    let mut schools = vec![stage.knack_id.clone()];
    for n in 1..50 {
        schools.push(add_school(&stage, n).await);
    }
    let launcher = stage
        .launcher()
        .env("LAUNCHER_MAX_QUEUE", queue)
        .start()
        .await;

    let (answers, most) = {
        let requests = join_all(schools.iter().map(|school| launcher.refresh(school)));
        tokio::pin!(requests);
        let mut most = 0;
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        loop {
            tokio::select! {
                answers = &mut requests => break (answers, most),
                _ = looks.tick() => most = most.max(number_of_children(launcher.pid())),
            }
        }
    };
    (answers, most, launcher)
}

/// Another school that Supabase knows and of which Knack holds nothing.
async fn add_school(stage: &Stage, n: usize) -> String {
    let own = stage.id.simple().to_string();
    let knack_id = format!("{}{n:04x}", &own[..20]);
    let row = json!({ "knack_id": knack_id, "name": format!("School of a crowd {n}") });
    stage.db.insert("establishments", &row).await;
    knack_id
}

fn starts(launcher: &Launcher) -> usize {
    let log = launcher.log();
    log.iter()
        .filter(|line| line.contains(r#""message":"a run starts""#))
        .count()
}
