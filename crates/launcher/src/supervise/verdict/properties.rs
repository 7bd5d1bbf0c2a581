//! Whatever a refresh prints, and however it ends, only a whole summary of this school and this run is believed, and what
//! callers are then told has its bounds.

use std::process::ExitStatus;

use dashboard::School;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sync_protocol::Calendar;
use uuid::Uuid;

use super::super::fit;
use super::tests::summary;
use super::*;

const RUN: Uuid = Uuid::from_u128(2);
const SECRET: &str = "sb_secret_canary";

fn school() -> School {
    School {
        id: Uuid::from_u128(1),
        knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
        name: "A school".to_owned(),
        calendar: Calendar::from_flags(None, None),
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let error = ("[a-z_]{1,20}|cancelled|internal|knack_unavailable", any::<String>(), prop::option::of(any::<u64>())).prop_map(
        |(code, message, wait)| json!({ "code": code, "message": message, "retryable": true, "retry_after_seconds": wait }),
    );
    let warnings = (0..300_usize, ".{0,9}").prop_map(|(count, text)| {
        let message = format!("{text}{SECRET}\nann@example.test");
        let warning = json!({ "code": "truncated", "message": message, "count": 1, "record_ids": vec!["a".repeat(24); 120] });
        json!(vec![warning; count / 50])
    });
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(RUN)),
        Just(json!("b".repeat(24))),
        error,
        warnings,
    ]
}

/// A summary of this run, with some members replaced.
fn any_summary() -> impl Strategy<Value = String> {
    let member = prop::sample::select(
        &[
            "success",
            "partial",
            "establishment_name",
            "establishment_id",
            "academic_year",
            "students_synced",
            "duration_seconds",
            "timestamp",
            "dry_run",
            "run_id",
            "changes",
            "only_in_supabase",
            "skipped",
            "warnings",
            "knack",
            "error",
            "more",
        ][..],
    );
    let changes = prop::collection::btree_map(member.prop_map(str::to_owned), any_json(), 0..3);
    changes.prop_map(|changes| summary(&Value::Object(changes.into_iter().collect::<Map<_, _>>())))
}

fn any_output() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => any_summary().prop_map(String::into_bytes),
        1 => (any_summary(), any::<prop::sample::Index>()).prop_map(|(text, at)| text.as_bytes()[..at.index(text.len())].to_vec()),
        1 => (any_summary(), any_summary()).prop_map(|(one, two)| format!("{one}\n{two}").into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..100),
    ]
}

fn any_exit() -> impl Strategy<Value = Option<ExitStatus>> {
    let code = prop_oneof![3 => Just(0), 2 => Just(9), 1 => 0..256].prop_map(|code: i32| code << 8);
    let raw = prop_oneof![4 => code, 1 => 1..65];
    prop::option::weighted(0.95, raw.prop_map(ExitStatus::from_raw))
}

fn any_stop() -> impl Strategy<Value = Option<Stopped>> {
    prop_oneof![4 => Just(None), 1 => Just(Some(Stopped::Cancelled)), 1 => Just(Some(Stopped::TimedOut))]
}

proptest! {
    #[test]
    fn only_a_whole_summary_of_this_school_and_run_is_believed_and_told_within_bounds(
        text in any_output(), status in any_exit(), stopped in any_stop(), is_truncated: bool,
    ) {
        let school = school();
        let args = ChildArgs { run_id: RUN, school: &school, started_by: "cron", fence: None };
        let captured = Captured { text, is_truncated };
        let ending = of(args, Exited { status, stopped, was_killed: false }, &captured);
        let is_success = matches!(ending, Ending::Finished(_));
        let told = fit::for_callers(ending, args, &[SECRET.to_owned()]);
        let (summary, sentence) = match told {
            Ending::Finished(summary) => (Some(summary), None),
            Ending::Failed { problem, summary } => (summary, Some(problem.message)),
        };
        if is_success {
            let summary = summary.as_ref().unwrap();
            prop_assert!(!is_truncated && summary.success && summary.error.is_none() && !summary.dry_run);
            prop_assert_eq!(summary.run_id, RUN);
            prop_assert_eq!(summary.establishment_id, Some(school.knack_id));
            let expected = if summary.partial { 9 } else { 0 };
            prop_assert_eq!(status.and_then(|status| status.code()), Some(expected));
        }
        if let Some(sentence) = sentence {
            prop_assert!(!sentence.trim().is_empty() || summary.is_some());
            prop_assert!(sentence.chars().count() <= 1_000 && !sentence.chars().any(char::is_control), "{sentence:?}");
        }
        if let Some(summary) = summary {
            let text = serde_json::to_string(&summary).unwrap();
            prop_assert!(!text.contains(SECRET) && !text.contains("example.test"), "{text}");
            prop_assert!(summary.warnings.len() <= 100 && summary.warnings.iter().all(|it| it.record_ids.len() <= 100));
        }
    }
}
