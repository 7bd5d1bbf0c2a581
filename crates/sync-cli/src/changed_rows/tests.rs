use serde_json::{Value, json};

use super::*;
use crate::domain::{Score, StudentColumn};

fn record(n: u64) -> KnackRecordId {
    format!("61680fc13a0bfd00{n:08x}").parse().unwrap()
}

fn cycle(n: i64) -> Cycle {
    Cycle::try_from(n).unwrap()
}

fn scores(vision: i64) -> Scores {
    let vision = Score::try_from(vision).unwrap();
    Scores::from_array([Some(vision), None, None, None, None, None])
}

fn entries(changed: &ChangedRows, values: Values) -> Value {
    serde_json::to_value(changed.report(values).entries).unwrap()
}

#[test]
fn the_rows_of_a_student_table_and_cycle_are_one_change_and_new_only_if_all_are() {
    let changed = ChangedRows::default();
    let answers = RowChange::Answer;
    let mut columns = StudentColumns::default();
    columns.add_if(StudentColumn::Name, true);
    changed.add(record(2), ChangeKind::Inserted, answers(cycle(1)));
    changed.add(record(2), ChangeKind::Updated, answers(cycle(1)));
    changed.add(record(2), ChangeKind::Inserted, answers(cycle(2)));
    changed.add(record(2), ChangeKind::Inserted, answers(cycle(2)));
    for kind in [CommentKind::Goal, CommentKind::Rrc] {
        let comment = RowChange::Comment(cycle(1), kind);
        changed.add(record(1), ChangeKind::Inserted, comment);
    }
    changed.add(record(1), ChangeKind::Updated, RowChange::Student(columns));
    let (one, two) = (record(1), record(2));
    assert_eq!(
        entries(&changed, Values::Hidden),
        json!([
            {"record_id": one, "table": "students", "kind": "updated", "fields": ["name"]},
            {"record_id": one, "table": "comments", "cycle": 1, "kind": "inserted", "fields": ["rrc", "goal"]},
            {"record_id": two, "table": "question_responses", "cycle": 1, "kind": "updated", "answers": 2},
            {"record_id": two, "table": "question_responses", "cycle": 2, "kind": "inserted", "answers": 2},
        ])
    );
}

#[test]
fn scores_are_said_only_where_values_are_shown() {
    let changed = ChangedRows::default();
    let row = RowChange::Scores {
        cycle: cycle(3),
        old: Some(scores(4)),
        new: scores(5),
    };
    changed.add(record(1), ChangeKind::Updated, row);
    let vision = |entries: &Value| {
        let scores = &entries[0]["scores"];
        [&scores["old"]["vision"], &scores["new"]["vision"]].map(Value::as_u64)
    };
    let shown = entries(&changed, Values::Shown);
    assert_eq!(vision(&shown), [Some(4), Some(5)]);
    let hidden = entries(&changed, Values::Hidden);
    assert_eq!(vision(&hidden), [None, None]);
    assert_eq!(hidden[0]["cycle"], 3);
}

#[test]
fn the_first_by_record_are_kept_and_each_other_one_counts_once_in_whatever_order_they_come() {
    let changed = ChangedRows::default();
    let count = MAX_CHANGES as u64 + 700;
    for n in (0..count).rev().chain(0..count) {
        let answer = RowChange::Answer(cycle(1));
        changed.add(record(n), ChangeKind::Inserted, answer);
    }
    let report = changed.report(Values::Shown);
    assert_eq!((report.entries.len(), report.left_out), (5_000, 700));
    assert_eq!(report.entries[0].record_id, record(0));
    let last = &report.entries[MAX_CHANGES - 1];
    assert_eq!(last.record_id, record(MAX_CHANGES as u64 - 1));
    assert!(report.entries.iter().all(|entry| entry.answers == Some(2)));
}
