//! Hours in minutes: several schools that are refreshed without pause through one launcher, while Knack changes, Knack,
//! Supabase and Redis fail at random, refreshes are killed and suspended, and the launcher itself is killed and started again.
//! Afterwards nothing may be left over, every school must be free, and every row must be as Knack holds it.
//!
//! What happens is decided by a seed, which is printed; when it happens, by the machine.

mod callers;
mod checks;
mod course;
mod processes;
mod schools;
mod service;
mod tally;
mod trouble;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use fastrand::Rng;

use course::all_at_once;
use trouble::Restarts;
use world::World;

/// Refreshes schools through a launcher while everything fails at random
#[derive(Parser)]
struct Args {
    /// So long; the checks at the end take some seconds more
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    seconds: u64,
    /// Decides what happens; another one each time, unless it is given
    #[arg(long)]
    seed: Option<u64>,
    /// The refresh's program
    #[arg(long)]
    cli: PathBuf,
    /// The launcher
    #[arg(long)]
    launcher: PathBuf,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let all = Duration::from_secs(args.seconds);
    tally::say(&format!(
        "Soaking for {} s. The seed is {seed}.",
        args.seconds
    ))?;
    let mut rng = Rng::with_seed(seed);
    let world = World::start(&args.launcher, &args.cli).await?;

    // The launcher is killed and started again, and then lives on until the end.
    all_at_once(&world, &mut rng, all.mul_f64(0.4), Restarts::Too).await?;
    world.restart().await?;
    all_at_once(&world, &mut rng, all.mul_f64(0.2), Restarts::None).await?;
    let before = world.measure().await?;
    all_at_once(&world, &mut rng, all.mul_f64(0.4), Restarts::None).await?;
    let after = world.measure().await?;

    let checks = checks::at_the_end(world, &before, &after).await?;
    Ok(if checks.print()? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
