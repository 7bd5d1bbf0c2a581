//! Many schools at once.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;

use super::stub::Stub;
use crate::launcher::Launcher;
use crate::measure::Bench;

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// What became of them.
#[derive(Default)]
pub(super) struct Crowd {
    pub(super) most_at_a_time: f64,
    pub(super) refreshed: f64,
    /// Those who were told so, and when to come back.
    pub(super) busy: f64,
}

enum Told {
    Refreshed,
    Busy,
    Other,
}

/// Asks for a refresh of all of them at once.
pub(super) async fn refreshed(
    bench: &Bench,
    program: &Path,
    schools: &[String],
    queue: u32,
) -> Result<Crowd> {
    let stub = Stub::that("tells twenty events")?;
    let queue = queue.to_string();
    let settings = [
        ("LAUNCHER_AUTH", "none"),
        ("LAUNCHER_MAX_RUNS", "4"),
        ("LAUNCHER_MAX_QUEUE", queue.as_str()),
    ];
    let launcher = stub.launcher(bench, program, &settings).await?;
    let asking = join_all(schools.iter().map(|school| ask(&launcher, school)));
    tokio::pin!(asking);
    let mut looks = tokio::time::interval(BETWEEN_LOOKS);
    let mut crowd = Crowd::default();
    let told = loop {
        tokio::select! {
            told = &mut asking => break told,
            _ = looks.tick() => crowd.most_at_a_time = crowd.most_at_a_time.max(launcher.children()?),
        }
    };
    for told in told {
        match told? {
            Told::Refreshed => crowd.refreshed += 1.0,
            Told::Busy => crowd.busy += 1.0,
            Told::Other => {}
        }
    }
    Ok(crowd)
}

async fn ask(launcher: &Launcher, school: &str) -> Result<Told> {
    let response = launcher.post(school).send().await?;
    Ok(match response.status().as_u16() {
        200 => Told::Refreshed,
        // Whoever has waited long enough is told where the run is.
        202 => {
            let place = response.headers().get("location").context("no place")?;
            let run = format!("{}{}/events", launcher.url, place.to_str()?);
            let events = launcher.get(&run).send().await?.text().await?;
            if events.contains(r#""state":"succeeded""#) {
                Told::Refreshed
            } else {
                Told::Other
            }
        }
        503 if response.headers().contains_key("retry-after") => Told::Busy,
        _ => Told::Other,
    })
}
