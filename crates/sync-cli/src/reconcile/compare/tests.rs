use jiff::civil::date;
use serde_json::{Value, json};
use sync_protocol::WarningCode;

use super::*;
use crate::domain::{Email, Score};

const TODAY: Date = date(2026, 11, 23);
const COMPLETED: Date = date(2026, 10, 5);
const LAST: Date = date(2026, 9, 1);

fn cycle(n: i64) -> Cycle {
    Cycle::try_from(n).unwrap()
}

fn scores(vision: i64) -> Scores {
    let vision = Score::try_from(vision).unwrap();
    Scores::from_array([Some(vision), None, None, None, None, None])
}

fn student(current: Option<i64>, cycles: &[(i64, i64)]) -> Student {
    Student {
        record_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
        email: Email::parse("ann@example.test").unwrap(),
        details: Details {
            name: "Ann Other".to_owned(),
            year_group: "12".to_owned(),
            ..Details::default()
        },
        current_cycle: current.map(cycle),
        completed_on: COMPLETED,
        scores: cycles
            .iter()
            .map(|(n, vision)| (cycle(*n), scores(*vision)))
            .collect(),
        comments: Vec::new(),
    }
}

fn row(columns: Value) -> StoredStudent {
    let mut row = json!({
        "id": Uuid::nil(), "establishment_id": null, "knack_id": "61680fc13a0bfd001e8ca3ca",
        "email": "ann@example.test", "name": "Ann Other", "year_group": "12", "course": null, "faculty": "",
        "group": null, "gender": null, "created_at": null, "vespa_scores": [], "student_comments": [],
    });
    let (Value::Object(row_columns), Value::Object(columns)) = (&mut row, columns) else {
        panic!("rows are objects");
    };
    row_columns.extend(columns);
    serde_json::from_value(row).unwrap()
}

fn compared(student: &Student, row: &StoredStudent) -> (Compared, Findings) {
    let (leftovers, whose) = (Leftovers::default(), Whose::default());
    let mut findings = Findings::default();
    let answers = KnownAnswers::default();
    let context = Context {
        leftovers: &leftovers,
        whose: &whose,
        answers: Some(&answers),
        today: TODAY,
        kept: crate::domain::StudentColumns::default(),
    };
    let compared = compare(student, row, context, &mut findings);
    (compared, findings)
}

#[test]
fn a_student_is_changed_by_what_people_see_and_not_by_how_blank_is_written() {
    for (columns, is_changed) in [
        (json!({}), false),
        (json!({"course": "", "faculty": null, "group": " "}), false),
        (json!({"email": "Ann@Example.test"}), false),
        (json!({"name": " Ann Other "}), false),
        (json!({"name": "Ann"}), true),
        (json!({"year_group": null}), true),
        (json!({"gender": "F"}), true),
        (json!({"knack_id": "61680fc13a0bfd001e8ca3cb"}), true),
        // Whoever looks for a record looks for it as Knack spells it.
        (json!({"knack_id": "61680FC13A0BFD001E8CA3CA"}), true),
        (json!({"knack_id": null}), true),
        (json!({"email": "ann.other@example.test"}), true),
    ] {
        let (compared, _) = compared(&student(None, &[]), &row(columns.clone()));
        assert_eq!(compared.differing.any(), is_changed, "{columns}");
    }
}

#[test]
fn a_blank_name_in_knack_never_replaces_a_stored_one() {
    let mut unnamed = student(None, &[]);
    unnamed.details.name.clear();
    let (compared, _) = compared(&unnamed, &row(json!({})));
    assert_eq!(compared.details.name, "Ann Other");
    assert!(!compared.differing.any());
}

#[test]
fn a_stored_spelling_of_the_email_stays_until_the_address_changes() {
    for (stored, expected) in [
        ("Ann@Example.test", "Ann@Example.test"),
        ("other@example.test", "ann@example.test"),
    ] {
        let (compared, _) = compared(&student(None, &[]), &row(json!({"email": stored})));
        assert_eq!(compared.email, expected);
    }
}

/// Stored and Knack's cycle 1: what is written, if anything.
#[test]
fn scores_are_written_where_they_or_their_date_differ() {
    let stored = |vision: i64, day: Option<Date>| {
        json!([{"cycle": 1, "vision": vision, "effort": null,
        "systems": null, "practice": null, "attitude": null, "overall": null, "completion_date": day}])
    };
    for (case, stored, inserted, updated, warning) in [
        ("none stored", json!([]), 1, 0, None),
        ("equal", stored(7, Some(COMPLETED)), 0, 0, None),
        ("another score", stored(6, Some(COMPLETED)), 0, 1, None),
        ("no date", stored(7, None), 0, 1, None),
        ("an earlier date", stored(7, Some(LAST)), 0, 1, None),
        (
            "newer, of today",
            stored(6, Some(TODAY)),
            0,
            0,
            Some(WarningCode::KeptNewer),
        ),
        (
            "later, long ago",
            stored(6, Some(date(2026, 11, 1))),
            0,
            1,
            None,
        ),
    ] {
        let row = row(json!({ "vespa_scores": stored }));
        let (compared, findings) = compared(&student(Some(1), &[(1, 7)]), &row);
        let scores = compared.children.scores;
        assert_eq!(
            (scores.inserted.len(), scores.updated.len()),
            (inserted, updated),
            "{case}"
        );
        let warned: Vec<_> = findings.warnings().iter().map(|it| it.code).collect();
        assert_eq!(warned, Vec::from_iter(warning), "{case}");
    }
}

