//! Running the program under measurement: wall time, CPU, peak memory, and what the sandbox saw of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sandbox::data::standard_schools;
use sandbox::knack::{Latency, Options};
use sandbox::world::{Rows, World};
use sync_protocol::Summary;

/// The sandbox's model of one page: seconds before the first row, and for each row.
const PAGE_SECONDS: f64 = 0.3;
const ROW_SECONDS: f64 = 0.0087;

/// How the program reads Knack.
#[derive(Clone, Copy)]
pub(crate) enum FetchMode {
    /// As it does by itself.
    Wave,
    /// Page after page of 1,000, as the original did.
    Sequential,
}

/// A world to measure in.
pub(crate) struct Bench {
    cli: PathBuf,
    world: World,
}

/// One measured run.
pub(crate) struct Measured {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) peak_mb: f64,
    /// Writes to Supabase beside the log row's.
    pub(crate) writes: usize,
    /// Rows of the largest page asked for.
    pub(crate) largest_page: f64,
}

impl Bench {
    #[expect(
        clippy::disallowed_methods,
        reason = "a world needs to know its day once"
    )]
    pub(crate) async fn start(cli: &Path, latency: Latency) -> Result<Self> {
        let london = TimeZone::get("Europe/London")?;
        let today = london.to_datetime(Timestamp::now()).date();
        let mut options = Options::new(today, standard_schools(today));
        options.latency = latency;
        Ok(Self {
            cli: cli.to_owned(),
            world: World::start(Rows::Postgres, options).await?,
        })
    }

    /// Refreshes a school once.
    pub(crate) async fn refresh(&self, school: &str, mode: FetchMode) -> Result<Measured> {
        self.world.knack.clear_seen();
        self.world.proxy.forget();
        let mut command = Command::new(&self.cli);
        command
            .args(["--establishment-id", school])
            .envs(self.world.environment())
            .stdin(Stdio::null());
        if let FetchMode::Sequential = mode {
            command.args(["--max-in-flight", "1", "--rows-per-page", "1000"]);
        }
        let measured = tokio::task::spawn_blocking(move || run(command)).await??;
        let log_writes = |table: &str| table == "sync_logs";
        let pages = self.world.knack.seen();
        let largest = pages
            .iter()
            .filter_map(|seen| seen.param("rows_per_page")?.parse().ok());
        Ok(Measured {
            writes: self
                .world
                .proxy
                .writes()
                .iter()
                .filter(|write| !log_writes(write.table()))
                .count(),
            largest_page: largest.fold(0.0, f64::max),
            ..measured
        })
    }

    /// What no program could do without in steady state: read the school, wait for the slowest page, close the log row.
    pub(crate) async fn critical_path(&self, runs: &[Measured]) -> Result<f64> {
        let supabase = self.world.supabase.url();
        let client = reqwest::Client::builder().build()?;
        let mut requests = Vec::new();
        for _ in 0..9 {
            let started = Instant::now();
            let url =
                format!("{supabase}/rest/v1/establishments?select=id,name,students(count)&limit=1");
            let response = client
                .get(url)
                .header("apikey", self.world.supabase.secret_key())
                .send()
                .await?;
            response.error_for_status()?.bytes().await?;
            requests.push(started.elapsed().as_secs_f64());
        }
        let page = runs.iter().map(|run| run.largest_page).fold(0.0, f64::max);
        Ok(2.0 * median(requests) + PAGE_SECONDS + ROW_SECONDS * page)
    }
}

fn run(mut command: Command) -> Result<Measured> {
    let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let started = Instant::now();
    let output = command.output().context("the program does not start")?;
    let wall = started.elapsed().as_secs_f64();
    let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let summary: Summary = serde_json::from_slice(&output.stdout).context("no summary")?;
    ensure!(summary.success, "the refresh failed: {:?}", summary.error);
    let spent = |usage: &nix::sys::resource::Usage| {
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
    };
    Ok(Measured {
        wall,
        cpu: seconds(spent(&after) - spent(&before)),
        // Kilobytes, and of the largest child so far; the largest school comes last.
        peak_mb: seconds(after.max_rss() * 1_000),
        writes: 0,
        largest_page: 0.0,
    })
}

/// Microseconds to seconds (and bytes to megabytes).
fn seconds(micro: i64) -> f64 {
    f64::from(i32::try_from(micro).unwrap_or(i32::MAX)) / 1e6
}

/// The middle of some figures.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
