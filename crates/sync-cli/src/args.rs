//! The command line.

use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgAction, Parser};
use settings::RunIdentity;
use sync_protocol::{AcademicYear, EstablishmentId};
use uuid::Uuid;

use crate::error::SyncError;
use crate::fetch::PageOptions;
use crate::progress::Mode;
use crate::stop::StopBy;
use crate::sync::{RefreshRequest, ReportChanges};

/// Copies one school's students, VESPA scores, comments and question answers for an academic year from Knack to Supabase, now.
///
/// Prints one JSON summary on stdout.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
#[derive(Debug, Clone, Parser)]
#[command(name = "sync-single-establishment", version, after_help = settings::help(&settings::of_refresh()))]
struct Cli {
    /// The school: its Knack record id (24 hexadecimal digits) or its Supabase UUID
    #[arg(
        long,
        value_name = "ID",
        allow_hyphen_values = true,
        required_unless_present = "check"
    )]
    establishment_id: Option<String>,

    /// Examine settings, Knack, Supabase and the school if one is given, and say what to mend; writes nothing
    #[arg(long, conflicts_with_all = ["academic_year", "dry_run", "progress", "rows_per_page", "explain", "report_changes"])]
    check: bool,

    /// The academic year, such as 2025/2026; the current one unless given
    #[arg(long, value_name = "YEAR", allow_hyphen_values = true)]
    academic_year: Option<String>,

    #[command(flatten)]
    purpose: Purpose,

    /// Explain what a refresh would do with one student, and why; change nothing. The first line of stdin says whom: a Knack
    /// record id or an e-mail address
    #[arg(long, conflicts_with_all = ["dry_run", "show_personal_data", "report_changes"])]
    explain: bool,

    /// Give up after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,

    /// How progress is shown on stderr
    #[arg(long, value_enum, default_value_t = Mode::Auto)]
    progress: Mode,

    /// Records in one page from Knack; chosen by the school's size unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    rows_per_page: Option<u64>,

    /// Leave the question answers to the nightly job
    #[arg(long)]
    without_answers: bool,

    /// Pages requested from Knack at once; about twice as many if question answers are read too
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=32))]
    max_in_flight: u64,

    #[command(flatten)]
    supervision: Supervision,

    /// Log more to stderr; twice for debug messages
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// Log errors only
    #[arg(short, long)]
    quiet: bool,
}

/// What is to be done, and said of it.
#[derive(Debug, Clone, clap::Args)]
struct Purpose {
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Show names and scores in what a dry run lists
    #[arg(long, requires = "dry_run")]
    show_personal_data: bool,

    /// Report whose rows were changed, with their scores before and after: personal data, so not for a log
    #[arg(long)]
    report_changes: bool,
}

impl Purpose {
    /// A dry run lists what would change in any case; what the rows hold, only where that is asked for.
    fn reported_changes(&self) -> ReportChanges {
        match (self.dry_run, self.show_personal_data, self.report_changes) {
            (true, true, _) => ReportChanges::ScoresAndNames,
            (true, false, _) => ReportChanges::Records,
            (false, _, true) => ReportChanges::Scores,
            (false, _, false) => ReportChanges::No,
        }
    }
}

/// For a program that starts this one.
#[derive(Debug, Clone, clap::Args)]
struct Supervision {
    /// Stop when stdin ends, so that the run does not outlive the process that started it
    #[arg(long)]
    exit_on_stdin_close: bool,

    /// Leave TERM and INT to the process that started this one, which closes stdin when the run is to stop
    #[arg(long, requires = "exit_on_stdin_close")]
    ignore_signals: bool,
}

impl Supervision {
    fn stop_by(&self) -> StopBy {
        match (self.exit_on_stdin_close, self.ignore_signals) {
            (false, _) => StopBy::Signals,
            (true, false) => StopBy::SignalsAndStdin,
            (true, true) => StopBy::Stdin,
        }
    }
}

