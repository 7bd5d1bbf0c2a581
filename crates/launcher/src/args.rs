//! The command line of `sync-launcher`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sync_protocol::EstablishmentId;

use crate::access::token_name;
use crate::config::declared;

/// The settings of a refresh are listed by its own program.
fn settings() -> String {
    let own = settings::help(&declared::ALL);
    format!("{own}\nThe settings of sync-single-establishment apply as well; see its --help.")
}

/// An HTTP service that refreshes single schools on request.
#[derive(Debug, Parser)]
#[command(
    name = "sync-launcher",
    version,
    after_help = settings(),
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    /// The options of `serve`, which is the default.
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Run the service (the default)
    #[command(after_help = settings())]
    Serve(ServeArgs),
    /// Manage access tokens
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Serve the page from DIR instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) web_root: Option<PathBuf>,
    /// Let the page sign in by itself, on this machine only, with one token that covers every school and ends with the service
    #[arg(long)]
    pub(crate) demo_token: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Make a new token: it is shown once, with the line to add to `LAUNCHER_TOKENS_FILE`
    New(NewTokenArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewTokenArgs {
    /// Who or what will use it; appears in logs and in `sync_logs`
    #[arg(long, value_parser = token_name)]
    pub(crate) name: String,
    /// A school it may refresh, by its Knack id or Supabase UUID; may be repeated
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub(crate) school: Vec<EstablishmentId>,
    /// Allow it to refresh every school
    #[arg(long)]
    pub(crate) all: bool,
}

/// Reads the command line, program name first.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(argv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_as_it_was() {
        let helps = [
            &["--help"][..],
            &["serve", "--help"],
            &["token", "--help"],
            &["token", "new", "--help"],
        ];
        let helps = helps.map(|args| {
            let args = ["sync-launcher"].iter().chain(args).map(OsString::from);
            parse(args).unwrap_err().to_string()
        });
        insta::assert_snapshot!(helps.join("\n----\n"));
    }
}
