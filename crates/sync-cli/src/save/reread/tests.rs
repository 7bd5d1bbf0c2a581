use std::collections::HashMap;

use serde_json::json;

use super::super::rows::ScoreRow;
use super::*;

const OURS: Uuid = Uuid::from_u128(1);
const THEIRS: Uuid = Uuid::from_u128(2);

fn scores(vision: i64) -> StoredScores {
    serde_json::from_value(json!({
        "cycle": 1, "vision": vision, "effort": 1, "systems": 1, "practice": 1, "attitude": 1, "overall": 1,
        "completion_date": null,
    }))
    .unwrap()
}

/// What becomes of a score that was `before`, if there was one, and is `after`, if there is one, of students who are there,
/// each at a school or at none.
fn now(before: Option<i64>, after: Option<i64>, students: &[Option<Uuid>]) -> Now {
    let key = ScoreKey {
        student_id: Uuid::from_u128(3),
        cycle: 1.try_into().unwrap(),
    };
    let rows = |vision: Option<i64>| HashMap::from_iter(vision.map(|it| (key, scores(it))));
    let current = Current::<ScoreRow> {
        rows: rows(after),
        schools: students
            .iter()
            .map(|school| (key.student_id, *school))
            .collect(),
    };
    current.now(key, &rows(before), OURS)
}

#[test]
fn a_row_is_written_only_as_it_was_read_and_only_to_a_student_of_the_school() {
    let here: &[_] = &[Some(OURS)];
    let there: &[_] = &[Some(THEIRS)];
    for (case, before, after, school, expected) in [
        ("as it was", Some(1), Some(1), here, Now::AsRead),
        ("still not there", None, None, here, Now::AsRead),
        ("changed", Some(1), Some(2), here, Now::Changed),
        ("added", None, Some(2), here, Now::Changed),
        ("deleted alone", Some(1), None, here, Now::Gone),
        ("student deleted", Some(1), None, &[], Now::StudentDeleted),
        ("only it deleted", None, None, &[], Now::StudentDeleted),
        ("moved as it was", Some(1), Some(1), there, Now::Gone),
        ("moved and changed", Some(1), Some(2), there, Now::Gone),
        ("moved without it", None, None, there, Now::Gone),
        ("taken away", Some(1), Some(2), &[None], Now::Gone),
        ("nobody's", Some(1), Some(1), &[None], Now::AsRead),
    ] {
        assert_eq!(now(before, after, school), expected, "{case}");
    }
}
