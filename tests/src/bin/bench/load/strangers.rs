//! Many requests a second without a token.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::percentile::percentile;
use super::stub::Stub;
use crate::measure::Bench;

const TIME: Duration = Duration::from_secs(30);
/// Ten every ten milliseconds.
const BETWEEN: Duration = Duration::from_millis(10);
const EACH: usize = 10;

/// What became of them.
pub(super) struct Strangers {
    pub(super) a_second: f64,
    pub(super) not_refused: f64,
    pub(super) p99_ms: f64,
    pub(super) refreshes: f64,
}

pub(super) async fn ask(bench: &Bench, program: &Path, school: &str) -> Result<Strangers> {
    let stub = Stub::that("tells twenty events")?;
    let tokens = tempfile::NamedTempFile::new()?;
    std::fs::write(tokens.path(), format!("{} all office\n", "0".repeat(64)))?;
    let path = tokens.path().display().to_string();
    let settings = [
        ("LAUNCHER_AUTH", "token"),
        ("LAUNCHER_TOKENS_FILE", path.as_str()),
    ];
    let launcher = stub.launcher(bench, program, &settings).await?;
    let started = Instant::now();
    let mut ticks = tokio::time::interval(BETWEEN);
    let mut asking = JoinSet::new();
    while started.elapsed() < TIME {
        ticks.tick().await;
        for _ in 0..EACH {
            let request = launcher.post(school);
            asking.spawn(async move {
                let asked = Instant::now();
                let status = request.send().await.map(|answer| answer.status().as_u16());
                (status.ok(), asked.elapsed().as_secs_f64() * 1e3)
            });
        }
    }
    let answers = asking.join_all().await;
    let took = started.elapsed().as_secs_f64();
    let refused = answers
        .iter()
        .filter(|(status, _)| *status == Some(401))
        .count();
    let figure = |count: usize| u32::try_from(count).map(f64::from);
    let mut times: Vec<f64> = answers.iter().map(|(_, time)| *time).collect();
    Ok(Strangers {
        a_second: figure(answers.len())? / took,
        not_refused: figure(answers.len() - refused)?,
        p99_ms: percentile(&mut times, 99),
        refreshes: f64::from(u8::from(stub.was_started())),
    })
}
