//! `sync-single-establishment`: refreshes one school from Knack into Supabase and prints one JSON summary, or explains what a
//! refresh would do with one student.
//!
//! `sync.rs` reads as the stages of a refresh. Everything decided about a field, a date, a row or an error is in the module
//! of that name.

mod args;
mod changed_rows;
mod clock;
mod clock_skew;
mod config;
mod doctor;
mod domain;
mod error;
mod explain;
mod fetch;
mod field_check;
mod field_table;
mod findings;
mod knack;
mod ledger;
mod listed;
mod output;
mod progress;
#[cfg(test)]
mod properties;
mod reconcile;
mod save;
mod service;
mod stop;
mod stored;
mod sync;
mod transform;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitCode;
use std::time::Duration;

use knack_client::KnackClient;
use logging::Format;
use settings::Environment;
use supabase_client::SupabaseClient;
use sync_protocol::{ErrorCode, Summary, SyncExit, WaitReason};
use transport::Limits;
use uuid::Uuid;

use crate::args::{Args, Asked, Examination};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::SyncError;
use crate::explain::{Question, read_question};
use crate::ledger::Ledger;
use crate::output::{Form, LastLine, write_last_line};
use crate::progress::Progress;
use crate::service::Service;
use crate::stop::Stop;
use crate::sync::{Refresh, RefreshRequest};

/// Crates whose log lines are shown from the level on that the command line names.
const OURS: [&str; 5] = [
    "sync_cli",
    "dashboard",
    "knack_client",
    "settings",
    "supabase_client",
];

/// How long a service may take to answer for the first time: an address that nobody answers at is perhaps mistyped.
const FIRST_ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// The part of the run's time that is kept for its end, however long a service was waited for.
const END_RESERVE: Duration = Duration::from_secs(15);

/// How long the last lines of the log may take, once the summary is printed.
const LOG_PATIENCE: Duration = Duration::from_millis(500);

/// Does what the command line asks: prints the summary and returns the exit code.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let clock = Clock::start();
    let mut format = Format::Text;
    let ended = match args::parse(command_line) {
        Ok(Asked::Help(text)) => {
            output::help(&text);
            return ExitCode::SUCCESS;
        }
        Ok(Asked::Refresh(args)) => {
            format = args.progress.log_format();
            start_log(format, args.log_level);
            refresh(&args, &clock)
        }
        Ok(Asked::Check(examination)) => {
            start_log(format, examination.log_level);
            check(&examination, &clock)
        }
        Err(error) => {
            start_log(format, None);
            let ledger = Ledger::new(Uuid::new_v4());
            report(&clock, &ledger, error, Form::of_stdout(false))
        }
    };
    if let Some(line) = &ended.said {
        write_last_line(line, format, clock.now());
    }
    logging::finish(LOG_PATIENCE);
    ExitCode::from(ended.exit.code())
}

/// How it ended, and what stderr gets of it: nothing but of what did not end well.
struct Ended {
    exit: SyncExit,
    said: Option<LastLine>,
}

impl Ended {
    /// With a bug, or on a machine that is out of something.
    fn with_bug(said: String) -> Self {
        Self {
            exit: SyncExit::Failed(ErrorCode::Internal),
            said: Some(LastLine::of(said)),
        }
    }
}

fn start_log(format: Format, level: Option<tracing::Level>) {
    match level {
        Some(level) => logging::start(format, level, &OURS),
        None => logging::start_silent(),
    }
}

/// An examination, from its settings to its printed report.
fn check(examination: &Examination, clock: &Clock) -> Ended {
    let form = examination.form;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let report = match runtime {
        Ok(runtime) => {
            let stop = Stop::default();
            let report = runtime.block_on(doctor::examine(examination, clock, &stop));
            runtime.shutdown_background();
            report
        }
        Err(error) => Err(SyncError::Internal(error.into())),
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            log_chain(&error);
            let said = format!("--check did not finish. {}", error.reason());
            return Ended {
                exit: error.exit(),
                said: Some(LastLine::of(said)),
            };
        }
    };
    match doctor::print(&report, form) {
        Ok(()) => Ended {
            exit: doctor::exit(&report),
            said: doctor::problems(&report).map(LastLine::of),
        },
        Err(error) => Ended::with_bug(not_printed("report", &error)),
    }
}

/// A refresh, from its settings to its printed summary.
fn refresh(args: &Args, clock: &Clock) -> Ended {
    let form = args.form;
    let stop = Stop::default();
    // One thread: the work is waiting, and what is left of it is parsing.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let ledger = args.request_without_settings().ledger();
            return report(clock, &ledger, SyncError::Internal(error.into()), form);
        }
    };
    let (ledger, outcome) = runtime.block_on(refresh_school(args, clock, &stop));
    if let Err(error) = &outcome {
        log_chain(error);
    }
    let summary = ledger.summary(&outcome, clock.elapsed(), clock.now());
    let printed = match &ledger.explanation {
        Some(explanation) if outcome.is_ok() => output::Document::Explanation(explanation.clone()),
        Some(_) | None => output::Document::Summary(Box::new(summary.clone())),
    };
    let printed = runtime.block_on(stop.or_last(output::print(printed, form)));
    // A name that is still being looked up would hold the end for as long as name servers are waited for.
    runtime.shutdown_background();
    let printed = printed.unwrap_or_else(|_stopped| Err(ErrorKind::TimedOut.into()));
    ended(&outcome, &summary, printed)
}

