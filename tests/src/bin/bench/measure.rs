//! Running the program under measurement: wall time, CPU, peak memory, and what the sandbox saw of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sandbox::data::{ANSWERS, School, standard_schools};
use sandbox::knack::{Latency, Options, Seen};
use sandbox::world::{Rows, World};
use sync_protocol::Summary;
use tokio_postgres::NoTls;

/// The sandbox's model of one page: seconds before the first row, and for each row of records and of answers.
const PAGE_SECONDS: f64 = 0.3;
const ROW_SECONDS: f64 = 0.0087;
const ANSWERS_ROW_SECONDS: f64 = 0.008;

/// Knack's limit, as every refresh keeps it: so many starts in so many seconds.
const STARTS: usize = 9;
const WINDOW_SECONDS: f64 = 1.1;

/// Nothing is given up before it has been measured.
const LONGEST_SECONDS: &str = "1800";

/// Runs behind a median, at least.
pub(crate) const FEWEST_RUNS: usize = 3;
/// Runs whose times differ by no more than this part of them need no further run.
const SMALL_SPREAD: f64 = 0.03;

/// How the program reads Knack.
#[derive(Clone, Copy)]
pub(crate) enum FetchMode {
    /// As it does by itself.
    Wave,
    /// The same, but for question answers.
    WithoutAnswers,
    /// Page after page of 1,000 (docs/knack-and-dashboard.md, "The original refresh").
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
    /// Rows of question answers that match Knack afterwards.
    pub(crate) answers: u64,
    /// Writes to Supabase beside the log row's.
    pub(crate) writes: f64,
    /// When the last page can have come, of those that were asked for.
    pub(crate) last_page: f64,
}

impl Bench {
    /// A world of the standard schools, none of them stored, with a Knack that takes no time yet.
    pub(crate) async fn start(cli: &Path) -> Result<Self> {
        let today = today()?;
        Self::start_with(cli, today, standard_schools(today)).await
    }

    /// The same in a world of these schools.
    pub(crate) async fn start_with(cli: &Path, today: Date, schools: Vec<School>) -> Result<Self> {
        let options = Options::new(today, schools);
        Ok(Self {
            cli: cli.to_owned(),
            world: World::start(Rows::Postgres, options).await?,
        })
    }

    /// From now on, Knack takes as long as that.
    pub(crate) fn be(&self, latency: Latency) {
        self.world.knack.be(latency);
    }

    /// Forgets what Knack was asked until now.
    pub(crate) fn forget_requests(&self) {
        self.world.knack.clear_seen();
    }

    /// How often Knack was asked since then, and how often it refused because of its limit.
    pub(crate) fn requests(&self) -> (f64, f64) {
        let seen = self.world.knack.seen();
        let refused = seen.iter().filter(|seen| seen.status == Some(429)).count();
        let count = |n: usize| u32::try_from(n).map_or(f64::MAX, f64::from);
        (count(seen.len()), count(refused))
    }

    /// The program that refreshes.
    pub(crate) fn cli(&self) -> &Path {
        &self.cli
    }

    /// What a program needs to live in this world.
    pub(crate) fn environment(&self) -> impl IntoIterator<Item = (&'static str, String)> {
        self.world.environment()
    }

    /// Refreshes a school once.
    pub(crate) async fn refresh(&self, school: &str, mode: FetchMode) -> Result<Measured> {
        self.world.knack.clear_seen();
        self.world.proxy.forget();
        let mut command = Command::new(&self.cli);
        command
            .args(["--establishment-id", school, "--timeout", LONGEST_SECONDS])
            .envs(self.world.environment())
            .stdin(Stdio::null());
        match mode {
            FetchMode::Wave => {}
            FetchMode::WithoutAnswers => {
                command.arg("--without-answers");
            }
            FetchMode::Sequential => {
                command.args(["--max-in-flight", "1", "--rows-per-page", "1000"]);
            }
        }
        let measured = tokio::task::spawn_blocking(move || run(command)).await??;
        let writes = self.world.proxy.writes();
        let of_rows = writes
            .iter()
            .filter(|write| write.table() != "sync_logs")
            .count();
        Ok(Measured {
            writes: f64::from(u32::try_from(of_rows)?),
            last_page: last_page(&self.world.knack.seen()),
            ..measured
        })
    }

