//! The launcher: where it is just now, how it is asked, and its end and its next start.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use e2e::{Launcher, Stage};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::processes::{self, Process};

/// For the processes of a launcher that was killed; they go within two seconds on a machine that is not busy.
const UNTIL_GONE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// Longer than any run is given.
const LONGEST_ANSWER: Duration = Duration::from_mins(1);

/// It, and how to start another.
pub(crate) struct Service {
    program: PathBuf,
    cli: PathBuf,
    redis: String,
    /// None while it is being started again.
    running: RefCell<Option<Launcher>>,
    http: reqwest::Client,
}

/// What was answered: the status, and JSON if it was any.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

impl Service {
    pub(crate) async fn start(
        stage: &Stage,
        program: &Path,
        cli: &Path,
        redis: String,
    ) -> Result<Self> {
        let service = Self {
            program: std::path::absolute(program)?,
            cli: std::path::absolute(cli)?,
            redis,
            running: RefCell::default(),
            // Each request has a connection of its own, so that none counts among what the launcher holds when nobody asks.
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .timeout(LONGEST_ANSWER)
                .build()?,
        };
        service.start_again(stage).await;
        Ok(service)
    }

    pub(crate) async fn start_again(&self, stage: &Stage) {
        let launcher = stage.launcher_at(&self.program).cli(&self.cli);
        let launcher = launcher
            .env("REDIS_URL", &self.redis)
            .env("LAUNCHER_COOLDOWN_SECONDS", "0")
            .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
            .env("LAUNCHER_REQUESTS_PER_MINUTE", "100000")
            .env("LAUNCHER_RUN_TIMEOUT_SECONDS", "20")
            .env("LAUNCHER_STOP_GRACE_SECONDS", "2")
            .env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "1")
            .env("KNACK_TIMEOUT_SECONDS", "4")
            .env("SUPABASE_TIMEOUT_SECONDS", "4");
        let started = launcher.start().await;
        self.running.replace(Some(started));
    }

    /// Its process; none while there is none.
    pub(crate) fn pid(&self) -> Option<i32> {
        self.running.borrow().as_ref().map(Launcher::pid)
    }

    fn url(&self, path: &str) -> Option<String> {
        let running = self.running.borrow();
        Some(format!("{}{path}", running.as_ref()?.url()))
    }

    /// Asks for a refresh, and waits for it unless `at_once`.
    pub(crate) async fn refresh(&self, school: &str, at_once: bool) -> Option<Answered> {
        let url = self.url("/api/sync/refresh-establishment")?;
        let request = self
            .http
            .post(url)
            .json(&json!({ "establishmentId": school }));
        let request = if at_once {
            request.header("Prefer", "respond-async")
        } else {
            request
        };
        answered(request).await
    }

    pub(crate) async fn cancel(&self, run: &str) -> Option<Answered> {
        answered(self.http.delete(self.url(run)?)).await
    }

    /// Follows a run to the end of the stream; whether it said that the run has ended.
    pub(crate) async fn follow(&self, run: &str) -> Option<bool> {
        let url = self.url(&format!("{run}/events"))?;
        let text = self.http.get(url).send().await.ok()?.text().await.ok()?;
        Some(text.contains("\nevent: end\n") || text.starts_with("event: end\n"))
    }

    /// Ends it with this signal. Returns how long its refreshes lived on.
    pub(crate) async fn end(&self, signal: Signal, mark: &str) -> Result<Duration> {
        let Some(mut launcher) = self.running.take() else {
            return Ok(Duration::ZERO);
        };
        launcher.signal(signal);
        launcher.end().await;
        let ended = Instant::now();
        let mut left: Vec<Process> = processes::with_in_environment(mark);
        while !left.is_empty() {
            if ended.elapsed() > UNTIL_GONE {
                bail!("{left:?} outlived their launcher, which got {signal}");
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            left = processes::with_in_environment(mark);
        }
        Ok(ended.elapsed())
    }

    /// Waits until it has no child any more.
    pub(crate) async fn rest(&self) -> Result<()> {
        let since = Instant::now();
        while self
            .pid()
            .is_some_and(|pid| !processes::children(pid).is_empty())
        {
            if since.elapsed() > LONGEST_ANSWER {
                bail!(
                    "the launcher still has children: {:?}",
                    self.pid().map(processes::children)
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(())
    }
}

/// None where nobody answers, or nobody any more.
async fn answered(request: reqwest::RequestBuilder) -> Option<Answered> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let location = response.headers().get("location");
    let location = location.and_then(|place| Some(place.to_str().ok()?.to_owned()));
    let text = response.text().await.ok()?;
    Some(Answered {
        status,
        location,
        body: serde_json::from_str(&text).unwrap_or_default(),
    })
}
