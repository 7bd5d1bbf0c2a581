//! What a run's end means. Success needs an exit status and a summary that agree and name this school and this run. If they
//! do not agree, nothing is guessed (docs/knack-and-dashboard.md, "The original refresh": the original guessed,
//! and was always wrong).

use std::os::unix::process::ExitStatusExt;

use sync_protocol::{ErrorCode, Signal, Summary, SyncExit};

use super::child_args::ChildArgs;
use super::exited::{Exited, Stopped};
use super::outcome::Ending;
use super::pipes::Captured;
use crate::problem::Problem;

const SIGINT: i32 = nix::sys::signal::Signal::SIGINT as i32;
const SIGTERM: i32 = nix::sys::signal::Signal::SIGTERM as i32;
const SIGKILL: i32 = nix::sys::signal::Signal::SIGKILL as i32;

/// The meaning of a process's end.
pub(super) fn of(args: ChildArgs<'_>, exited: Exited, captured: &Captured) -> Ending {
    let summary = summary_of_run(args, captured);
    let code = exited.status.and_then(|status| status.code());
    let signal = exited.status.and_then(|status| status.signal());
    match (summary, code) {
        (Some(summary), Some(code)) if agree(&summary, code) => {
            let Some(failure) = &summary.error else {
                return Ending::Finished(Box::new(summary));
            };
            let mut problem = Problem::of_refresh(failure);
            // It was told to stop, and does not know why.
            if exited.stopped == Some(Stopped::TimedOut) && failure.code == ErrorCode::Cancelled {
                problem = Problem::timed_out();
            }
            Ending::Failed {
                problem,
                summary: Some(Box::new(summary)),
            }
        }
        _ => Ending::failed(match (exited.stopped, signal) {
            (Some(Stopped::TimedOut), _) => Problem::timed_out(),
            // By us, or by somebody else before it could say so.
            (Some(Stopped::Cancelled), _) | (None, Some(SIGINT | SIGTERM)) => Problem::cancelled(),
            (None, Some(signal)) => {
                tracing::error!(signal, "the refresh was ended by a signal");
                match signal {
                    SIGKILL => Problem::killed(),
                    _ => Problem::crashed(),
                }
            }
            (None, None) => {
                tracing::error!(
                    ?code,
                    bytes = captured.text.len(),
                    truncated = captured.is_truncated,
                    "exit status and summary of the refresh do not agree"
                );
                Problem::result_unusable()
            }
        }),
    }
}

/// The summary on stdout, if there is nothing else and it is about this run.
fn summary_of_run(args: ChildArgs<'_>, captured: &Captured) -> Option<Summary> {
    if captured.is_truncated {
        return None;
    }
    let summary: Summary = serde_json::from_slice(&captured.text).ok()?;
    let is_of_school = summary.establishment_id == Some(args.school.knack_id)
        || (!summary.success && summary.establishment_id.is_none());
    (is_of_school && summary.run_id == args.run_id && !summary.dry_run).then_some(summary)
}

