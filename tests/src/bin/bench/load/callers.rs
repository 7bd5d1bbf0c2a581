//! Many callers who want the same school refreshed.

use std::path::Path;

use anyhow::Result;
use futures_util::future::join_all;
use serde_json::Value;

use super::stub::Stub;
use crate::launcher::Launcher;
use crate::measure::Bench;

const CALLERS: usize = 200;

/// What they got.
pub(super) struct Shared {
    pub(super) refreshes: f64,
    pub(super) with_summary: f64,
}

pub(super) async fn of_one_school(bench: &Bench, program: &Path, school: &str) -> Result<Shared> {
    let stub = Stub::that("tells twenty events")?;
    let launcher = stub
        .launcher(bench, program, &[("LAUNCHER_AUTH", "none")])
        .await?;
    let answers = join_all((0..CALLERS).map(|_| ask(&launcher, school))).await;
    let answers: Vec<Value> = answers.into_iter().collect::<Result<_>>()?;
    let first = &answers[0]["summary"];
    let same = answers
        .iter()
        .filter(|answer| !first.is_null() && answer["summary"] == *first);
    let with_summary = same.count();
    let started = answers
        .iter()
        .filter(|answer| answer["joined"] == false)
        .count();
    let figure = |count: usize| u32::try_from(count).map(f64::from);
    Ok(Shared {
        refreshes: figure(started)?,
        with_summary: figure(with_summary)?,
    })
}

async fn ask(launcher: &Launcher, school: &str) -> Result<Value> {
    Ok(launcher.post(school).send().await?.json().await?)
}
