//! `sync-launcher`: starts `sync-single-establishment` as a supervised subprocess for callers with access, relays its progress
//! and its summary, and clears the dashboard's cache.
//!
//! Holds no sync logic and reads no pupil from Knack. [`openapi`] is its contract.

mod access;
mod args;
mod background;
mod cache;
mod changes;
mod clock;
mod config;
mod cooldown;
mod explain;
mod fleet;
mod freshness;
mod history;
mod http;
mod metrics;
mod notify;
mod open_files;
mod output;
mod overview;
mod peer;
mod problem;
mod readiness;
mod refresh;
mod runs;
mod schools;
mod serve;
mod services;
mod signals;
mod supervise;
mod token_commands;
mod turns;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use access::NewToken;
use args::{Action, NewTokenArgs, ServeArgs, TokenAction};
use logging::Format;
use output::{EX_CONFIG, print};
use settings::{Environment, InvalidSettings};
use tracing::Level;

pub use http::openapi;

/// How long the last lines of the log may take when the program ends.
const LOG_PATIENCE: Duration = Duration::from_secs(1);
/// The crates whose lines are logged from `info` on.
const OURS: [&str; 4] = ["launcher", "knack_client", "settings", "supabase_client"];

/// Does what the command line says.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match args::parse(command_line) {
        Ok(cli) => cli,
        Err(error) => {
            drop(error.print());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    if let Some(text) = cli.printed.text(args::command()) {
        return print(&text);
    }
    match cli.action.unwrap_or(Action::Serve(cli.serve)) {
        Action::Serve(args) => serve(args),
        Action::Openapi => print(&format!("{}\n", openapi())),
        Action::Refresh(args) => fleet::refresh(&args),
        Action::Schools(args) => fleet::schools(&args),
        Action::Runs(args) => fleet::runs(&args),
        Action::Token { action } => match action {
            TokenAction::New(args) => new_token(&args),
            TokenAction::List(args) => token_commands::list(&args),
            TokenAction::Revoke(args) => token_commands::revoke(&args),
        },
    }
}

/// Signals first, then the settings, then the service.
fn serve(args: ServeArgs) -> ExitCode {
    let prepared = serve::prepare();
    logging::start(Format::Json, Level::INFO, &OURS);
    let outcome = Environment::load()
        .and_then(|environment| {
            config::warn_of_misspelt(&environment);
            config::Config::read(&environment, args)
        })
        .map_err(anyhow::Error::from)
        .and_then(|config| serve::serve(config, prepared?))
        .map_err(|error| {
            let is_misconfigured = error.is::<InvalidSettings>()
                || error.is::<serve::UnfitProgram>()
                || error.is::<runs::Evicts>();
            (if is_misconfigured { EX_CONFIG } else { 1 }, error)
        });
    let exit = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            tracing::error!("{error:#}");
            ExitCode::from(code)
        }
    };
    logging::finish(LOG_PATIENCE);
    exit
}

fn new_token(args: &NewTokenArgs) -> ExitCode {
    let new = NewToken::generate(&args.name, &args.school);
    print(&format!(
        "The token, shown this once:\n\n{}\n\nThe line for LAUNCHER_TOKENS_FILE (then send the launcher a HUP):\n\n{}\n",
        new.token, new.line
    ))
}