fn agree(summary: &Summary, code: i32) -> bool {
    let exits: &[SyncExit] = match (&summary.error, summary.success, summary.partial) {
        (None, true, false) => &[SyncExit::Complete],
        (None, true, true) => &[SyncExit::Partial],
        (Some(failure), false, false) => match failure.code {
            ErrorCode::Cancelled => &[
                SyncExit::Cancelled(Signal::Interrupt),
                SyncExit::Cancelled(Signal::Terminate),
            ],
            code_of => return i32::from(SyncExit::Failed(code_of).code()) == code,
        },
        _ => &[],
    };
    exits.iter().any(|exit| i32::from(exit.code()) == code)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use dashboard::School;
    use serde_json::{Value, json};
    use sync_protocol::Calendar;
    use uuid::Uuid;

    use super::*;
    use crate::problem::Code;

    const RUN: Uuid = Uuid::from_u128(2);
    const KNACK_ID: &str = "61680fc13a0bfd001e8ca3ca";

    fn school() -> School {
        School {
            id: Uuid::from_u128(1),
            knack_id: KNACK_ID.parse().unwrap(),
            name: "A school".to_owned(),
            calendar: Calendar::from_flags(None, None),
        }
    }

    /// A whole summary of this school and run, with these members changed.
    pub(super) fn summary(changes: &Value) -> String {
        let table = json!({ "inserted": 0, "updated": 0, "unchanged": 0 });
        let mut summary = json!({
            "success": true, "partial": false, "establishment_name": "A school",
            "establishment_id": KNACK_ID, "establishment_uuid": Uuid::from_u128(1),
            "academic_year": "2026/2027", "students_synced": 0, "vespa_scores_synced": 0,
            "comments_synced": 0, "duration_seconds": 1.5, "timestamp": "2026-11-26T10:00:00Z",
            "dry_run": false, "run_id": RUN,
            "changes": { "students": table, "vespa_scores": table, "comments": table },
            "only_in_supabase": { "students": 0, "vespa_scores": 0, "comments": 0 },
            "not_completed": null, "skipped": [], "warnings": [],
            "knack": { "requests": 1, "retries": 0, "records": 0, "daily_remaining": null },
        });
        let members = summary.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        summary.to_string()
    }

    fn failed(code: &str) -> Value {
        let error = json!({ "code": code, "message": "It failed.", "retryable": false });
        json!({ "success": false, "error": error })
    }

    fn code(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    fn signal(signal: i32) -> ExitStatus {
        ExitStatus::from_raw(signal)
    }

    fn verdict(text: &str, status: Option<ExitStatus>, stopped: Option<Stopped>) -> Ending {
        let school = school();
        let args = ChildArgs {
            run_id: RUN,
            school: &school,
            started_by: "cron",
            fence: None,
        };
        let exited = Exited {
            status,
            stopped,
            was_killed: false,
        };
        let captured = Captured {
            text: text.into(),
            is_truncated: false,
        };
        of(args, exited, &captured)
    }

    #[test]
    fn a_summary_is_believed_if_the_exit_status_agrees() {
        let (complete, partial) = (json!({}), json!({ "partial": true }));
        let both = json!({ "partial": true, "success": false });
        let contradictory = json!({ "error": failed("internal")["error"] });
        // What is believed: `None` is success, a code is that failure.
        for (changes, exit, expected) in [
            (complete.clone(), 0, None),
            (partial.clone(), 9, None),
            (complete.clone(), 9, Some(Code::BadCliOutput)),
            (partial, 0, Some(Code::BadCliOutput)),
            (complete, 1, Some(Code::BadCliOutput)),
            (both, 9, Some(Code::BadCliOutput)),
            (contradictory, 0, Some(Code::BadCliOutput)),
            (failed("knack_unavailable"), 6, Some(Code::KnackUnavailable)),
            (failed("knack_unavailable"), 0, Some(Code::BadCliOutput)),
            (failed("knack_unavailable"), 8, Some(Code::BadCliOutput)),
            (failed("usage"), 2, Some(Code::Internal)),
            (failed("deadline"), 124, Some(Code::Deadline)),
            (failed("cancelled"), 130, Some(Code::Cancelled)),
            (failed("cancelled"), 143, Some(Code::Cancelled)),
            (failed("cancelled"), 0, Some(Code::BadCliOutput)),
        ] {
            let ending = verdict(&summary(&changes), Some(code(exit)), None);
            let problem = ending.problem().map(|problem| problem.code);
            assert_eq!(problem, expected, "{changes} {exit}");
            let is_believed = expected != Some(Code::BadCliOutput);
            assert_eq!(ending.summary().is_some(), is_believed, "{changes} {exit}");
        }
    }

    #[test]
    fn a_summary_of_something_else_is_not_believed() {
        let another_school = json!("5f3c9a1b7d2e4f6081a2b3c4");
        for changes in [
            json!({ "establishment_id": another_school }),
            json!({ "establishment_id": null }),
            json!({ "run_id": Uuid::from_u128(3) }),
            json!({ "dry_run": true }),
        ] {
            let ending = verdict(&summary(&changes), Some(code(0)), None);
            assert!(ending.has_no_summary(), "{changes}");
        }
        // A refresh that fails early does not know its school yet.
        let mut early = failed("configuration");
        early["establishment_id"] = Value::Null;
        let ending = verdict(&summary(&early), Some(code(3)), None);
        assert!(ending.summary().is_some());
    }

    #[test]
    fn without_a_summary_the_exit_says_what_happened() {
        for (status, stopped, expected) in [
            (Some(code(0)), None, Code::BadCliOutput),
            (None, None, Code::BadCliOutput),
            (Some(signal(11)), None, Code::SyncCrashed),
            (Some(signal(9)), None, Code::SyncCrashed),
            (Some(signal(15)), None, Code::Cancelled),
            (Some(signal(9)), Some(Stopped::TimedOut), Code::Deadline),
            (Some(code(0)), Some(Stopped::TimedOut), Code::Deadline),
            (Some(signal(15)), Some(Stopped::Cancelled), Code::Cancelled),
            (None, Some(Stopped::Cancelled), Code::Cancelled),
        ] {
            for text in ["", "{", "no summary"] {
                let problem = verdict(text, status, stopped).problem().unwrap();
                assert_eq!(problem.code, expected, "{status:?} {stopped:?} {text}");
            }
        }
    }

    #[test]
    fn a_refresh_that_was_stopped_is_judged_by_its_summary_and_by_why_it_was_stopped() {
        let cancelled = summary(&failed("cancelled"));
        for (text, exit, stopped, expected) in [
            (&cancelled, 143, Stopped::Cancelled, Some(Code::Cancelled)),
            (&cancelled, 143, Stopped::TimedOut, Some(Code::Deadline)),
            // It finished just before the signal.
            (&summary(&json!({})), 0, Stopped::TimedOut, None),
            (&summary(&json!({})), 0, Stopped::Cancelled, None),
        ] {
            let ending = verdict(text, Some(code(exit)), Some(stopped));
            let problem = ending.problem().map(|problem| problem.code);
            assert_eq!(problem, expected, "{stopped:?}");
            assert!(ending.summary().is_some(), "{stopped:?}");
        }
    }

    #[test]
    fn a_truncated_summary_is_not_believed() {
        let school = school();
        let args = ChildArgs {
            run_id: RUN,
            school: &school,
            started_by: "cron",
            fence: None,
        };
        let exited = Exited {
            status: Some(code(0)),
            stopped: None,
            was_killed: false,
        };
        let captured = Captured {
            text: summary(&json!({})).into(),
            is_truncated: true,
        };
        assert!(of(args, exited, &captured).has_no_summary());
    }
}
