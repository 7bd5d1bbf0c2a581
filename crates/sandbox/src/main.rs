//! Starts a world and lives in it: `sandbox run -- COMMAND` runs one command there, `sandbox serve` stays until its stdin
//! ends, and `sandbox knack` does so with Knack alone.

use std::io::Write;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sandbox::data::{more_schools, standard_schools, standard_staff};
use sandbox::knack::{Knack, Latency, Options};
use sandbox::world::{Rows, World, knack_environment};
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

/// A world for the refresh on one machine: Knack simulated, Supabase real, every name and answer invented.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    action: Action,

    /// How Supabase keeps its rows
    #[arg(long, value_enum, default_value = "embedded", global = true)]
    supabase: Supabase,

    /// Where an embedded Supabase keeps them
    #[arg(long, default_value = ".demo", global = true)]
    data: PathBuf,

    /// How long Knack takes
    #[arg(long, value_enum, default_value = "realistic", global = true)]
    latency: Latency,

    /// How many small schools there are besides the standard ones
    #[arg(long, default_value_t = 0, global = true)]
    more_schools: usize,
}

#[derive(Subcommand)]
enum Action {
    /// Run one command in the world and end with its exit code
    Run {
        /// The command and its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Print the world's settings as one line of JSON and stay until stdin ends
    Serve,
    /// The same with Knack alone, for clients that need no Supabase
    Knack,
}

#[derive(Clone, Copy, ValueEnum)]
enum Supabase {
    /// Within Supabase Lite itself
    Embedded,
    /// In a PostgreSQL of its own
    Postgres,
}

/// What went wrong is for a person, so it is said without a backtrace.
#[tokio::main]
async fn main() -> ExitCode {
    match act(Args::parse()).await {
        Ok(code) => code,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn act(args: Args) -> Result<ExitCode> {
    let rows = match args.supabase {
        Supabase::Embedded => Rows::Embedded(std::path::absolute(args.data)?),
        Supabase::Postgres => Rows::Postgres,
    };
    let today = today();
    let mut schools = standard_schools(today);
    schools.extend(more_schools(today, args.more_schools));
    let mut options = Options::new(today, schools);
    options.staff = standard_staff();
    options.latency = args.latency;
    match args.action {
        Action::Run { command } => run(&World::start(rows, options).await?, &command).await,
        Action::Serve => {
            let world = World::start(rows, options).await?;
            serve(world.environment()).await
        }
        Action::Knack => {
            let knack = Knack::start(options)?;
            serve(knack_environment(&knack)).await
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a world needs to know its day once"
)]
fn today() -> jiff::civil::Date {
    let london = TimeZone::get("Europe/London").expect("time zones are bundled");
    london.to_datetime(Timestamp::now()).date()
}

/// Ctrl-C reaches the command as well, which then ends in its own way; a TERM is passed on.
async fn run(world: &World, command: &[String]) -> Result<ExitCode> {
    let (program, arguments) = command.split_first().context("a command is needed")?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .envs(world.environment())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = interrupt.recv() => {}
            _ = terminate.recv() => pass_on_term(&child)?,
        }
    };
    writeln!(std::io::stderr(), "{}", world.story())?;
    Ok(code(status))
}

fn pass_on_term(child: &tokio::process::Child) -> Result<()> {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Some(id) = child.id() {
        kill(Pid::from_raw(id.try_into()?), Signal::SIGTERM)?;
    }
    Ok(())
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Prints the settings, and stays.
async fn serve(environment: impl IntoIterator<Item = (&'static str, String)>) -> Result<ExitCode> {
    let settings: serde_json::Map<_, _> = environment
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &settings)?;
    writeln!(stdout)?;
    drop(stdout);
    let mut sink = Vec::new();
    tokio::io::stdin().read_to_end(&mut sink).await?;
    Ok(ExitCode::SUCCESS)
}
