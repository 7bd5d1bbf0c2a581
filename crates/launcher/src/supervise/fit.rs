//! Makes a refresh's own sentences fit for callers: bounded in length, and without secrets, e-mail addresses or tokens.

use sync_protocol::{ChangeReport, MAX_CHANGES, MAX_RECORD_IDS, Summary};

use super::child_args::ChildArgs;
use super::outcome::Ending;
use super::text::masked;

/// The refresh's own sentences have a few hundred characters.
const LONGEST_SENTENCE: usize = 1_000;
/// There are fewer kinds of warnings, and of reasons to skip a record.
const MOST_KINDS: usize = 100;
/// Nothing here has to be waited for longer than until tomorrow.
const LONGEST_WAIT: u64 = 86_400;

/// A student has fewer columns.
const MOST_FIELDS: usize = 20;
/// Their names are shorter.
const LONGEST_FIELD: usize = 40;

/// The same report within its bounds, and without names: those are read when someone looks at it.
pub(super) fn changes(mut report: ChangeReport) -> ChangeReport {
    let left_out = report.entries.len().saturating_sub(MAX_CHANGES) as u64;
    report.left_out = report.left_out.saturating_add(left_out);
    report.entries.truncate(MAX_CHANGES);
    for entry in &mut report.entries {
        entry.fields.retain(|field| field.len() <= LONGEST_FIELD);
        entry.fields.truncate(MOST_FIELDS);
    }
    report.names.clear();
    report
}

/// The same ending in words that are fit for callers.
pub(super) fn for_callers(ending: Ending, args: ChildArgs<'_>, secrets: &[String]) -> Ending {
    match ending {
        Ending::Finished(summary) => Ending::Finished(Box::new(fit(*summary, args, secrets))),
        Ending::Failed {
            mut problem,
            summary,
        } => {
            problem.message = masked(&problem.message, secrets, LONGEST_SENTENCE);
            problem.retry_after_seconds = problem.retry_after_seconds.map(at_most_a_day);
            Ending::Failed {
                problem,
                summary: summary.map(|summary| Box::new(fit(*summary, args, secrets))),
            }
        }
    }
}

fn fit(mut summary: Summary, args: ChildArgs<'_>, secrets: &[String]) -> Summary {
    // A name may look like an e-mail, but the school's is known here.
    let name = summary.establishment_name.take();
    summary.establishment_name = name.map(|_| args.school.name.clone());
    summary.skipped.truncate(MOST_KINDS);
    for skipped in &mut summary.skipped {
        skipped.record_ids.truncate(MAX_RECORD_IDS);
    }
    summary.warnings.truncate(MOST_KINDS);
    for warning in &mut summary.warnings {
        warning.message = masked(&warning.message, secrets, LONGEST_SENTENCE);
        warning.record_ids.truncate(MAX_RECORD_IDS);
    }
    if let Some(failure) = &mut summary.error {
        failure.message = masked(&failure.message, secrets, LONGEST_SENTENCE);
        failure.retry_after_seconds = failure.retry_after_seconds.map(at_most_a_day);
    }
    summary
}

fn at_most_a_day(seconds: u64) -> u64 {
    seconds.min(LONGEST_WAIT)
}
