//! The command line of `sync-launcher`.

mod help;
mod printed;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};
use sync_protocol::EstablishmentId;

use crate::access::token_name;
pub(crate) use printed::Printed;

/// An HTTP service that refreshes single schools on request.
#[derive(Debug, Parser)]
#[command(
    name = "sync-launcher",
    version = help::VERSION,
    after_help = "See --help for examples, exit codes and settings.",
    after_long_help = help::of_service(),
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    /// The options of `serve`, which is the default.
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    #[command(flatten)]
    pub(crate) printed: Printed,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Run the service (the default)
    #[command(after_help = help::of_service())]
    Serve(ServeArgs),
    /// Manage access tokens
    #[command(after_help = help::OF_TOKENS)]
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Refresh many schools, one after another, through the launcher at `LAUNCHER_URL`
    #[command(after_help = help::OF_REFRESH)]
    Refresh(RefreshArgs),
    /// List the schools, when each was refreshed last, and which are stale
    #[command(after_help = help::of_schools())]
    Schools(SchoolsArgs),
    /// List the last runs, of one school or of all
    #[command(after_help = help::of_runs())]
    Runs(RunsArgs),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["all", "stale", "school"]))]
pub(crate) struct RefreshArgs {
    /// Refresh every school that the token covers
    #[arg(long)]
    pub(crate) all: bool,
    /// Refresh the schools whose data is older than HOURS; without a number, those that the launcher calls stale
    #[arg(long, value_name = "HOURS", num_args = 0..=1, value_parser = clap::value_parser!(u32).range(1..=8_760))]
    #[expect(
        clippy::option_option,
        reason = "it may be given with its number or without"
    )]
    pub(crate) stale: Option<Option<u32>>,
    /// Refresh these schools, each by its Knack id or Supabase UUID
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) school: Vec<EstablishmentId>,
    /// How often a school is tried again after a failure that may be over
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=10))]
    pub(crate) retries: u32,
    /// How long to wait for a launcher that does not respond or has no room, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) patience: u64,
    /// How long all of it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 7_200, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    /// Print nothing on success, and one sentence on stderr on failure
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Print the JSON document also on a terminal, and with `--quiet`
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchoolsArgs {
    /// Print JSON also on a terminal
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// Only of these schools, each by its Knack id or Supabase UUID
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) school: Vec<EstablishmentId>,
    /// Only runs that failed, saved only a part, or never said how they ended
    #[arg(long)]
    pub(crate) failed: bool,
    /// How many to list
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
    /// Print JSON also on a terminal
    #[arg(long)]
    pub(crate) json: bool,
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
    /// List the tokens in `LAUNCHER_TOKENS_FILE`: their names and schools
    List(ListTokensArgs),
    /// Remove a token's line from `LAUNCHER_TOKENS_FILE`
    Revoke(RevokeTokenArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListTokensArgs {
    /// Print JSON also on a terminal
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeTokenArgs {
    /// The name on its line
    #[arg(value_parser = token_name)]
    pub(crate) name: String,
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

/// The whole command line, to be described.
pub(crate) fn command() -> Command {
    Cli::command()
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
            &["token", "list", "--help"],
            &["token", "revoke", "--help"],
            &["refresh", "--help"],
            &["schools", "--help"],
            &["runs", "--help"],
        ];
        let helps = helps.map(|args| {
            let args = ["sync-launcher"].iter().chain(args).map(OsString::from);
            parse(args).unwrap_err().to_string()
        });
        insta::assert_snapshot!(helps.join("\n----\n"));
    }
}
