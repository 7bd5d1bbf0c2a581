//! The commands that call a launcher's own API, for cron and for operators of many schools: `refresh`, `schools` and `runs`.
//!
//! They see what any caller with their token sees. They must never read Knack or Supabase themselves, and never start a
//! refresh that the launcher has not admitted.

mod api;
mod chosen;
mod exit;
mod follow;
mod listed;
mod progress;
mod recent;
mod refresh;
mod room;
mod school;
mod sentence;
mod summary;
mod table;
mod waits;
mod wire;

use std::io::IsTerminal;
use std::process::ExitCode;

use settings::Environment;

use crate::args::{RefreshArgs, RunsArgs, SchoolsArgs};
use crate::config::of_client::ClientConfig;
use crate::output::{EX_CONFIG, failed, print, say};
use crate::signals::Signals;
use api::Api;
use summary::FleetSummary;

/// `sync-launcher refresh`.
pub(crate) fn refresh(args: &RefreshArgs) -> ExitCode {
    with_launcher(async |api| {
        let Ok(signals) = Signals::take() else {
            return failed(
                "The system does not pass signals on. Nothing was started.",
                71,
            );
        };
        let summary = refresh::refresh(api, args, signals).await;
        report(&summary, args)
    })
}

/// `sync-launcher schools`.
pub(crate) fn schools(args: &SchoolsArgs) -> ExitCode {
    with_launcher(async |api| match listed::schools(&api).await {
        Ok(list) => {
            if args.json || !std::io::stdout().is_terminal() {
                print_json(&list)
            } else {
                print(&table::of_schools(&list))
            }
        }
        Err(error) => failed(
            &format!("The schools cannot be listed. {error}"),
            error.exit_code(),
        ),
    })
}

/// `sync-launcher runs`.
pub(crate) fn runs(args: &RunsArgs) -> ExitCode {
    with_launcher(async |api| match listed::runs(&api, args).await {
        Ok(list) => {
            if args.json || !std::io::stdout().is_terminal() {
                print_json(&list)
            } else {
                print(&table::of_runs(&list))
            }
        }
        Err(error) => failed(
            &format!("The runs cannot be listed. {error}"),
            error.exit_code(),
        ),
    })
}

/// Reads the settings, and does what is to be done with the launcher that they name.
fn with_launcher(act: impl AsyncFnOnce(Api) -> ExitCode) -> ExitCode {
    let config = Environment::load().and_then(|environment| ClientConfig::read(&environment));
    let config = match config {
        Ok(config) => config,
        Err(error) => return failed(&error.to_string(), EX_CONFIG),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(act(Api::new(config)));
            // A name that is still being resolved must not delay the end.
            runtime.shutdown_background();
            exit
        }
        Err(error) => failed(
            &format!("The system does not let this program start: {error}."),
            71,
        ),
    }
}

/// The sentence on stderr, if something needs a person, and the document on stdout.
fn report(summary: &FleetSummary, args: &RefreshArgs) -> ExitCode {
    if let Some(message) = &summary.message {
        say(message);
    }
    let written = if args.json || (!args.quiet && !std::io::stdout().is_terminal()) {
        print_json(summary)
    } else if args.quiet {
        ExitCode::SUCCESS
    } else {
        print(&format!("{}\n", sentence::closing(summary)))
    };
    if summary.exit_code == 0 {
        written
    } else {
        ExitCode::from(summary.exit_code)
    }
}

fn print_json(document: &impl serde::Serialize) -> ExitCode {
    let text = if std::io::stdout().is_terminal() {
        serde_json::to_string_pretty(document)
    } else {
        serde_json::to_string(document)
    };
    print(&format!("{}\n", text.expect("documents always serialise")))
}
