//! Prints a dry run for people: how many rows would be written, and whose. Pure.

use std::fmt::{self, Write as _};

use sync_protocol::{
    ChangeKind, ChangeReport, ChangedTable, RecordChange, ScoreValues, Summary, TableChanges,
};

/// The text for a terminal. What it shows of the rows is what the report holds of them.
pub(super) fn listing(summary: &Summary) -> String {
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
    writeln!(text, ": a refresh would write this. Nothing was changed.\n")?;
    for (table, counts) in [
        ("students", summary.changes.students),
        ("scores", summary.changes.vespa_scores),
        ("comments", summary.changes.comments),
        ("answers", summary.changes.question_responses),
    ] {
        let TableChanges {
            inserted,
            updated,
            unchanged,
        } = counts;
        writeln!(
            text,
            "  {table:<10}{inserted:>8} new {updated:>8} updated {unchanged:>8} unchanged"
        )?;
    }
    if let Some(report) = &summary.changed_records {
        write_entries(text, report)?;
    }
    for skipped in &summary.skipped {
        let reason = serde_json::to_string(&skipped.reason).unwrap_or_default();
        let reason = reason.trim_matches('"').replace('_', " ");
        writeln!(text, "\n{} skipped: {reason}", skipped.count)?;
        for record in &skipped.record_ids {
            writeln!(text, "  {record}")?;
        }
    }
    for warning in &summary.warnings {
        writeln!(text, "\n{}", warning.message)?;
        for record in &warning.record_ids {
            writeln!(text, "  {record}")?;
        }
    }
    Ok(())
}

fn write_entries(text: &mut String, report: &ChangeReport) -> fmt::Result {
    let mut last = None;
    for entry in &report.entries {
        if last != Some(entry.record_id) {
            last = Some(entry.record_id);
            let name = report.names.get(&entry.record_id);
            let name = name.map_or_else(String::new, |name| format!("  {}", printable(name)));
            writeln!(text, "\n{}{name}", entry.record_id)?;
        }
        writeln!(text, "  {}", line(entry))?;
    }
    if report.left_out > 0 {
        writeln!(text, "\n... and {} more", report.left_out)?;
    }
    Ok(())
}

/// Names come from Knack, and may hold what would move a terminal's cursor.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn line(entry: &RecordChange) -> String {
    let kind = match entry.kind {
        ChangeKind::Inserted => "new",
        ChangeKind::Updated => "changed",
    };
    let of_cycle = entry.cycle.map_or_else(String::new, |n| format!(" {n}"));
    let what = match entry.table {
        ChangedTable::Students => format!("student: {kind}"),
        ChangedTable::VespaScores => format!("scores of cycle{of_cycle}: {kind}"),
        ChangedTable::Comments => format!("comments of cycle{of_cycle}: {kind}"),
        ChangedTable::QuestionResponses => format!(
            "answers of cycle{of_cycle}: {kind}, {}",
            entry.answers.unwrap_or_default()
        ),
    };
    let fields = if entry.fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", entry.fields.join(", "))
    };
    let values = entry.scores.map_or_else(String::new, |scores| {
        let old = scores.old.map_or_else(|| "none".to_owned(), six);
        format!(", {old} -> {}", six(scores.new))
    });
    format!("{what}{fields}{values}")
}

/// Vision, effort, systems, practice, attitude, overall.
fn six(scores: ScoreValues) -> String {
    let all = [
        scores.vision,
        scores.effort,
        scores.systems,
        scores.practice,
        scores.attitude,
        scores.overall,
    ];
    let one = |score: Option<u8>| score.map_or_else(|| "-".to_owned(), |n| n.to_string());
    all.map(one).join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dry_run_is_listed_pupil_by_pupil() {
        let (none, some) = (
            json!({"inserted": 0, "updated": 0, "unchanged": 0}),
            "61680fc13a0bfd001e8ca3ca",
        );
        let score = |n: u8| json!({"vision": n, "effort": null, "systems": 3, "practice": 3, "attitude": 3, "overall": 3});
        let summary: Summary = serde_json::from_value(json!({
            "success": true, "partial": false, "establishment_name": "Example \u{1b}School", "establishment_id": some,
            "establishment_uuid": null, "academic_year": "2026/2027", "students_synced": 3, "vespa_scores_synced": 0,
            "comments_synced": 0, "duration_seconds": 1.0, "timestamp": "2026-11-23T10:00:00Z", "dry_run": true,
            "run_id": "00000000-0000-0000-0000-000000000000",
            "changes": {"students": {"inserted": 1, "updated": 1, "unchanged": 1}, "vespa_scores": none, "comments": none,
                        "question_responses": none},
            "only_in_supabase": {"students": 0, "vespa_scores": 0, "comments": 0}, "not_completed": 0,
            "skipped": [{"reason": "missing_email", "count": 1, "record_ids": ["61680fc13a0bfd001e8ca3cb"]}],
            "warnings": [], "knack": {"requests": 1, "retries": 0, "records": 3, "daily_remaining": null},
            "changed_records": {"entries": [
                {"record_id": some, "table": "students", "kind": "updated", "fields": ["name", "course"]},
                {"record_id": some, "table": "vespa_scores", "cycle": 1, "kind": "updated",
                 "scores": {"old": score(2), "new": score(4)}},
                {"record_id": some, "table": "question_responses", "cycle": 1, "kind": "inserted", "answers": 32},
                {"record_id": "61680fc13a0bfd001e8ca3cc", "table": "students", "kind": "inserted"},
            ], "left_out": 7, "names": {some: "Ann Other"}},
        }))
        .unwrap();
        insta::assert_snapshot!(listing(&summary));
    }
}
