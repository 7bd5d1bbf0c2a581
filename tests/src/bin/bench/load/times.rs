//! What the launcher adds before a refresh has begun and after it has ended, and what it takes when nobody asks.

use std::path::Path;

use anyhow::{Result, ensure};

use super::percentile::percentile;
use super::stub::Stub;
use crate::launcher::microseconds;
use crate::measure::Bench;

const RUNS: usize = 60;

pub(super) struct Times {
    pub(super) to_start_ms: f64,
    pub(super) to_answer_ms: f64,
    pub(super) idle_mb: f64,
}

pub(super) async fn measure(bench: &Bench, program: &Path, school: &str) -> Result<Times> {
    let stub = Stub::that("times itself")?;
    let launcher = stub
        .launcher(bench, program, &[("LAUNCHER_AUTH", "none")])
        .await?;
    let idle_mb = launcher.resident_mb()?;
    let (mut to_start, mut to_answer) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let asked = microseconds();
        let response = launcher.post(school).send().await?;
        let answered = microseconds();
        ensure!(
            response.status() == 200,
            "the refresh failed: {}",
            response.text().await?
        );
        to_start.push(milliseconds(asked, stub.time("begun")?)?);
        to_answer.push(milliseconds(stub.time("ended")?, answered)?);
    }
    Ok(Times {
        to_start_ms: percentile(&mut to_start, 95),
        to_answer_ms: percentile(&mut to_answer, 95),
        idle_mb,
    })
}

fn milliseconds(from: u64, to: u64) -> Result<f64> {
    Ok(f64::from(u32::try_from(to.saturating_sub(from))?) / 1e3)
}
