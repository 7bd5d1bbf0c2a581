//! Tells why a school is in its cooldown: because it was refreshed a short while ago, which is as good as a refresh of
//! ours, or because its last refresh failed. Pure.

use jiff::Timestamp;
use uuid::Uuid;

use super::wire::{PastOutcome, PastRun, Run, RunState};

/// How a school's last run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastEnd {
    pub(super) run_id: Uuid,
    pub(super) outcome: PastOutcome,
}

impl LastEnd {
    /// Whether the school is up to date by it, but for rows that could not be saved.
    pub(super) fn is_success(self) -> bool {
        matches!(self.outcome, PastOutcome::Succeeded | PastOutcome::Partial)
    }
}

/// The newest end of those that the launcher remembers and those in the log. The log alone knows refreshes from a shell, and the
/// launcher alone those that crashed.
pub(super) fn last_end(remembered: Option<(Uuid, &Run)>, logged: &[PastRun]) -> Option<LastEnd> {
    let remembered = remembered.and_then(|(run_id, run)| {
        let end = LastEnd {
            run_id,
            outcome: outcome(run.state)?,
        };
        Some((run.finished_at?, end))
    });
    let logged = logged.iter().filter_map(of_log);
    logged
        .chain(remembered)
        .max_by_key(|(at, _)| *at)
        .map(|(_, end)| end)
}

fn of_log(run: &PastRun) -> Option<(Timestamp, LastEnd)> {
    let end = LastEnd {
        run_id: run.run_id,
        outcome: run.outcome,
    };
    let is_end = !matches!(run.outcome, PastOutcome::Running | PastOutcome::Unfinished);
    // A job for all schools leads to no cooldown.
    (is_end && run.source != "nightly").then_some((run.finished_at?, end))
}

fn outcome(state: RunState) -> Option<PastOutcome> {
    match state {
        RunState::Queued | RunState::Running | RunState::Cancelling => None,
        RunState::Succeeded => Some(PastOutcome::Succeeded),
        RunState::Partial => Some(PastOutcome::Partial),
        RunState::Failed | RunState::TimedOut => Some(PastOutcome::Failed),
        RunState::Cancelled => Some(PastOutcome::Cancelled),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn logged(outcome: &str, source: &str, at: &str) -> PastRun {
        let run = json!({
            "runId": Uuid::from_u128(1), "source": source, "outcome": outcome, "startedBy": null,
            "startedAt": "2026-11-26T09:00:00Z", "finishedAt": at, "durationSeconds": 1.0, "message": null,
        });
        serde_json::from_value(run).unwrap()
    }

    fn remembered(state: &str, at: &str) -> Run {
        serde_json::from_value(json!({"state": state, "finishedAt": at})).unwrap()
    }

    #[test]
    fn the_newest_end_says_why_a_school_has_to_wait() {
        use PastOutcome::{Cancelled, Failed, Partial, Succeeded};
        let (early, late) = ("2026-11-26T10:00:00Z", "2026-11-26T10:01:00Z");
        for (runs, memory, expected) in [
            (vec![], None, None),
            (vec![("succeeded", "button", early)], None, Some(Succeeded)),
            (vec![("partial", "cron", early)], None, Some(Partial)),
            (
                vec![("failed", "cron", late), ("succeeded", "button", early)],
                None,
                Some(Failed),
            ),
            (
                vec![
                    ("cancelled", "button", late),
                    ("succeeded", "button", early),
                ],
                None,
                Some(Cancelled),
            ),
            // A crash leaves no row.
            (
                vec![("succeeded", "button", early)],
                Some(("failed", late)),
                Some(Failed),
            ),
            // A refresh from a shell is known to the log alone.
            (
                vec![("succeeded", "cron", late)],
                Some(("failed", early)),
                Some(Succeeded),
            ),
            (vec![], Some(("timed_out", early)), Some(Failed)),
            (vec![("succeeded", "nightly", late)], None, None),
            (
                vec![("running", "button", late), ("failed", "button", early)],
                None,
                Some(Failed),
            ),
        ] {
            let log: Vec<PastRun> = runs
                .iter()
                .map(|(outcome, source, at)| logged(outcome, source, at))
                .collect();
            let memory = memory.map(|(state, at)| remembered(state, at));
            let memory = memory.as_ref().map(|run| (Uuid::from_u128(2), run));
            let end = last_end(memory, &log).map(|end| end.outcome);
            assert_eq!(end, expected, "{runs:?} {memory:?}");
        }
    }
}
