//! The sentences with which `sync-launcher refresh` ends: one line for cron's mail, and one for a terminal. Pure.

use sync_protocol::Signal;

use super::summary::{Ended, FleetSummary, Outcome, SchoolResult};

/// Schools that one line names.
const NAMED: usize = 5;

/// The problem that needs attention, and where to look, in one line; `None` if there is none.
pub(super) fn for_mail(summary: &FleetSummary) -> Option<String> {
    (summary.exit_code != 0).then(|| line(summary))
}

fn line(summary: &FleetSummary) -> String {
    if let Some(error) = &summary.error {
        return format!(
            "sync-launcher refresh: no school was refreshed. {}",
            logging::bounded(&error.message, 500)
        );
    }
    let counts = summary.counts;
    let mut parts = Vec::new();
    match summary.ended {
        Ended::ByItself => {}
        Ended::BySignal(Signal::Interrupt) => parts.push("stopped by Ctrl-C".to_owned()),
        Ended::BySignal(Signal::Terminate) => parts.push("stopped by a TERM signal".to_owned()),
        Ended::InTime => parts.push("stopped because its --timeout was reached".to_owned()),
    }
    if counts.failed > 0 {
        let failed = named(&summary.schools, Outcome::Failed);
        parts.push(format!(
            "{} of {} not refreshed ({failed})",
            counts.failed,
            schools(counts.schools),
        ));
    }
    if counts.partial > 0 {
        let partial = named(&summary.schools, Outcome::Partial);
        let failed = counts.failed > 0;
        let of = if failed {
            String::new()
        } else {
            format!(" of {}", schools(counts.schools))
        };
        parts.push(format!(
            "{}{of} refreshed only in part ({partial})",
            counts.partial
        ));
    }
    if counts.running > 0 {
        let running = counts.running;
        let goes_on = if running == 1 { "goes" } else { "go" };
        parts.push(format!(
            "{} {goes_on} on in the launcher",
            refreshes(running)
        ));
    }
    if counts.not_started > 0 {
        parts.push(format!("{} not started", schools(counts.not_started)));
    }
    let place = if counts.failed + counts.partial > 0 {
        "see `sync-launcher runs --failed` and the launcher's log"
    } else {
        "run the command again for the rest"
    };
    format!("sync-launcher refresh: {}; {place}.", parts.join(", "))
}

/// The last line on a terminal.
pub(super) fn closing(summary: &FleetSummary) -> String {
    let counts = summary.counts;
    if summary.error.is_some() {
        return "No school was refreshed.".to_owned();
    }
    if counts.schools == 0 {
        return "No school has to be refreshed.".to_owned();
    }
    let kinds = [
        (counts.refreshed, "refreshed"),
        (counts.recent, "refreshed a short while ago by someone else"),
        (counts.partial, "refreshed in part"),
        (counts.failed, "failed"),
        (counts.running, "still running"),
        (counts.not_started, "not started"),
    ];
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, kind)| format!("{n} {kind}"))
        .collect();
    format!("{}: {}.", schools(counts.schools), kinds.join(", "))
}

/// `Ash School: bad_data, Elm School: knack_unavailable and 3 more`.
fn named(all: &[SchoolResult], outcome: Outcome) -> String {
    let of_kind: Vec<&SchoolResult> = all.iter().filter(|it| it.outcome == outcome).collect();
    let named = of_kind
        .iter()
        .take(NAMED)
        .map(|school| match &school.error {
            Some(error) => format!("{}: {}", school.name, logging::bounded(&error.code, 40)),
            None => school.name.clone(),
        });
    let named: Vec<String> = named.collect();
    let named = named.join(", ");
    match of_kind.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn schools(n: usize) -> String {
    format!("{n} school{}", if n == 1 { "" } else { "s" })
}

fn refreshes(n: usize) -> String {
    format!("{n} refresh{}", if n == 1 { "" } else { "es" })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use jiff::Timestamp;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::fleet::api::ApiError;
    use crate::fleet::school::Verdict;

    fn school(n: usize, verdict: Verdict) -> SchoolResult {
        let school = json!({
            "establishmentId": format!("{n:024x}"), "establishmentUuid": Uuid::nil(),
            "name": format!("School {n}"), "lastRefreshAt": null, "stale": true,
        });
        SchoolResult::of(&serde_json::from_value(school).unwrap(), 1, verdict)
    }

    fn failed(code: &str) -> Verdict {
        let problem = json!({"code": code, "detail": "Sentences.", "retryable": false});
        Verdict::Failed {
            problem: serde_json::from_value(problem).unwrap(),
            run_id: None,
            is_worth_another: false,
        }
    }

    fn refreshed(is_partial: bool) -> Verdict {
        Verdict::Refreshed {
            run_id: Uuid::nil(),
            run: None,
            joined: false,
            is_partial,
        }
    }

    fn summary(verdicts: Vec<Verdict>, ended: Ended) -> FleetSummary {
        let mut summary = FleetSummary::new(Timestamp::UNIX_EPOCH);
        let verdicts = verdicts.into_iter().enumerate();
        summary.schools = verdicts
            .map(|(n, verdict)| school(n + 1, verdict))
            .collect();
        summary.close(ended, Duration::from_secs(1));
        summary
    }

    /// To be read from top to bottom, as whoever gets the mail would.
    #[test]
    fn every_end_is_said_as_it_was() {
        let recent = || Verdict::Recent(Uuid::nil());
        let interrupted = Ended::BySignal(Signal::Interrupt);
        let all = [
            summary(vec![], Ended::ByItself),
            summary(vec![refreshed(false), recent()], Ended::ByItself),
            summary(vec![refreshed(false), refreshed(true)], Ended::ByItself),
            summary(vec![failed("bad_data"), refreshed(false)], Ended::ByItself),
            summary(
                vec![failed("knack_unavailable"), refreshed(true)],
                Ended::ByItself,
            ),
            summary(
                (0..7).map(|_| failed("knack_refused")).collect(),
                Ended::ByItself,
            ),
            summary(
                vec![
                    refreshed(false),
                    Verdict::Running(Uuid::nil()),
                    Verdict::NotStarted,
                ],
                interrupted,
            ),
            summary(vec![failed("busy"), Verdict::NotStarted], Ended::InTime),
            {
                let mut summary = FleetSummary::new(Timestamp::UNIX_EPOCH);
                summary.failed_before_all(&ApiError::Unreachable);
                summary.close(Ended::ByItself, Duration::ZERO);
                summary
            },
        ];
        let mut list = String::new();
        for summary in all {
            let said = for_mail(&summary).unwrap_or_else(|| "(nothing)".to_owned());
            assert_eq!(said.lines().count(), 1, "{said}");
            writeln!(
                list,
                "{}: {said}\n    {}",
                summary.exit_code,
                closing(&summary)
            )
            .unwrap();
        }
        insta::assert_snapshot!(list);
    }
}
