//! Prints a refresh for people: what was done, what needs attention, how long it took and what it cost. Pure.

use std::fmt::{self, Write as _};

use sync_protocol::{Summary, TableChanges};

use super::attention::write_attention;
use super::listing::printable;

/// The text for a terminal. Of a failure, what it has done; what happened is said on stderr.
pub(super) fn report(summary: &Summary) -> String {
    let mut text = String::new();
    write(&mut text, summary).expect("a text takes whatever is written");
    text
}

fn write(text: &mut String, summary: &Summary) -> fmt::Result {
    let school = summary.establishment_name.as_deref();
    write!(text, "{}", printable(school.unwrap_or("The school")))?;
    if let Some(year) = summary.academic_year {
        write!(text, ", {year}")?;
    }
    let outcome = match (summary.success, summary.partial) {
        (true, false) => "refreshed",
        (true, true) => "refreshed in part",
        (false, _) => "not refreshed",
    };
    writeln!(text, ": {outcome} in {:.1} s.", summary.duration_seconds)?;
    if summary.success || summary.students_synced > 0 {
        writeln!(text)?;
        write_counts(text, summary)?;
    }
    if let Some(count) = summary.not_completed.filter(|count| *count > 0) {
        let (students, have) = match count {
            1 => ("student", "has"),
            _ => ("students", "have"),
        };
        let count = grouped(count);
        writeln!(
            text,
            "\n{count} {students} {have} not completed the questionnaire."
        )?;
    }
    write_attention(text, summary)?;
    let knack = summary.knack;
    if knack.requests > 0 {
        let plural = if knack.requests == 1 { "" } else { "s" };
        write!(text, "\nKnack: {} request{plural}", grouped(knack.requests))?;
        if let Some(left) = knack.daily_remaining {
            write!(text, ", {} left today", grouped(left))?;
        }
        writeln!(text, ".")?;
    }
    Ok(())
}

/// A line for each table.
fn write_counts(text: &mut String, summary: &Summary) -> fmt::Result {
    let only = summary.only_in_supabase;
    for (table, counts, left) in [
        ("Students", summary.changes.students, only.students),
        ("Scores", summary.changes.vespa_scores, only.vespa_scores),
        ("Comments", summary.changes.comments, only.comments),
        (
            "Answers",
            summary.changes.question_responses,
            only.question_responses,
        ),
    ] {
        let changes = said(counts, left);
        let synced = grouped(counts.synced());
        writeln!(text, "  {table:<9}{synced:>8}  {changes}")?;
    }
    Ok(())
}

/// `3 new, 12 updated`
fn said(counts: TableChanges, only_in_supabase: u64) -> String {
    let parts = [
        (counts.inserted, "new"),
        (counts.updated, "updated"),
        (only_in_supabase, "no longer in Knack"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    match (parts.is_empty(), counts.synced()) {
        (true, 0) => String::new(),
        (true, _) => "unchanged".to_owned(),
        (false, _) => parts.join(", "),
    }
}

/// `1,339`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(changes: &serde_json::Value) -> Summary {
        let mut summary = serde_json::json!({
            "success": true, "partial": false, "establishment_name": "Example\u{1b} School",
            "establishment_id": "61680fc13a0bfd001e8ca3ca", "establishment_uuid": null, "academic_year": "2026/2027",
            "students_synced": 1465, "vespa_scores_synced": 611, "comments_synced": 0, "question_responses_synced": 19520,
            "duration_seconds": 1.61, "timestamp": "2026-11-26T18:30:49Z", "dry_run": false,
            "run_id": "10bd7c81-8b5f-4a5d-b6bb-51312a42c2e3",
            "changes": {
                "students": {"inserted": 3, "updated": 12, "unchanged": 1450},
                "vespa_scores": {"inserted": 0, "updated": 0, "unchanged": 611},
                "comments": {"inserted": 0, "updated": 0, "unchanged": 0},
                "question_responses": {"inserted": 19520, "updated": 0, "unchanged": 0},
            },
            "only_in_supabase": {"students": 2, "vespa_scores": 0, "comments": 0, "question_responses": 0},
            "not_completed": 31,
            "skipped": [{"reason": "missing_email", "count": 7, "record_ids": [
                "626001d1bfcbf443a3147381", "626001d1bfcbf443a3147382", "626001d1bfcbf443a3147383",
                "626001d1bfcbf443a3147384", "626001d1bfcbf443a3147385", "626001d1bfcbf443a3147386",
                "626001d1bfcbf443a3147387",
            ]}],
            "warnings": [
                {"code": "clock_skew", "message": "The clock is off.", "count": 1, "record_ids": []},
                {"code": "kept_newer", "message": "Newer ones were kept.", "count": 2,
                 "record_ids": ["626001d1bfcbf443a3147388", "626001d1bfcbf443a3147389"]},
            ],
            "knack": {"requests": 9, "retries": 0, "records": 934, "daily_remaining": 99978},
        });
        let (serde_json::Value::Object(all), serde_json::Value::Object(changes)) =
            (&mut summary, changes.clone())
        else {
            panic!("summaries are objects");
        };
        all.extend(changes);
        serde_json::from_value(summary).unwrap()
    }

    #[test]
    fn a_refresh_is_reported_to_a_person() {
        insta::assert_snapshot!(report(&summary(&serde_json::json!({}))));
    }

    #[test]
    fn a_failure_before_anything_was_read_is_a_line() {
        let failed = summary(&serde_json::json!({
            "success": false, "establishment_name": null, "academic_year": null, "students_synced": 0,
            "not_completed": null, "skipped": [], "warnings": [], "duration_seconds": 0.04,
            "knack": {"requests": 0, "retries": 0, "records": 0, "daily_remaining": null},
        }));
        assert_eq!(report(&failed), "The school: not refreshed in 0.0 s.\n");
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (19_520, "19,520"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