/// A parsed command line.
#[derive(Debug, Clone)]
pub(crate) struct Args {
    pub(crate) establishment: EstablishmentId,
    pub(crate) academic_year: Option<AcademicYear>,
    pub(crate) dry_run: bool,
    pub(crate) changes: ReportChanges,
    /// Stdin says what is to be explained.
    pub(crate) explain: bool,
    pub(crate) timeout: Duration,
    pub(crate) progress: Mode,
    pub(crate) rows_per_page: Option<u64>,
    pub(crate) max_in_flight: u64,
    pub(crate) without_answers: bool,
    pub(crate) stop_by: StopBy,
    pub(crate) log_level: tracing::Level,
}

impl Args {
    /// What is asked for, as this run. Answers are read if neither the settings nor the command line say otherwise.
    pub(crate) fn request(&self, run: RunIdentity, with_answers: bool) -> RefreshRequest {
        RefreshRequest {
            run_id: run.run_id.unwrap_or_else(Uuid::new_v4),
            establishment: self.establishment,
            academic_year: self.academic_year,
            dry_run: self.dry_run || self.explain,
            changes: self.changes,
            question: None,
            pages: PageOptions {
                max_in_flight: self.max_in_flight,
                rows_per_page: self.rows_per_page,
                with_answers: with_answers && !self.without_answers,
            },
            timeout: self.timeout,
            started_by: run.started_by,
        }
    }
}

/// An examination of what a refresh depends on.
#[derive(Debug, Clone)]
pub(crate) struct Examination {
    pub(crate) establishment: Option<EstablishmentId>,
    pub(crate) timeout: Duration,
    pub(crate) stop_by: StopBy,
    pub(crate) log_level: tracing::Level,
}

/// What the command line asks for.
pub(crate) enum Asked {
    /// A refresh.
    Refresh(Args),
    /// An examination.
    Check(Examination),
    /// This text, for a person.
    Help(String),
}

/// Reads the command line, program name first.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Asked, SyncError> {
    let cli = match Cli::try_parse_from(argv) {
        Ok(cli) => cli,
        Err(error) => {
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    Ok(Asked::Help(error.to_string()))
                }
                _ => Err(SyncError::Usage(sentence(&error))),
            };
        }
    };
    let academic_year = match cli.academic_year.as_deref().map(str::parse) {
        None => None,
        Some(Ok(year)) => Some(year),
        Some(Err(error)) => return Err(SyncError::Usage(format!("--academic-year: {error}."))),
    };
    let establishment: Option<EstablishmentId> = cli
        .establishment_id
        .as_deref()
        .map(str::parse)
        .transpose()?;
    let log_level = match (cli.quiet, cli.verbose) {
        (true, _) => tracing::Level::ERROR,
        (false, 0) => tracing::Level::WARN,
        (false, 1) => tracing::Level::INFO,
        (false, _) => tracing::Level::DEBUG,
    };
    let (timeout, stop_by) = (Duration::from_secs(cli.timeout), cli.supervision.stop_by());
    let establishment = match establishment {
        Some(establishment) if !cli.check => establishment,
        establishment => {
            return Ok(Asked::Check(Examination {
                establishment,
                timeout,
                stop_by,
                log_level,
            }));
        }
    };
    Ok(Asked::Refresh(Args {
        establishment,
        academic_year,
        dry_run: cli.purpose.dry_run,
        changes: cli.purpose.reported_changes(),
        explain: cli.explain,
        timeout,
        progress: cli.progress,
        rows_per_page: cli.rows_per_page,
        max_in_flight: cli.max_in_flight,
        without_answers: cli.without_answers,
        stop_by,
        log_level,
    }))
}

/// clap explains at length, for a terminal; the summary has room for one sentence.
fn sentence(error: &clap::Error) -> String {
    const LONGEST: usize = 200;
    let text = error.to_string();
    let lines = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" ");
    let mut sentence: String = joined
        .trim_start_matches("error: ")
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    sentence.push('.');
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_as_it_was() {
        let Ok(Asked::Help(help)) =
            parse(["sync-single-establishment", "--help"].map(OsString::from))
        else {
            panic!("--help is asked for");
        };
        insta::assert_snapshot!(help);
    }
}