    /// Refreshes a school so many times at most, and less often where the times hardly differ.
    pub(crate) async fn repeated(
        &self,
        school: &str,
        mode: FetchMode,
        at_most: usize,
    ) -> Result<Vec<Measured>> {
        let mut runs: Vec<Measured> = Vec::new();
        let mut walls = Vec::new();
        while runs.len() < at_most.max(FEWEST_RUNS) && !is_settled(&walls) {
            let run = self.refresh(school, mode).await?;
            walls.push(run.wall);
            runs.push(run);
        }
        Ok(runs)
    }

    /// Forgets all students and what belongs to them, so that the next refresh is a first import.
    pub(crate) async fn forget_students(&self) -> Result<()> {
        let database = self.database().await?;
        database.batch_execute("truncate students cascade").await?;
        Ok(())
    }

    /// Sees to it that a school is stored, as fast as can be.
    pub(crate) async fn be_stored(&self, school: &str) -> Result<()> {
        let any = "select from students s join establishments e on e.id = s.establishment_id where e.knack_id = $1 limit 1";
        let stored = self.database().await?.query_opt(any, &[&school]).await?;
        if stored.is_none() {
            self.be(Latency::None);
            self.refresh(school, FetchMode::Wave).await?;
        }
        Ok(())
    }

    async fn database(&self) -> Result<tokio_postgres::Client> {
        let environment = self.world.environment();
        let url = environment.iter().find(|(name, _)| *name == "DATABASE_URL");
        let (_, url) = url.context("the world's rows are in PostgreSQL")?;
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// What no program could do without in steady state: read the school, wait for the last page that Knack's limit lets come,
    /// close the log row.
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
        let page = runs.iter().map(|run| run.last_page).fold(0.0, f64::max);
        Ok(2.0 * median(requests) + page)
    }
}

/// The day for a school in the UK.
#[expect(
    clippy::disallowed_methods,
    reason = "a world needs to know its day once"
)]
pub(crate) fn today() -> Result<Date> {
    let london = TimeZone::get("Europe/London")?;
    Ok(london.to_datetime(Timestamp::now()).date())
}

/// When the last of these requests can have been answered, the first having been sent at 0.
fn last_page(requests: &[Seen]) -> f64 {
    let windows = requests.chunks(STARTS).zip(0_u32..);
    let ends = windows.flat_map(|(window, number)| {
        window.iter().map(move |seen| {
            let rows = seen
                .param("rows_per_page")
                .and_then(|rows| rows.parse().ok());
            let row = if seen.path.contains(ANSWERS) {
                ANSWERS_ROW_SECONDS
            } else {
                ROW_SECONDS
            };
            f64::from(number) * WINDOW_SECONDS + PAGE_SECONDS + row * rows.unwrap_or(0.0)
        })
    });
    ends.fold(0.0, f64::max)
}

fn run(mut command: Command) -> Result<Measured> {
    let before = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let started = Instant::now();
    let child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("the program does not start")?;
    let status = format!("/proc/{}/status", child.id());
    let watch = thread::spawn(move || peak_mb(&status));
    let output = child.wait_with_output()?;
    let wall = started.elapsed().as_secs_f64();
    let after = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let peak_mb = watch
        .join()
        .map_err(|_| anyhow!("watching the memory failed"))?;
    let summary: Summary = serde_json::from_slice(&output.stdout).context("no summary")?;
    ensure!(summary.success, "the refresh failed: {:?}", summary.error);
    let spent = |usage: &Usage| {
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
    };
    Ok(Measured {
        wall,
        cpu: seconds(spent(&after) - spent(&before)),
        peak_mb,
        answers: summary.question_responses_synced,
        writes: 0.0,
        last_page: 0.0,
    })
}

/// The peak memory of a process, looked at until it ends. What the system reports afterwards would include the peak of
/// whoever started it, which holds all the sandbox's records.
fn peak_mb(status: &str) -> f64 {
    let mut peak = 0.0;
    while let Ok(text) = fs::read_to_string(status) {
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(kilobytes) =
            line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok())
        else {
            break;
        };
        peak = kilobytes / 1e3;
        thread::sleep(Duration::from_millis(5));
    }
    peak
}

/// Microseconds to seconds.
fn seconds(micro: i64) -> f64 {
    f64::from(i32::try_from(micro).unwrap_or(i32::MAX)) / 1e6
}

/// Whether enough runs took so nearly the same time that further ones would say nothing new.
pub(crate) fn is_settled(times: &[f64]) -> bool {
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let most = times.iter().copied().fold(0.0, f64::max);
    times.len() >= FEWEST_RUNS && most <= least * (1.0 + SMALL_SPREAD)
}

/// The middle of some figures.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