#[test]
fn only_the_cycle_completed_last_takes_the_records_date() {
    let row = row(json!({"vespa_scores": [
        {"cycle": 1, "vision": 5, "effort": null, "systems": null, "practice": null, "attitude": null,
         "overall": null, "completion_date": LAST},
    ]}));
    let (compared, _) = compared(&student(Some(2), &[(1, 6), (2, 7)]), &row);
    let scores = compared.children.scores;
    assert_eq!(scores.updated[0].completion_date, LAST);
    assert_eq!(scores.inserted[0].completion_date, COMPLETED);
}

#[test]
fn last_years_scores_are_found_by_email_or_record_and_only_beyond_the_current_cycle() {
    let old = |email: &str, knack_id: &str, vision: i64| {
        row(json!({"email": email, "knack_id": knack_id,
        "vespa_scores": [{"cycle": 2, "vision": vision, "effort": null, "systems": null, "practice": null,
                          "attitude": null, "overall": null, "completion_date": null}]}))
    };
    let (own, other) = ("61680fc13a0bfd001e8ca3ca", "61680fc13a0bfd001e8ca3cb");
    for (case, row, current, is_leftover) in [
        (
            "same e-mail",
            old("Ann@example.test", other, 7),
            Some(1),
            true,
        ),
        (
            "same record",
            old("old@example.test", own, 7),
            Some(1),
            true,
        ),
        (
            "same record, in capitals",
            old("old@example.test", "61680FC13A0BFD001E8CA3CA", 7),
            Some(1),
            true,
        ),
        ("no record", old("old@example.test", "", 7), Some(1), false),
        (
            "another pupil",
            old("old@example.test", other, 7),
            Some(1),
            false,
        ),
        (
            "other scores",
            old("ann@example.test", own, 6),
            Some(1),
            false,
        ),
        (
            "completed this year",
            old("ann@example.test", own, 7),
            Some(2),
            false,
        ),
        (
            "unknown cycle",
            old("ann@example.test", own, 7),
            None,
            false,
        ),
    ] {
        let student = student(current, &[(1, 5), (2, 7)]);
        let leftovers = Leftovers::find([&student].into_iter(), &[row]);
        assert_eq!(
            leftovers.contains(student.record_id, cycle(2)),
            is_leftover,
            "{case}"
        );
    }
}

#[test]
fn a_row_of_scores_names_its_students_email_as_it_is_stored() {
    let stored = |vision: i64, day: Date, email: Value| {
        json!({"cycle": 1, "vision": vision, "effort": null, "systems": null, "practice": null, "attitude": null,
            "overall": null, "completion_date": day, "academic_year": "2026/2027", "student_email": email})
    };
    let (null, own) = (json!(null), json!("Ann@example.test"));
    for (case, vision, day, named, is_of_email) in [
        ("equal and named", 7, COMPLETED, own.clone(), None),
        ("equal and unnamed", 7, COMPLETED, null.clone(), Some(true)),
        (
            "equal, in another spelling",
            7,
            COMPLETED,
            json!("ann@example.test"),
            Some(true),
        ),
        ("kept and named", 6, TODAY, own.clone(), None),
        ("kept and unnamed", 6, TODAY, null.clone(), Some(true)),
        ("changed and unnamed", 6, COMPLETED, null, Some(false)),
        ("changed and named", 6, COMPLETED, own, Some(false)),
    ] {
        let columns =
            json!({"email": "Ann@example.test", "vespa_scores": [stored(vision, day, named)]});
        let (compared, _) = compared(&student(Some(1), &[(1, 7)]), &row(columns));
        let updated = compared.children.scores.updated;
        let written: Vec<bool> = updated.iter().map(|change| change.is_of_email).collect();
        assert_eq!(written, Vec::from_iter(is_of_email), "{case}");
        let unchanged = u64::from(is_of_email.is_none());
        assert_eq!(compared.children.scores.unchanged, unchanged, "{case}");
    }
}

#[test]
fn an_email_that_the_database_has_no_column_for_is_no_difference() {
    let scores = json!([{"cycle": 1, "vision": 7, "effort": null, "systems": null, "practice": null,
        "attitude": null, "overall": null, "completion_date": COMPLETED, "academic_year": "2026/2027"}]);
    let (compared, _) = compared(
        &student(Some(1), &[(1, 7)]),
        &row(json!({"vespa_scores": scores})),
    );
    assert_eq!(compared.children.scores.unchanged, 1);
}
