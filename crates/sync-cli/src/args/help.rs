//! What `--help` and `--version` show besides the options.

/// With the commit that it was built from, where the build knew it (build/commit.rs).
pub(super) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("VESPA_COMMIT"), ")");

const EXAMPLES: &str = "\
Examples:
  sync-single-establishment --check
          Examine settings, Knack and Supabase before the first refresh
  sync-single-establishment --establishment-id 61680fc13a0bfd001e8ca3ca --dry-run
          Say what a refresh would change, and change nothing
  sync-single-establishment --establishment-id 61680fc13a0bfd001e8ca3ca --quiet >summary.json
          From cron: mail comes only where somebody has to do something
  echo ann@school.example | sync-single-establishment --establishment-id 61680fc13a0bfd001e8ca3ca --explain
          Say why a student is missing";

const EXIT_CODES: &str = "\
Exit codes:
  0         everything that Knack holds of this school and year is in Supabase
  2         the arguments are wrong
  3         a setting is missing or wrong, or this machine's clock is
  4         there is no such school
  5         Knack refuses the key, or the requests of the day are used up
  6         Knack was away for too long; try again later
  7         Supabase refuses the key or the rows, or its schema does not fit
  8         Supabase was away for too long; try again later
  9         refreshed in part: the summary's warnings say what was left out
  10        Knack's answers or fields are not what they should be; nothing was written
  70        a bug
  124       the time limit was reached; try again later
  130, 143  stopped by Ctrl-C or TERM";

pub(super) fn long() -> String {
    let settings = settings::help(&settings::of_refresh());
    format!("{EXAMPLES}\n\n{EXIT_CODES}\n\n{settings}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sync_protocol::{ErrorCode, Signal, SyncExit};

    use super::*;

    #[test]
    fn help_lists_every_exit_code() {
        let failures = [
            ErrorCode::Usage,
            ErrorCode::Configuration,
            ErrorCode::EstablishmentNotFound,
            ErrorCode::KnackRefused,
            ErrorCode::KnackUnavailable,
            ErrorCode::SupabaseRefused,
            ErrorCode::SupabaseUnavailable,
            ErrorCode::BadData,
            ErrorCode::Internal,
            ErrorCode::Deadline,
            ErrorCode::Cancelled,
        ];
        let others = [
            SyncExit::Complete,
            SyncExit::Partial,
            SyncExit::Cancelled(Signal::Terminate),
        ];
        let all: BTreeSet<u8> = failures
            .map(SyncExit::Failed)
            .into_iter()
            .chain(others)
            .map(SyncExit::code)
            .collect();
        let listed: BTreeSet<u8> = EXIT_CODES
            .lines()
            .skip(1)
            .filter_map(|line| line.get(2..10))
            .flat_map(|codes| codes.split(", "))
            .map(|code| code.trim().parse().unwrap())
            .collect();
        assert_eq!(listed, all);
    }
}
