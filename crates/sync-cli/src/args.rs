//! The command line.

mod help;
mod slip;

use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, Parser};
use settings::RunIdentity;
use sync_protocol::{AcademicYear, EstablishmentId};
use uuid::Uuid;

use crate::error::SyncError;
use crate::fetch::PageOptions;
use crate::output::Form;
use crate::progress::Mode;
use crate::stop::StopBy;
use crate::sync::{RefreshRequest, ReportChanges};

/// Copies one school's students, VESPA scores, comments and question answers for an academic year from Knack to Supabase, now.
///
/// Prints one summary on stdout: in words on a terminal, otherwise as a line of JSON.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "sync-single-establishment",
    version = help::VERSION,
    after_help = "See --help for examples, exit codes and settings.",
    after_long_help = help::long()
)]
struct Cli {
    /// The school: its Knack record id (24 hexadecimal digits) or its Supabase UUID
    #[arg(
        long,
        value_name = "ID",
        allow_hyphen_values = true,
        required_unless_present_any = ["check", "completions", "man"]
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

    /// Do not begin if Knack has fewer requests left for the day; `SYNC_MIN_DAILY_ALLOWANCE` unless given
    #[arg(long, value_name = "N")]
    min_daily_allowance: Option<u64>,

    /// Pages requested from Knack at once; about twice as many if question answers are read too
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=32))]
    max_in_flight: u64,

    #[command(flatten)]
    supervision: Supervision,

    #[command(flatten)]
    said: Said,

    #[command(flatten)]
    printed: Printed,
}

/// For whoever installs the program.
#[derive(Debug, Clone, clap::Args)]
struct Printed {
    /// Print the completions for a shell, and do nothing else
    #[arg(long, value_name = "SHELL", exclusive = true, hide_short_help = true)]
    completions: Option<clap_complete::Shell>,

    /// Print the page for man(1), and do nothing else
    #[arg(long, exclusive = true, hide_short_help = true)]
    man: bool,
}

impl Printed {
    fn text(&self) -> Option<String> {
        let mut text = Vec::new();
        let mut command = Cli::command();
        if let Some(shell) = self.completions {
            let name = command.get_name().to_owned();
            clap_complete::generate(shell, &mut command, name, &mut text);
        } else if self.man {
            let page = clap_mangen::Man::new(command);
            page.render(&mut text).expect("a buffer takes everything");
        } else {
            return None;
        }
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

/// How output is written.
#[derive(Debug, Clone, clap::Args)]
struct Said {
    /// Print JSON on a terminal too
    #[arg(long)]
    json: bool,

    /// Say on stderr what is fetched, planned and decided; twice for debug messages
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// Say nothing on stderr but why it failed, in one line
    #[arg(short, long)]
    quiet: bool,
}

impl Said {
    fn log_level(&self) -> Option<tracing::Level> {
        match (self.quiet, self.verbose) {
            (true, _) => None,
            (false, 0) => Some(tracing::Level::WARN),
            (false, 1) => Some(tracing::Level::INFO),
            (false, _) => Some(tracing::Level::DEBUG),
        }
    }
}

/// The task, and how its output is written.
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
    /// Instead of the setting.
    pub(crate) min_daily_allowance: Option<u64>,
    pub(crate) form: Form,
    /// `None` to say nothing.
    pub(crate) log_level: Option<tracing::Level>,
}

impl Args {
    /// The request, before any setting is known.
    pub(crate) fn request_without_settings(&self) -> RefreshRequest {
        self.request(RunIdentity::default(), false, 0)
    }

    /// The request for this run. Answers are read unless the settings or the command line say otherwise.
    pub(crate) fn request(
        &self,
        run: RunIdentity,
        with_answers: bool,
        min_daily_allowance: u64,
    ) -> RefreshRequest {
        RefreshRequest {
            min_daily_allowance: self.min_daily_allowance.unwrap_or(min_daily_allowance),
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
            fence: run.fence,
        }
    }
}

/// An examination of what a refresh depends on.
#[derive(Debug, Clone)]
pub(crate) struct Examination {
    pub(crate) establishment: Option<EstablishmentId>,
    pub(crate) timeout: Duration,
    pub(crate) stop_by: StopBy,
    pub(crate) form: Form,
    /// `None` to say nothing.
    pub(crate) log_level: Option<tracing::Level>,
}

/// The task that the command line asks for.
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
                _ => Err(SyncError::Usage(slip::sentence(&error))),
            };
        }
    };
    if let Some(text) = cli.printed.text() {
        return Ok(Asked::Help(text));
    }
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
    let (form, log_level) = (Form::of_stdout(cli.said.json), cli.said.log_level());
    let (timeout, stop_by) = (Duration::from_secs(cli.timeout), cli.supervision.stop_by());
    let establishment = match establishment {
        Some(establishment) if !cli.check => establishment,
        establishment => {
            return Ok(Asked::Check(Examination {
                establishment,
                timeout,
                stop_by,
                form,
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
        min_daily_allowance: cli.min_daily_allowance,
        form,
        log_level,
    }))
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    fn help(option: &str) -> String {
        match parse(["sync-single-establishment", option].map(OsString::from)) {
            Ok(Asked::Help(help)) => help,
            _ => panic!("{option} is for a person"),
        }
    }

    #[test]
    fn help_is_as_it_was() {
        insta::assert_snapshot!(help("--help"));
    }

    #[test]
    fn the_version_names_a_commit_or_says_that_it_is_unknown() {
        let version = help("--version");
        let commit = version
            .split_once(" (")
            .map(|(_, commit)| commit.trim_end());
        let commit = commit.and_then(|commit| commit.strip_suffix(')')).unwrap();
        let is_commit = commit.len() >= 7 && commit.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_commit || commit == "unknown", "{version}");
    }

    #[test]
    fn a_slip_is_answered_with_what_was_meant() {
        for (args, meant) in [
            (&["--dry-rum"][..], "'--dry-run'"),
            (&["--establishmnt-id", "x"], "'--establishment-id'"),
            (&["--progress", "jsn"], "'json'"),
        ] {
            let argv = ["sync-single-establishment"].iter().chain(args);
            let Err(SyncError::Usage(sentence)) = parse(argv.map(OsString::from)) else {
                panic!("{args:?} is a slip");
            };
            let expected = format!("(did you mean {meant}?).");
            assert!(sentence.ends_with(&expected), "{sentence}");
        }
    }
}
