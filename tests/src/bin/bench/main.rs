//! Measures the refresh on the sandbox's latency profiles, what the launcher adds to it, what crowds of connections and floods
//! of forged tokens do to the launcher, one command that refreshes 130 schools, and the launcher under load. Sets every figure
//! beside its goal, and beside the specification's estimate (README), as soon as it is measured. Ends with 1 if a goal is missed by more than a quarter.

mod answers;
mod connections;
mod cycles;
mod figures;
mod fleet;
mod forged;
mod launcher;
mod load;
mod measure;
mod memory;
mod refresh;
mod sizes;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use sandbox::knack::Latency;

use figures::{Figure, Sheet};
use measure::Bench;
use sizes::Size;

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
    /// Measure schools of at most so many students
    #[arg(long, value_name = "STUDENTS", default_value_t = 2_000)]
    up_to: u32,
    /// Steady-state runs behind each median, at most: three are enough where they hardly differ
    #[arg(long, value_name = "N", default_value_t = 5)]
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
    /// 130 schools by one command
    Fleet,
    /// How much memory a school of 16,000 takes
    Memory,
    /// The launcher under load, with a stub in the place of the refresh
    Load,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    drop(rustls::crypto::ring::default_provider().install_default());
    let sizes = Size::up_to(args.up_to);
    let mut sheet = Sheet::new();
    let wants = |part| args.only.is_none_or(|only| only == part);
    // One world for all that is measured with the standard schools.
    let bench = if matches!(
        args.only,
        Some(Part::Answers | Part::Fleet | Part::Load | Part::Memory)
    ) {
        None
    } else {
        Some(Bench::start(&args.cli).await?)
    };
    if let Some(bench) = bench.as_ref().filter(|_| wants(Part::Refresh)) {
        refresh::realistic(bench, &sizes, args.runs, &mut sheet).await?;
        refresh::contended(bench, &sizes, &mut sheet).await?;
    }
    if wants(Part::Answers) {
        answers::measure(&args.cli, &sizes, args.runs, &mut sheet).await?;
    }
    if wants(Part::Fleet) {
        fleet::measure(&args.cli, &args.launcher, &mut sheet).await?;
    }
    if wants(Part::Load) {
        load::measure(&args.cli, &args.launcher, &mut sheet).await?;
    }
    // Only where it is asked for: it takes minutes, and as much memory as all other parts together.
    if args.only == Some(Part::Memory) {
        memory::measure(&args.cli, &mut sheet).await?;
    }
    if let Some(bench) = bench {
        if wants(Part::Launcher) {
            served(&bench, &args, &mut sheet).await?;
        }
        if wants(Part::Connections) {
            crowded(&bench, &args, &mut sheet).await?;
        }
        if wants(Part::Forged) {
            flooded(&bench, &args, &sizes, &mut sheet).await?;
        }
    }
    Ok(if sheet.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the launcher adds, where nothing else takes long.
async fn served(bench: &Bench, args: &Args, sheet: &mut Sheet) -> Result<()> {
    bench.be(Latency::None);
    let cost = launcher::cost(bench, &args.launcher).await?;
    sheet.figures(&[
        Figure::at_most(
            "launcher: overhead on top of the refresh",
            "ms",
            cost.overhead_ms,
            25.0,
        ),
        Figure::at_most("launcher: idle memory", "MB", cost.idle_mb, 25.0),
    ])
}

/// Readers, and then those who do not read, from many addresses and from one.
async fn crowded(bench: &Bench, args: &Args, sheet: &mut Sheet) -> Result<()> {
    bench.be(Latency::None);
    for (from, addresses) in [("from 40 addresses", 40), ("from one address", 1)] {
        let crowd = connections::crowd(bench, &args.launcher, addresses).await?;
        let memory = format!(
            "launcher: peak memory, 4,000 clients that read, then 4,000 that do not, {from}"
        );
        let worst = crowd.worst_ms;
        let time =
            format!("launcher: `/healthz` under that load, median (worst {worst:.0} ms), {from}");
        sheet.figures(&[
            Figure::at_most(memory, "MB", crowd.peak_mb, 200.0),
            Figure::at_most(time, "ms", crowd.median_ms, 100.0),
        ])?;
    }
    Ok(())
}

/// What refreshes lose when somebody shows the launcher tokens that they made up, fifty a second.
async fn flooded(bench: &Bench, args: &Args, sizes: &[Size], sheet: &mut Sheet) -> Result<()> {
    for size in sizes.iter().filter(|size| size.has_goals()) {
        bench.be_stored(size.school).await?;
        bench.be(Latency::Realistic);
        let ratio = forged::slowdown(bench, &args.launcher, size.school, args.runs).await?;
        let name = format!(
            "{} students, time with fifty forged tokens a second ÷ time without",
            size.students
        );
        sheet.figure(&Figure::at_most(name, "×", ratio, 1.05))?;
    }
    Ok(())
}
