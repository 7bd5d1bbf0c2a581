//! Summaries: one to be believed, and all the ways in which one is not.

use jiff::Timestamp;
use serde_json::{Value, json};
use sync_protocol::{
    Changes, ErrorCode, Failure, KnackRecordId, KnackUse, PerTable, Summary, SyncExit, Warning,
    WarningCode,
};
use uuid::Uuid;

/// What a refresh of a school without students says.
pub(crate) fn summary(establishment: KnackRecordId, run_id: Uuid) -> Value {
    let summary = Summary {
        success: true,
        partial: false,
        establishment_name: Some("Example School".to_owned()),
        establishment_id: Some(establishment),
        establishment_uuid: None,
        academic_year: None,
        students_synced: 0,
        vespa_scores_synced: 0,
        comments_synced: 0,
        question_responses_synced: 0,
        duration_seconds: 0.5,
        timestamp: Timestamp::UNIX_EPOCH,
        dry_run: false,
        run_id,
        changes: Changes::default(),
        only_in_supabase: PerTable::default(),
        not_completed: None,
        skipped: Vec::new(),
        warnings: Vec::new(),
        knack: KnackUse::default(),
        changed_records: None,
        error: None,
    };
    serde_json::to_value(summary).expect("summaries always serialise")
}

/// What such a refresh says on stdout, and its exit code.
pub(crate) fn of(behaviour: &str, summary: Value) -> Option<(Vec<u8>, u8)> {
    let line = |value: &Value| format!("{value}\n").into_bytes();
    let with = |name: &str, value: Value| {
        let mut changed = summary.clone();
        changed[name] = value;
        line(&changed)
    };
    Some(match behaviour {
        "fails and says so" => (line(&failure(summary)), exit(ErrorCode::KnackUnavailable)),

        // It says what nobody else may hear.
        "tells secrets in its failure" => {
            let mut failure = failure(summary);
            failure["error"]["message"] = json!(secrets());
            failure["error"]["retry_after_seconds"] = json!(u64::MAX);
            failure["warnings"] = json!([warning(&secrets())]);
            (line(&failure), exit(ErrorCode::KnackUnavailable))
        }
        "tells secrets in its success" => {
            let mut success = summary;
            success["establishment_name"] = json!(secrets());
            success["warnings"] = json!([warning(&secrets())]);
            (line(&success), 0)
        }

        // Exit code and summary do not agree.
        "says nothing" => (Vec::new(), 0),
        "says failure, ends with 0" => (line(&failure(summary)), 0),

        // More or less than one document.
        "says it twice" => (line(&summary).repeat(2), 0),
        "says something before" => ([b"Done.\n".to_vec(), line(&summary)].concat(), 0),
        "says something after" => ([line(&summary), b"Done.\n".to_vec()].concat(), 0),
        "says half of it" => {
            let mut half = line(&summary);
            half.truncate(half.len() / 2);
            (half, 0)
        }
        "says it in a list" => (line(&json!([summary])), 0),
        "says what is no text" => {
            let line = with("establishment_name", json!("?"));
            let broken = line.iter().map(|byte| match byte {
                b'?' => 0xff,
                byte => *byte,
            });
            (broken.collect(), 0)
        }

        // It does not keep to the contract.
        "adds a field" => (with("hint", json!("trust me")), 0),
        "leaves a field out" => {
            let mut less = summary;
            less.as_object_mut()?.remove("changes");
            (line(&less), 0)
        }
        "counts in words" => (with("students_synced", json!("many")), 0),
        "counts below nothing" => (with("students_synced", json!(-1)), 0),
        _ => return None,
    })
}

/// Every key it was given, and somebody's e-mail, in a text that would be a line of its own and has no end.
fn secrets() -> String {
    let keys: Vec<String> = std::env::vars()
        .filter(|(name, _)| name.contains("KEY"))
        .map(|(_, key)| key)
        .collect();
    format!(
        "{}\r\nann@example.test {}",
        keys.join(" "),
        "x".repeat(100_000)
    )
}

fn warning(message: &str) -> Value {
    let warning = Warning {
        code: WarningCode::ShortPage,
        message: message.to_owned(),
        count: 1,
        record_ids: Vec::new(),
    };
    serde_json::to_value(warning).expect("warnings always serialise")
}

fn failure(mut summary: Value) -> Value {
    let failure = Failure {
        code: ErrorCode::KnackUnavailable,
        message: "Knack does not answer. Nothing was changed.".to_owned(),
        retryable: true,
        retry_after_seconds: None,
    };
    summary["success"] = json!(false);
    summary["error"] = serde_json::to_value(failure).expect("failures always serialise");
    summary
}

fn exit(code: ErrorCode) -> u8 {
    SyncExit::Failed(code).code()
}
