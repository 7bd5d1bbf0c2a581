//! `sync-single-establishment`: refreshes one school from Knack into Supabase and prints one JSON summary.
//!
//! [`sync`] reads as the pipeline's steps. Everything decided about a field, a date, a row or an error is in the module of
//! that name.

pub mod account;
pub mod args;
pub mod config;
pub mod domain;
pub mod error;
pub mod fetch;
pub mod findings;
pub mod knack;
mod output;
pub mod progress;
pub mod reconcile;
pub mod save;
pub mod stop;
pub mod stored;
pub mod sync;
pub mod transform;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use jiff::Timestamp;
use knack_client::KnackClient;
use settings::Environment;
use supabase_client::SupabaseClient;
use sync_protocol::{ErrorCode, Summary, SyncExit, WaitReason};
use uuid::Uuid;

use crate::account::Account;
use crate::args::{Args, Asked};
use crate::config::Config;
use crate::error::SyncError;
use crate::progress::Progress;
use crate::stop::Stop;
use crate::sync::{Order, World};

/// Whose lines are logged from the level on that the command line names.
const OURS: [&str; 3] = ["sync_cli", "knack_client", "supabase_client"];

/// How long the last lines of the log may take, once the summary is printed.
const LOG_PATIENCE: Duration = Duration::from_millis(500);

/// Does what the command line asks: prints the summary and returns the exit code.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let clock = Clock::start();
    let account = Account::new(Uuid::new_v4());
    let exit = match args::parse(command_line) {
        Ok(Asked::Help(text)) => {
            output::help(&text);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Refresh(args)) => {
            logging::start(args.progress.log_format(), args.log_level, &OURS);
            refresh(&args, &clock, account)
        }
        Err(error) => {
            let outcome = Err(error);
            let summary = clock.summary(&account, &outcome);
            exit(&outcome, &summary, output::print_blocking(&summary))
        }
    };
    logging::finish(LOG_PATIENCE);
    ExitCode::from(exit.code())
}

/// A refresh, from its settings to its printed summary.
fn refresh(args: &Args, clock: &Clock, mut account: Account) -> SyncExit {
    let stop = Stop::default();
    // One thread: the work is waiting, and what is left of it is parsing.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let outcome = Err(SyncError::Internal(error.into()));
            let summary = clock.summary(&account, &outcome);
            return exit(&outcome, &summary, output::print_blocking(&summary));
        }
    };
    let work =
        AssertUnwindSafe(|| runtime.block_on(refresh_school(args, clock, &stop, &mut account)));
    let outcome =
        catch_unwind(work).unwrap_or_else(|_| Err(SyncError::Internal(anyhow!("a panic"))));
    let summary = clock.summary(&account, &outcome);
    if let Err(error) = &outcome {
        output::log_chain(error);
    }
    let printed = runtime.block_on(stop.or_last(output::print(&summary)));
    // A name that is still being looked up would hold the end for as long as name servers are waited for.
    runtime.shutdown_background();
    exit(
        &outcome,
        &summary,
        printed.unwrap_or_else(|_stopped| Err(ErrorKind::TimedOut.into())),
    )
}

fn exit(outcome: &Result<(), SyncError>, summary: &Summary, printed: io::Result<()>) -> SyncExit {
    match (printed, outcome) {
        (Err(error), _) => {
            tracing::error!(%error, "the summary cannot be printed");
            SyncExit::Failed(ErrorCode::Internal)
        }
        (Ok(()), Ok(())) if summary.partial => SyncExit::Partial,
        (Ok(()), Ok(())) => SyncExit::Complete,
        (Ok(()), Err(error)) => error.exit(),
    }
}

async fn refresh_school(
    args: &Args,
    clock: &Clock,
    stop: &Stop,
    account: &mut Account,
) -> Result<(), SyncError> {
    account.requested = Some(args.establishment);
    account.dry_run = args.dry_run;
    let config = Config::read(&Environment::load()?)?;
    if let Some(run_id) = config.run.run_id {
        account.run_id = run_id;
    }
    let internal = |error: anyhow::Error| SyncError::Internal(error);
    stop.listen(args.timeout)
        .map_err(|error| internal(error.into()))?;
    if args.exit_on_stdin_close {
        stop.listen_to_stdin()
            .map_err(|error| internal(error.into()))?;
    }
    let http = settings::client().map_err(|error| internal(error.into()))?;
    let progress = Progress::new(args.progress);
    let on_wait = |reason| {
        let progress = progress.clone();
        move |delay| progress.waiting(reason, delay)
    };
    let knack = knack_client::Settings {
        base_url: config.knack.base_url,
        app_id: config.knack.app_id,
        api_key: config.knack.api_key,
        timeout: config.knack.timeout,
        max_in_flight: fetch::requests_in_flight(args.max_in_flight),
        budget: config.knack.budget,
    };
    let knack = KnackClient::new(http.clone(), knack, on_wait(WaitReason::Knack));
    let supabase = SupabaseClient::new(http, &config.supabase, on_wait(WaitReason::Supabase));
    let order = Order {
        establishment: args.establishment,
        academic_year: args.academic_year,
        dry_run: args.dry_run,
        max_in_flight: args.max_in_flight,
        rows_per_page: args.rows_per_page,
        started_by: config.run.started_by,
        started_at: clock.started_at,
    };
    let world = World {
        knack: &knack,
        supabase: &supabase,
        progress: &progress,
        stop,
    };
    let mut log = None;
    let outcome = Box::pin(world.sync(&order, account, &mut log)).await;
    account.usage = knack.usage();
    if let Some(log) = log {
        let summary = clock.summary(account, &outcome);
        world.close_log(log, &outcome, &summary, account).await;
    }
    progress.finish();
    outcome
}

/// The one reader of the clock.
struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: Timestamp::now(),
        }
    }

    fn summary(&self, account: &Account, outcome: &Result<(), SyncError>) -> Summary {
        let duration = self.started.elapsed();
        let passed = jiff::SignedDuration::try_from(duration).unwrap_or_default();
        let now = self
            .started_at
            .saturating_add(passed)
            .and_then(|now| now.round(jiff::Unit::Millisecond));
        account.summary(outcome, duration, now.unwrap_or(self.started_at))
    }
}
