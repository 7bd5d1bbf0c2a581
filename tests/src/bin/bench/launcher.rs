//! The launcher under measurement: what a waiting caller pays for it beside the refresh itself, and what it keeps in memory.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::RequestBuilder;
use sandbox::data::schools;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::measure::{Bench, FetchMode, median};

/// Pairs of runs behind the median.
const PAIRS: usize = 11;
/// After so long no earlier run's requests to Knack count, so none is held back by the limit of requests a second.
pub(crate) const QUIET: Duration = Duration::from_millis(1_100);

/// What it costs.
pub(crate) struct Cost {
    /// Median of a waiting request's time beyond that of the refresh run directly.
    pub(crate) overhead_ms: f64,
    /// Resident memory, started and having refreshed once.
    pub(crate) idle_mb: f64,
}

/// A running launcher; it is killed when this is dropped.
pub(crate) struct Launcher {
    child: Child,
    pub(crate) url: String,
    http: reqwest::Client,
}

/// Measures it in this world, on a small school.
pub(crate) async fn cost(bench: &Bench, program: &Path) -> Result<Cost> {
    let launcher = Launcher::start(bench, program, &[("LAUNCHER_AUTH", "none")]).await?;
    launcher.refresh().await?;
    let idle_mb = launcher.resident_mb()?;
    let mut overheads = Vec::new();
    for _ in 0..PAIRS {
        tokio::time::sleep(QUIET).await;
        let direct = bench.refresh(schools::TINY, FetchMode::Wave).await?.wall;
        tokio::time::sleep(QUIET).await;
        let served = launcher.refresh().await?;
        overheads.push((served - direct) * 1e3);
    }
    Ok(Cost {
        overhead_ms: median(overheads),
        idle_mb,
    })
}

impl Launcher {
    pub(crate) async fn start(
        bench: &Bench,
        program: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .envs(bench.environment())
            .env("LAUNCHER_BIND", "127.0.0.1:0")
            .env("LAUNCHER_CLI", std::path::absolute(bench.cli())?)
            .env("LAUNCHER_COOLDOWN_SECONDS", "0")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the launcher does not start")?;
        let stderr = child.stderr.take().context("its log cannot be read")?;
        let mut log = BufReader::new(stderr).lines();
        let url = format!("http://{}", address(&mut log).await?);
        // A full pipe would hold it up.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Ok(Self {
            child,
            url,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Refreshes a small school and waits for it; returns how many seconds that took.
    async fn refresh(&self) -> Result<f64> {
        let request = self.post(schools::TINY);
        let started = Instant::now();
        let answer: Value = request.send().await?.json().await?;
        let wall = started.elapsed().as_secs_f64();
        ensure!(answer["success"] == true, "the refresh failed: {answer}");
        Ok(wall)
    }

    /// A request for a refresh, not sent yet.
    pub(crate) fn post(&self, school: &str) -> RequestBuilder {
        let url = format!("{}/api/sync/refresh-establishment", self.url);
        let request = self.http.post(url);
        request.json(&json!({ "establishmentId": school }))
    }

    /// A request for what is at this address, not sent yet.
    pub(crate) fn get(&self, url: &str) -> RequestBuilder {
        self.http.get(url)
    }

    /// How many children it has now.
    pub(crate) fn children(&self) -> Result<f64> {
        let id = self.child.id().context("the launcher has ended")?;
        let mut count = 0;
        for task in std::fs::read_dir(format!("/proc/{id}/task"))?.flatten() {
            // A thread may have ended meanwhile.
            let children = std::fs::read_to_string(task.path().join("children"));
            count += children.unwrap_or_default().split_whitespace().count();
        }
        Ok(f64::from(u32::try_from(count)?))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.url.trim_start_matches("http://").parse()?)
    }

    /// The most memory it has had.
    pub(crate) fn peak_mb(&self) -> Result<f64> {
        self.memory_mb("VmHWM:")
    }

    /// The memory it has now.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        self.memory_mb("VmRSS:")
    }

    fn memory_mb(&self, name: &str) -> Result<f64> {
        let id = self.child.id().context("the launcher has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes: f64 = line
            .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
            .context("its memory cannot be read")?;
        Ok(kilobytes / 1e3)
    }
}

/// By the clock that the stub in the place of the refresh reads too, since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "two programs compare their times"
)]
pub(crate) fn microseconds() -> u64 {
    let now = jiff::Timestamp::now().as_microsecond();
    now.try_into().unwrap_or_default()
}

/// Where it listens, as its log says.
async fn address(log: &mut Lines<BufReader<ChildStderr>>) -> Result<String> {
    while let Some(line) = log.next_line().await? {
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        if said["message"] == "listening" {
            let address = said["addresses"].as_str();
            return Ok(address.context("it listens nowhere")?.to_owned());
        }
    }
    anyhow::bail!("the launcher ended before it listened")
}
