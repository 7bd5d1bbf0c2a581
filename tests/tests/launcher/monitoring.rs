//! The figures of a launcher that runs, and the files that are made of them: every metric that an alert or a panel names is one
//! that the launcher exports, and each alert does what its tests say (scripts/check-monitoring).

use std::collections::BTreeSet;
use std::process::Stdio;

use e2e::{Launcher, Stage, program, until_asked};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::fleet::world::{Fleet, run};
use crate::misbehaving::Scene;

const ALERTS: &str = include_str!("../../../monitoring/alerts.yml");
const DASHBOARD: &str = include_str!("../../../monitoring/dashboard.json");

async fn metrics(launcher: &Launcher) -> String {
    launcher.get("/metrics").await.text
}

/// The names of all figures, without what a histogram adds to them.
fn exported(metrics: &str) -> BTreeSet<String> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split(['{', ' ']).next());
    names.map(str::to_owned).collect()
}

/// The words of an expression that name a figure of ours.
fn named(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let prefixes = [
        "sync_",
        "http_",
        "knack_",
        "process_",
        "log_lines_",
        "notifications_",
        "cache_",
        "user_",
    ];
    // What stands in quotes is a label's value.
    let outside = text.split('"').step_by(2);
    let words = outside.flat_map(|text| text.split(move |c| !is_name(c)));
    words
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .filter(|word| word.ends_with(char::is_alphabetic))
        .map(str::to_owned)
        .collect()
}

fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is a dashboard of Grafana's");
    let panels = dashboard["panels"]
        .as_array()
        .expect("it is a dashboard of Grafana's");
    let targets = panels.iter().flat_map(|panel| {
        panel["targets"]
            .as_array()
            .expect("it is a dashboard of Grafana's")
    });
    let panels = targets.map(|target| {
        target["expr"]
            .as_str()
            .expect("it is a dashboard of Grafana's")
            .to_owned()
    });
    let mut inside = false;
    let alerts = ALERTS.lines().filter(|line| {
        let line = line.trim_start();
        match line.strip_prefix("expr:") {
            Some(_) => inside = true,
            None if line.starts_with("for:") || line.starts_with("labels:") => inside = false,
            None => {}
        }
        inside
    });
    panels
        .chain([alerts.collect::<Vec<_>>().join("\n")])
        .collect()
}

#[tokio::test]
async fn every_figure_that_an_alert_or_a_panel_names_is_exported() {
    // A figure of Knack's allowance and of a school needs a refresh, and that of the nightly job its row.
    let stage = Stage::builder().own_database().start([]).await;
    let nightly = serde_json::json!({
        "sync_type": "scheduled_sync", "status": "completed",
        "started_at": "2026-11-23T01:00:00Z", "completed_at": "2026-11-23T01:42:00Z",
    });
    stage.db.insert("sync_logs", &nightly).await;
    let launcher = stage.launcher().start().await;
    launcher.refresh(&stage.knack_id).await.expect_status(200);
    launcher.get("/api/establishments").await.expect_status(200);

    let exported = exported(&metrics(&launcher).await);

    let named: BTreeSet<String> = expressions().iter().flat_map(|text| named(text)).collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&String> = named.difference(&exported).collect();
    assert!(missing.is_empty(), "{missing:?} of {exported:?}");
}

#[tokio::test]
async fn promtool_finds_nothing_to_say_of_the_figures() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    run(&launcher, "refresh --all --quiet").await;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is there: scripts/setup test");
    let mut stdin = promtool.stdin.take().unwrap();
    stdin
        .write_all(metrics(&launcher).await.as_bytes())
        .await
        .unwrap();
    drop(stdin);
    let said = promtool.wait_with_output().await.unwrap();
    assert!(said.status.success(), "{said:?}");
}

#[tokio::test]
async fn the_figures_say_what_runs_how_it_ended_and_what_was_refused() {
    let scene = Scene::of("fails and says so").await;
    scene.refresh().await;
    scene.program.now("behaves");
    scene.refresh().await.expect_status(200);
    scene.launcher.get("/api/sync/runs/x").await;

    let of = async |name: &str| scene.metric(name).await;
    assert_eq!(
        of("sync_run_outcomes_total{code=\"knack_unavailable\"}").await,
        "1"
    );
    assert_eq!(of("sync_run_outcomes_total{code=\"succeeded\"}").await, "1");
    assert_eq!(of("sync_run_outcomes_total{code=\"bad_data\"}").await, "0");
    assert_eq!(of("sync_queue_seconds_count").await, "2");
    assert_eq!(
        of("http_refused_total{code=\"knack_unavailable\"}").await,
        "1"
    );
    assert_eq!(of("http_refused_total{code=\"unknown_run\"}").await, "1");
    let school = &scene.stage.knack_id;
    let last = of(&format!(
        "sync_last_success_timestamp_seconds{{establishment_id=\"{school}\"}}"
    ))
    .await;
    assert!(last.parse::<u64>().unwrap() > 1_700_000_000);
    let text = metrics(&scene.launcher).await;
    assert!(
        text.contains("sync_launcher_build_info{commit=\""),
        "{text}"
    );
    let resident: u64 = of("process_resident_memory_bytes").await.parse().unwrap();
    assert!((1_000_000..500_000_000).contains(&resident), "{resident}");
    let files: u64 = of("process_open_fds").await.parse().unwrap();
    assert!(files > 3, "{files}");
    let cpu: f64 = of("process_cpu_seconds_total").await.parse().unwrap();
    assert!(cpu > 0.0);
}

#[tokio::test]
async fn what_is_left_of_knacks_allowance_is_shown_once_a_refresh_has_been_told() {
    let stage = Stage::with_class(1).await;
    let launcher = stage.launcher().start().await;
    assert!(!metrics(&launcher).await.contains("knack_allowance_left "));
    let refreshed = launcher.refresh(&stage.knack_id).await;
    let knack = refreshed.expect_status(200)["summary"]["knack"].clone();
    let line = format!("knack_allowance_left {}", knack["daily_remaining"]);
    let used = format!("knack_requests_total {}", knack["requests"]);
    until_asked("both are shown", async || {
        let text = metrics(&launcher).await;
        text.contains(&line) && text.contains(&used)
    })
    .await;
}

#[tokio::test]
async fn the_version_names_the_program_that_exports_it() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let version = Command::new(program("sync-launcher"))
        .arg("--version")
        .output()
        .await
        .unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let number = version.split_whitespace().nth(1).unwrap();
    let text = metrics(&launcher).await;
    assert!(
        text.contains(&format!("version=\"{number}\"")),
        "{version} {text}"
    );
}
