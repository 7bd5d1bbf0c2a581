//! Sixty schools, each asked for twice, through a proxy that asks three launchers in turn.

use std::collections::HashMap;
use std::time::Duration;

use e2e::{Launcher, Nginx, Stage};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::Value;
use tokio::time::MissedTickBehavior;

use super::world::{
    LONG_LEASE, TOKEN, add_school, addresses, behind_proxy, proxy, redis, refresh_through, starts,
};
use crate::processes::number_of_children;

const SCHOOLS: usize = 60;
/// What all launchers together may run.
const MOST: usize = 4;

async fn schools(stage: &Stage) -> Vec<String> {
    let mut schools = vec![stage.knack_id.clone()];
    for n in 1..SCHOOLS {
        schools.push(add_school(stage, n).await);
    }
    schools
}

/// The run of a school and its summary. Whoever asks at a moment when Supabase is overwhelmed asks again, and may be told then
/// which run it has missed.
async fn summary_of(proxy: &Nginx, school: &str) -> (String, Value) {
    loop {
        let (status, _, body) = refresh_through(proxy, school).await;
        match (status, body["code"].as_str()) {
            (200, _) => return (text(&body["run_id"]), body["summary"].clone()),
            (429, Some("cooling_down")) => {
                let run = text(&body["runId"]);
                let path = format!("/api/sync/runs/{run}");
                let asked = proxy.request(Method::GET, &path).bearer_auth(TOKEN);
                let shown = asked.send().await.expect("the proxy answers");
                let shown: Value = shown.json().await.expect("a run");
                return (run, shown["summary"].clone());
            }
            (503, Some("dashboard_unavailable")) => {}
            _ => panic!("{status}: {body}"),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn sixty_schools_asked_for_twice_through_three_launchers_are_sixty_children_four_at_a_time() {
    let stage = Stage::with_pupils([]).await;
    let schools = schools(&stage).await;
    let redis = redis().await;
    let at: [String; 3] = addresses();
    let mut launchers: Vec<Launcher> = Vec::new();
    for at in &at {
        let launcher = behind_proxy(&stage, &redis, LONG_LEASE, at);
        let launcher = launcher.env("LAUNCHER_MAX_QUEUE", SCHOOLS.to_string());
        launchers.push(launcher.start().await);
    }
    let proxy = proxy(&at).await;

    let twice = schools.iter().chain(&schools);
    let asking = join_all(twice.map(|school| summary_of(&proxy, school)));
    tokio::pin!(asking);
    let mut most = 0;
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let answers = loop {
        tokio::select! {
            answers = &mut asking => break answers,
            _ = looks.tick() => {
                let children = launchers.iter().map(|it| number_of_children(it.pid()));
                most = most.max(children.sum());
            }
        }
    };

    let mut runs: HashMap<&str, Vec<&str>> = HashMap::new();
    for ((run, summary), school) in answers.iter().zip(schools.iter().chain(&schools)) {
        assert_eq!(summary["establishment_id"], **school);
        runs.entry(school).or_default().push(run);
    }
    assert!(
        runs.values()
            .all(|runs| runs.len() == 2 && runs[0] == runs[1]),
        "{runs:?}"
    );
    assert!((1..=MOST).contains(&most), "{most} children");
    let each: Vec<usize> = launchers.iter().map(starts).collect();
    assert_eq!(each.iter().sum::<usize>(), SCHOOLS, "{each:?}");
    assert!(each.iter().all(|starts| *starts > 0), "{each:?}");
}

#[tokio::test]
async fn killing_one_of_three_launchers_in_the_middle_loses_no_school() {
    let stage = Stage::with_pupils([]).await;
    let schools = schools(&stage).await;
    let redis = redis().await;
    let at: [String; 3] = addresses();
    let mut launchers: Vec<Launcher> = Vec::new();
    for at in &at {
        let launcher = behind_proxy(&stage, &redis, "5", at);
        let launcher = launcher
            .env("LAUNCHER_MAX_QUEUE", SCHOOLS.to_string())
            .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0");
        launchers.push(launcher.start().await);
    }
    let proxy = proxy(&at).await;

    // As the page and `sync-launcher refresh` do: what may be over later is asked for again.
    let until_refreshed = async |school: &String| {
        for _ in 0..60 {
            let (status, later, body) = refresh_through(&proxy, school).await;
            match (status, later) {
                (200, _) => return Ok(()),
                // Refreshed just before, and whoever asked was not told.
                (429, _) if body["code"] == "cooling_down" => return Ok(()),
                (502 | 503, Some(seconds)) => {
                    tokio::time::sleep(Duration::from_secs(seconds.min(1))).await;
                }
                _ => return Err(format!("{status}: {body}")),
            }
        }
        Err("never".to_owned())
    };
    let asking = join_all(schools.iter().map(until_refreshed));
    let killing = async {
        e2e::until("it has begun", || starts(&launchers[0]) >= 2).await;
        launchers[0].signal(Signal::SIGKILL);
    };
    let (refreshed, ()) = tokio::join!(asking, killing);

    for (school, refreshed) in schools.iter().zip(refreshed) {
        refreshed.unwrap_or_else(|error| panic!("{school}: {error}"));
    }
    let query = "select count(distinct metadata->>'establishment_id') as schools from sync_logs \
                 where status = 'completed' and metadata->>'establishment_knack_id' like $1 || '%'";
    let own = stage.id.simple().to_string();
    let completed = stage.db.json(query, &own[..20]).await;
    // All but the stage's own, whose id is another.
    assert_eq!(completed[0]["schools"], SCHOOLS - 1);
}
