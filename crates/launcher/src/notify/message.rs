//! The words of a notification. Pure. A line names the school and what is wrong, and never a person.

use std::time::Duration;

use dashboard::School;
use jiff::Timestamp;
use uuid::Uuid;

use crate::problem::Code;
use crate::supervise::Ending;

const LONGEST_NAME: usize = 100;
/// Schools that one line names.
const MOST_NAMED: usize = 10;
const LONGEST_SENTENCE: usize = 500;

/// The line about a run's end; `None` if all went well or someone stopped it.
pub(super) fn of_run(school: &str, run_id: Uuid, ending: &Ending) -> Option<String> {
    let school = escaped(school, LONGEST_NAME);
    match ending {
        Ending::Finished(summary) if summary.partial => {
            let warnings = summary.warnings.iter().map(|warning| {
                let code = serde_json::to_value(warning.code).unwrap_or_default();
                let code = code.as_str().unwrap_or("unknown").to_owned();
                format!("{code}: {}", warning.count)
            });
            let warnings: Vec<String> = warnings.collect();
            Some(format!(
                "{school} was refreshed only in part ({}). The page, or `sync-launcher runs --failed`, has the details. Run {run_id}.",
                warnings.join(", ")
            ))
        }
        Ending::Finished(_) => None,
        Ending::Failed { problem, .. } => match problem.code {
            Code::Cancelled | Code::ShuttingDown => None,
            code => Some(format!(
                "{school} was not refreshed ({}). {} Run {run_id}.",
                code.name(),
                escaped(&problem.message, LONGEST_SENTENCE)
            )),
        },
    }
}

/// That schools' data is older than it may be, in one line.
pub(super) fn of_stale(schools: &[(&School, Timestamp)], limit: Duration) -> Option<String> {
    let hours = limit.as_secs() / 3_600;
    let named = schools.iter().take(MOST_NAMED).map(|(school, newest)| {
        let newest = newest.strftime("%Y-%m-%d %H:%M UTC");
        format!("{} (last on {newest})", escaped(&school.name, LONGEST_NAME))
    });
    let named: Vec<String> = named.collect();
    let more = match schools.len().checked_sub(MOST_NAMED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    };
    let have = match schools.len() {
        0 => return None,
        1 => "One school has".to_owned(),
        n => format!("{n} schools have"),
    };
    Some(format!(
        "{have} not been brought up to date for more than {hours} hours: {}{more}. Check that cron and the nightly job still run.",
        named.join(", ")
    ))
}

/// A text that Slack shows as it is, and in which it sees no command.
fn escaped(text: &str, longest: usize) -> String {
    logging::bounded(text, longest)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use sync_protocol::Calendar;

    use super::*;
    use crate::problem::Problem;

    #[test]
    fn failures_are_told_and_what_someone_stopped_is_not() {
        let run = Uuid::nil();
        for (problem, is_told) in [
            (Problem::bug(), true),
            (Problem::timed_out(), true),
            (Problem::killed(), true),
            (Problem::cancelled(), false),
            (Problem::stopped_by_shutdown(), false),
        ] {
            let line = of_run("Ash School", run, &Ending::failed(problem));
            assert_eq!(line.is_some(), is_told, "{line:?}");
        }
    }

    #[test]
    fn stale_schools_are_one_line_whose_names_ping_nobody() {
        let school = |name: &str| School {
            id: Uuid::nil(),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: name.to_owned(),
            calendar: Calendar::from_flags(None, None),
        };
        let newest: Timestamp = "2026-11-24T10:00:59Z".parse().unwrap();
        let said = |names: &[&str]| {
            let schools: Vec<School> = names.iter().map(|name| school(name)).collect();
            let schools: Vec<_> = schools.iter().map(|school| (school, newest)).collect();
            of_stale(&schools, Duration::from_hours(48))
        };
        assert_eq!(said(&[]), None);
        assert_eq!(
            said(&["A & B <!channel>\n"]).unwrap(),
            "One school has not been brought up to date for more than 48 hours: A &amp; B &lt;!channel&gt;… \
             (last on 2026-11-24 10:00 UTC). Check that cron and the nightly job still run."
        );
        let many = said(&["School"; 130]).unwrap();
        assert!(many.starts_with("130 schools have"), "{many}");
        assert!(many.contains("UTC) and 120 more. Check"), "{many}");
    }
}