/// Prints the summary of what could not even begin.
fn report(clock: &Clock, ledger: &Ledger, error: SyncError, form: Form) -> Ended {
    log_chain(&error);
    let outcome = Err(error);
    let summary = ledger.summary(&outcome, clock.elapsed(), clock.now());
    let document = output::Document::Summary(Box::new(summary.clone()));
    ended(&outcome, &summary, output::print_blocking(&document, form))
}

fn ended(outcome: &Result<(), SyncError>, summary: &Summary, printed: io::Result<()>) -> Ended {
    let (exit, said) = match (printed, outcome) {
        (Err(error), _) => return Ended::with_bug(not_printed("summary", &error)),
        (Ok(()), Ok(())) if summary.partial && !summary.dry_run => {
            (SyncExit::Partial, Some(LastLine::of_part(summary)))
        }
        (Ok(()), Ok(())) => (SyncExit::Complete, None),
        (Ok(()), Err(error)) => (error.exit(), LastLine::of_failure(summary, error)),
    };
    Ended { exit, said }
}

fn not_printed(what: &str, error: &io::Error) -> String {
    format!("The {what} could not be written to stdout, so how this ended is not known ({error}).")
}

/// What led to an error, for whoever looks into it: what is said to people is the last line. Of the command line and the
/// settings, both are the same.
fn log_chain(error: &SyncError) {
    if !matches!(error, SyncError::Usage(_) | SyncError::Configuration(_)) {
        tracing::warn!("{}", output::chain(error));
    }
}

async fn refresh_school(
    args: &Args,
    clock: &Clock,
    stop: &Stop,
) -> (Ledger, Result<(), SyncError>) {
    let (question, config) = match prepare(args, stop).await {
        Ok(prepared) => prepared,
        Err(error) => {
            let ledger = args.request_without_settings().ledger();
            return (ledger, Err(error));
        }
    };
    let request = RefreshRequest {
        question,
        ..args.request(config.run, config.with_answers, config.min_daily_allowance)
    };
    let progress = Progress::new(args.progress);
    let on_wait = |reason| {
        let progress = progress.clone();
        move |delay| progress.waiting(reason, delay)
    };
    let limits = outage_limits(config.outage_patience, args.timeout, clock);
    let knack = knack_client::Settings {
        base_url: config.knack.base_url,
        app_id: config.knack.app_id,
        api_key: config.knack.api_key,
        timeout: config.knack.timeout,
        max_in_flight: request.pages.requests_in_flight(),
        budget: config.knack.budget,
    };
    let knack = KnackClient::new(
        config.clients.knack,
        knack,
        limits,
        on_wait(WaitReason::Knack),
    );
    let supabase = SupabaseClient::new(
        config.clients.supabase,
        &config.supabase,
        limits,
        on_wait(WaitReason::Supabase),
    );
    stop.watch([
        (Service::Knack, knack.silence()),
        (Service::Supabase, supabase.silence()),
    ]);
    let refresh = Refresh {
        request: &request,
        knack: &knack,
        supabase: &supabase,
        progress: &progress,
        stop,
        clock,
    };
    refresh.run().await
}

/// The question, if one is to be asked, and the settings. From here on the run can be stopped.
async fn prepare(args: &Args, stop: &Stop) -> Result<(Option<Question>, Config), SyncError> {
    let internal = |error: io::Error| SyncError::Internal(error.into());
    // Before anything is read: a file may be on a disk that does not answer.
    stop.listen(args.timeout, args.stop_by).map_err(internal)?;
    let question = if args.explain {
        Some(stop.or_read(question()).await??)
    } else {
        None
    };
    stop.listen_to_end(args.stop_by).map_err(internal)?;
    Ok((question, stop.or_read(config()).await??))
}

/// The first line of stdin, read by a thread of its own, since nobody may ever write it.
async fn question() -> Result<Question, SyncError> {
    let asked = match tokio::task::spawn_blocking(read_question).await {
        Ok(asked) => asked.unwrap_or_default(),
        Err(error) => return Err(SyncError::Internal(error.into())),
    };
    asked.ok_or_else(|| {
        let sentence =
            "--explain: the first line of stdin must be a Knack record id or an e-mail address.";
        SyncError::Usage(sentence.to_owned())
    })
}

/// The end of waiting lies before the run's own, so that a run that waited in vain can say what for.
fn outage_limits(patience: Duration, timeout: Duration, clock: &Clock) -> Limits {
    let reserve = END_RESERVE.min(timeout / 4);
    Limits {
        outage: patience,
        first_answer: patience.min(FIRST_ANSWER_PATIENCE),
        end: Some(clock.after(timeout.saturating_sub(reserve))),
    }
}

/// The settings, read by a thread of its own, since files can keep it waiting.
async fn config() -> Result<Config, SyncError> {
    let read = || Config::read(&Environment::load()?);
    match tokio::task::spawn_blocking(read).await {
        Ok(config) => Ok(config?),
        Err(error) => Err(SyncError::Internal(error.into())),
    }
}
