//! Measures the refresh on the sandbox's latency profiles, what the launcher adds to it, and what crowds of connections and
//! floods of forged tokens do to the launcher. Sets every figure beside its goal, and beside the specification's estimate
//! (README). Ends with 1 if a goal is missed by more than a quarter.

mod answers;
mod connections;
mod cycles;
mod figures;
mod forged;
mod launcher;
mod measure;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use sandbox::data::schools;
use sandbox::knack::Latency;

use figures::{Figure, Sheet};
use measure::{Bench, FetchMode, median};

/// The specification's estimate, in seconds: README explains it.
const EXPECTED: [(&str, &str, &str); 5] = [
    ("50", schools::TINY, "5–10"),
    ("200", schools::SMALL, "15–20"),
    ("465", schools::EXAMPLE, "30–40"),
    ("1,000", schools::LARGE, "50–70"),
    ("2,000", schools::HUGE, "90–120"),
];

/// Pairs of runs behind the median of the profile `contended`, each some twenty seconds long.
const CONTENDED_RUNS: usize = 3;

#[derive(Parser)]
struct Args {
    /// The refresh's program, built for release
    #[arg(long)]
    cli: PathBuf,
    /// The launcher, built for release
    #[arg(long)]
    launcher: PathBuf,
    /// Measure this alone
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Steady-state runs behind each median
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The refresh, run directly
    Refresh,
    /// What question answers cost it
    Answers,
    /// What the launcher adds to it
    Launcher,
    /// What thousands of connections cost the launcher
    Connections,
    /// What a flood of forged tokens at the launcher adds to it
    Forged,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut sheet = Sheet::default();
    let wants = |part| args.only.is_none_or(|only| only == part);
    if wants(Part::Refresh) {
        realistic(&args, &mut sheet).await?;
        contended(&args, &mut sheet).await?;
    }
    if wants(Part::Refresh) || wants(Part::Answers) {
        answers::measure(&args.cli, args.runs, &mut sheet).await?;
    }
    if wants(Part::Launcher) {
        served(&args, &mut sheet).await?;
    }
    if wants(Part::Connections) {
        crowded(&args, &mut sheet).await?;
    }
    if wants(Part::Forged) {
        flooded(&args, &mut sheet).await?;
    }
    sheet.print()?;
    Ok(if sheet.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn realistic(args: &Args, sheet: &mut Sheet) -> Result<()> {
    let bench = Bench::start(&args.cli, Latency::Realistic).await?;
    for (students, school, expected) in EXPECTED {
        let first = bench.refresh(school, FetchMode::Wave).await?;
        let mut steady = Vec::new();
        for _ in 0..args.runs {
            steady.push(bench.refresh(school, FetchMode::Wave).await?);
        }
        let sequential = bench.refresh(school, FetchMode::Sequential).await?;
        let wall = median(steady.iter().map(|run| run.wall));
        sheet.school(students, expected, first.wall, wall, sequential.wall);
        let faster = sequential.wall / wall;
        let critical = wall / bench.critical_path(&steady).await?;
        match students {
            "465" => {
                sheet.figure(Figure::at_most(
                    "465 students, steady state",
                    "s",
                    wall,
                    1.6,
                ));
                sheet.figure(Figure::at_least(
                    "465 students, speed-up over sequential",
                    "×",
                    faster,
                    3.0,
                ));
                sheet.figure(Figure::at_most(
                    "465 students, wall time ÷ critical path",
                    "×",
                    critical,
                    1.1,
                ));
            }
            "2,000" => {
                let first_import = first.wall / wall;
                let cpu = median(steady.iter().map(|run| run.cpu));
                let memory = median(steady.iter().map(|run| run.peak_mb));
                let writes = median(steady.iter().map(|run| run.writes));
                sheet.figure(Figure::at_most(
                    "2,000 students, steady state",
                    "s",
                    wall,
                    3.6,
                ));
                sheet.figure(Figure::at_least(
                    "2,000 students, speed-up over sequential",
                    "×",
                    faster,
                    5.0,
                ));
                sheet.figure(Figure::at_most(
                    "2,000 students, first import ÷ steady state",
                    "×",
                    first_import,
                    2.0,
                ));
                sheet.figure(Figure::at_most(
                    "2,000 students, wall time ÷ critical path",
                    "×",
                    critical,
                    1.1,
                ));
                sheet.figure(Figure::at_most("2,000 students, CPU time", "s", cpu, 0.3));
                sheet.figure(Figure::at_most(
                    "2,000 students, peak memory",
                    "MB",
                    memory,
                    96.0,
                ));
                sheet.figure(Figure::at_most(
                    "2,000 students, writes in steady state, excluding the log row",
                    "",
                    writes,
                    0.0,
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The opposite assumption: Knack serves eight requests side by side no faster than one after the other.
async fn contended(args: &Args, sheet: &mut Sheet) -> Result<()> {
    let bench = Bench::start(&args.cli, Latency::Contended).await?;
    for (students, school) in [("465", schools::EXAMPLE), ("2,000", schools::HUGE)] {
        bench.refresh(school, FetchMode::Wave).await?;
        let mut ratios = Vec::new();
        for _ in 0..CONTENDED_RUNS {
            let wave = bench.refresh(school, FetchMode::Wave).await?;
            let sequential = bench.refresh(school, FetchMode::Sequential).await?;
            ratios.push(wave.wall / sequential.wall);
        }
        let name = format!("`contended`, {students} students: wall time ÷ sequential");
        let ratio = median(ratios);
        sheet.figure(Figure::at_most(&name, "×", ratio, 1.0));
    }
    Ok(())
}

/// What the launcher adds, where nothing else takes long.
async fn served(args: &Args, sheet: &mut Sheet) -> Result<()> {
    let bench = Bench::start(&args.cli, Latency::None).await?;
    let cost = launcher::cost(&bench, &args.launcher).await?;
    sheet.figure(Figure::at_most(
        "launcher: overhead on top of the refresh",
        "ms",
        cost.overhead_ms,
        25.0,
    ));
    sheet.figure(Figure::at_most(
        "launcher: idle memory",
        "MB",
        cost.idle_mb,
        25.0,
    ));
    Ok(())
}

/// Readers, and then those who do not read, from many addresses and from one.
async fn crowded(args: &Args, sheet: &mut Sheet) -> Result<()> {
    let bench = Bench::start(&args.cli, Latency::None).await?;
    for (from, addresses) in [("from 40 addresses", 40), ("from one address", 1)] {
        let crowd = connections::crowd(&bench, &args.launcher, addresses).await?;
        let name = format!(
            "launcher: peak memory, 4,000 clients that read, then 4,000 that do not, {from}"
        );
        sheet.figure(Figure::at_most(&name, "MB", crowd.peak_mb, 200.0));
        let worst = crowd.worst_ms;
        let name =
            format!("launcher: `/healthz` under that load, median (worst {worst:.0} ms), {from}");
        sheet.figure(Figure::at_most(&name, "ms", crowd.median_ms, 100.0));
    }
    Ok(())
}

/// What refreshes lose when somebody shows the launcher tokens that they made up, fifty a second.
async fn flooded(args: &Args, sheet: &mut Sheet) -> Result<()> {
    let bench = Bench::start(&args.cli, Latency::Realistic).await?;
    for (students, school) in [("465", schools::EXAMPLE), ("2,000", schools::HUGE)] {
        let ratio = forged::slowdown(&bench, &args.launcher, school, args.runs).await?;
        let name =
            format!("{students} students, time with fifty forged tokens a second ÷ time without");
        sheet.figure(Figure::at_most(&name, "×", ratio, 1.05));
    }
    Ok(())
}
