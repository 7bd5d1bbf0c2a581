//! Both of two launchers are replaced, one after the other, while people go on asking.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::{Launcher, Nginx, Stage, until};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use sandbox::redis::Redis;
use serde_json::Value;

use super::world::{
    LONG_LEASE, add_school, addresses, behind_proxy, proxy, redis, refresh_through, starts,
};

const SCHOOLS: usize = 6;

async fn start(stage: &Stage, redis: &Redis, address: &str) -> Launcher {
    behind_proxy(stage, redis, LONG_LEASE, address)
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
        .start()
        .await
}

/// Whether a caller knows what to do next.
fn can_act_on((status, later, body): &(u16, Option<u64>, Value)) -> bool {
    match status {
        200 => body["success"] == true && body["summary"].is_object(),
        202 => body["runId"].is_string(),
        503 => {
            let code = body["code"].as_str().unwrap_or_default();
            later.is_some() && ["shutting_down", "busy"].contains(&code)
        }
        _ => false,
    }
}

async fn keep_asking(
    proxy: &Nginx,
    school: &str,
    is_over: &AtomicBool,
) -> Vec<(u16, Option<u64>, Value)> {
    let mut answers = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        answers.push(refresh_through(proxy, school).await);
        // So that it is the launchers that have something to do.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    answers
}

#[tokio::test]
async fn a_rolling_restart_of_both_of_two_launchers_gives_no_caller_an_answer_that_it_cannot_act_on()
 {
    let stage = Stage::with_pupils([]).await;
    let mut schools = vec![stage.knack_id.clone()];
    for n in 1..SCHOOLS {
        schools.push(add_school(&stage, n).await);
    }
    let redis = redis().await;
    let at: [String; 2] = addresses();
    let mut both = [
        start(&stage, &redis, &at[0]).await,
        start(&stage, &redis, &at[1]).await,
    ];
    let proxy = proxy(&at).await;
    let is_over = AtomicBool::new(false);

    let asking = join_all(
        schools
            .iter()
            .map(|school| keep_asking(&proxy, school, &is_over)),
    );
    let restarting = async {
        for (launcher, at) in both.iter_mut().zip(&at) {
            until("it works", || starts(launcher) >= 3).await;
            launcher.signal(Signal::SIGTERM);
            assert_eq!(launcher.end().await.code(), Some(0));
            *launcher = start(&stage, &redis, at).await;
            until("it works again", || starts(launcher) >= 3).await;
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (answers, ()) = tokio::join!(asking, restarting);

    let answers: Vec<_> = answers.into_iter().flatten().collect();
    let useless: Vec<_> = answers
        .iter()
        .filter(|answer| !can_act_on(answer))
        .collect();
    assert!(
        useless.is_empty(),
        "{} of {}: {useless:?}",
        useless.len(),
        answers.len()
    );
    assert!(answers.iter().filter(|(status, ..)| *status == 200).count() >= 12);
}
