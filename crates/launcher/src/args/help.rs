//! What `--help` and `--version` show besides the options.

use crate::config::declared;

/// With the commit that it was built from, where the build knew it (build/commit.rs).
pub(super) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("VESPA_COMMIT"), ")");

const EXAMPLES: &str = "\
Examples:
  LAUNCHER_AUTH=none sync-launcher
          Serve everybody on this machine, and nobody else
  sync-launcher token new --name \"office cron\" --all
          Make a token for the commands that follow
  sync-launcher refresh --stale 24 --quiet
          From cron: mail comes only where somebody has to do something
  sync-launcher runs --failed
          See what went wrong

Exit codes of the service; `sync-launcher refresh --help` has those of a refresh:
  0          it was told to end by Ctrl-C or TERM, and its refreshes have ended
  1          it cannot listen at its address, or the server failed
  2          the arguments are wrong
  78         a setting is missing or malformed, or the refresh program cannot be run";

/// The settings of a refresh are listed by its own program.
pub(super) fn of_service() -> String {
    let own = settings::help(&declared::ALL);
    format!(
        "{EXAMPLES}\n\n{own}\nThe settings of sync-single-establishment apply as well; see its --help."
    )
}

/// The settings of the commands that call a launcher.
const CALLED: &str = "\
LAUNCHER_URL says where the launcher is, and LAUNCHER_TOKEN is the token to present to it. Both come from the environment or from
a .env file in the working directory.";

const CODES_OF_LISTS: &str = "\
Exit codes:
  0          the list is complete
  2          the arguments are wrong
  4          the token covers no school of this id
  70         a bug in the launcher
  75         the launcher did not respond, or had no room
  76         what answers at LAUNCHER_URL is no launcher
  77         the token is refused
  78         a setting is malformed";

pub(super) fn of_schools() -> String {
    format!(
        "{CALLED}

Examples:
  sync-launcher schools
  sync-launcher schools --json | jq --raw-output '.schools[] | select(.stale).name'

{CODES_OF_LISTS}"
    )
}

pub(super) fn of_runs() -> String {
    format!(
        "{CALLED}

Examples:
  sync-launcher runs --failed
  sync-launcher runs --school 61680fc13a0bfd001e8ca3ca --last 5

{CODES_OF_LISTS}"
    )
}

pub(super) const OF_REFRESH: &str = "\
LAUNCHER_URL says where the launcher is, and LAUNCHER_TOKEN is the token to present to it. Both come from the environment or from
a .env file in the working directory.

Examples:
  sync-launcher refresh --all
  sync-launcher refresh --stale 24 --quiet
  sync-launcher refresh --school 61680fc13a0bfd001e8ca3ca

Exit codes, of the worst school:
  0          every school is up to date, also where someone else had just refreshed it
  9          of some schools, rows could not be saved
  3 to 10    as sync-single-establishment ends
  70         a bug, or a refresh that crashed
  75         the launcher did not respond, or had no room, for longer than --patience
  76         what answers at LAUNCHER_URL is no launcher
  77         the token is refused, or does not cover a school
  78         a setting is malformed
  124        --timeout was reached
  130, 143   stopped by Ctrl-C or TERM; refreshes that were started go on in the launcher";

pub(super) const OF_TOKENS: &str = "\
Examples:
  sync-launcher token new --name \"office cron\" --school 61680fc13a0bfd001e8ca3ca
  sync-launcher token list
  sync-launcher token revoke \"office cron\"

Exit codes:
  0          done
  2          the arguments are wrong
  78         LAUNCHER_TOKENS_FILE is not set, or the file cannot be used; it was not changed";
