//! Every odd shape a record is known to take, and the rows that come of it: the awkward school, refreshed once.

mod dates;
mod people;
mod scores;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::{awkward_id, awkward_pupils, schools, standard_schools, year};
use serde_json::{Value, json};
use sync_protocol::{AcademicYear, SkipReason, Summary, WarningCode};
use tokio::sync::OnceCell;

/// Six scores, as they are stored.
type Six = [Option<i64>; 6];

/// The scores of the cycle that every record of the school has unless its name says otherwise.
const ORDINARY: Six = [Some(7), Some(6), Some(5), Some(8), Some(7), Some(7)];

/// What became of the school.
struct Outcome {
    summary: Summary,
    /// Rows of `students`, by Knack id.
    students: BTreeMap<String, Value>,
    scores: Vec<Value>,
    comments: Vec<Value>,
    year: AcademicYear,
    /// What a second refresh changed.
    second: [[u64; 3]; 3],
}

/// Refreshed once for all tests, a year ago, so that no date depends on how far this year has come.
async fn outcome() -> &'static Outcome {
    static OUTCOME: OnceCell<Outcome> = OnceCell::const_new();
    OUTCOME.get_or_init(refresh).await
}

async fn refresh() -> Outcome {
    let today = Stage::builder().last_year().start([]).await.year.last_day();
    let school = standard_schools(today)
        .into_iter()
        .find(|school| school.knack_id == schools::AWKWARD)
        .expect("the awkward school is a standard one");
    let stage = Stage::builder().school(school).last_year().start([]).await;
    let summary = stage.run().await.expect_code(0);
    let second = stage.run().await.expect_code(0);
    let by_id = |row: Value| (row["knack_id"].as_str().unwrap_or_default().to_owned(), row);
    Outcome {
        summary,
        students: stage.students().await.into_iter().map(by_id).collect(),
        scores: stage.scores().await,
        comments: stage.comments().await,
        year: stage.year,
        second: changes(&second),
    }
}

impl Outcome {
    /// The record became this student: an ordinary one but for `columns`.
    #[track_caller]
    fn expect_student(&self, name: &str, columns: &Value) {
        let mut expected = json!({
            "knack_id": awkward_id(name), "email": format!("{}@thornfield.example", name.replace('_', "-")),
            "name": format!("Odd {}", name.replace('_', " ")), "year_group": "12", "course": "A Level",
            "faculty": "Sciences", "group": "12A", "gender": "Female", "academic_year": self.year,
        });
        for (column, value) in columns.as_object().into_iter().flatten() {
            expected[column] = value.clone();
        }
        let stored = self.students.get(&awkward_id(name));
        assert_eq!(stored, Some(&expected), "{name}");
    }

    /// The record's student has these cycles and no others, all of the record's one date.
    #[track_caller]
    fn expect_scores(&self, name: &str, cycles: &[(i64, Six)]) {
        let email = self.email(name);
        let row = |(cycle, six): &(i64, Six)| {
            let [vision, effort, systems, practice, attitude, overall] = six;
            json!({
                "email": email, "cycle": cycle, "vision": vision, "effort": effort, "systems": systems,
                "practice": practice, "attitude": attitude, "overall": overall,
                "completion_date": year::nth_day(self.year.last_day(), false, 10), "academic_year": self.year,
                "student_email": email,
            })
        };
        let expected: Vec<Value> = cycles.iter().map(row).collect();
        assert_eq!(of_student(&self.scores, &email), expected, "{name}");
    }

    /// The record's student has these comments and no others: cycle, kind, field and text.
    #[track_caller]
    fn expect_comments(&self, name: &str, comments: &[(i64, &str, &str, &str)]) {
        let email = self.email(name);
        let row = |(cycle, kind, field, text): &(i64, &str, &str, &str)| {
            json!({
                "email": email, "cycle": cycle, "comment_type": kind, "comment_text": text,
                "knack_field_id": field, "academic_year": self.year,
            })
        };
        let expected: Vec<Value> = comments.iter().map(row).collect();
        assert_eq!(of_student(&self.comments, &email), expected, "{name}");
    }

    /// All that was completed that day, though its shape is odd.
    #[track_caller]
    fn expect_completed(&self, name: &str, day: jiff::civil::Date) {
        let scores = of_student(&self.scores, &self.email(name));
        let dates: Vec<&Value> = scores.iter().map(|row| &row["completion_date"]).collect();
        assert_eq!(dates, [&json!(day)], "{name}");
    }

    /// These records, and no others, were skipped for that reason.
    #[track_caller]
    fn expect_skipped(&self, reason: SkipReason, names: &[&str]) {
        let all = skipped(&self.summary);
        let ids = all.into_iter().find(|(skip, _)| *skip == reason);
        let ids = ids.map(|(_, ids)| ids).unwrap_or_default();
        assert_eq!(
            names_of(&ids),
            names.iter().copied().collect(),
            "{reason:?}"
        );
    }

    /// These records, and no others, were warned of.
    #[track_caller]
    fn expect_warned(&self, code: WarningCode, names: &[&str]) {
        let all = warned(&self.summary);
        let ids = all.into_iter().find(|(warning, _)| *warning == code);
        let ids = ids.map(|(_, ids)| ids).unwrap_or_default();
        assert_eq!(names_of(&ids), names.iter().copied().collect(), "{code:?}");
    }

    #[track_caller]
    fn email(&self, name: &str) -> Value {
        let student = self.students.get(&awkward_id(name));
        let student = student.unwrap_or_else(|| panic!("{name} is no student"));
        student["email"].clone()
    }
}

fn of_student(rows: &[Value], email: &Value) -> Vec<Value> {
    rows.iter()
        .filter(|row| row["email"] == *email)
        .cloned()
        .collect()
}

fn names_of(ids: &[String]) -> BTreeSet<&'static str> {
    names()
        .into_iter()
        .filter(|name| ids.contains(&awkward_id(name)))
        .collect()
}

/// Every name of the table; the day they are made for is of no matter here.
fn names() -> Vec<&'static str> {
    let day = jiff::civil::Date::constant(2026, 7, 31);
    awkward_pupils(day)
        .into_iter()
        .map(|odd| odd.name)
        .collect()
}

#[tokio::test]
async fn every_record_becomes_a_student_or_is_skipped_or_was_not_asked_for() {
    let outcome = outcome().await;
    let skips: Vec<String> = skipped(&outcome.summary)
        .into_iter()
        .flat_map(|(_, ids)| ids)
        .collect();
    for name in names() {
        let id = awkward_id(name);
        let fates = [
            outcome.students.contains_key(&id),
            skips.contains(&id),
            name.starts_with("not_found_"),
        ];
        assert_eq!(
            fates.iter().filter(|fate| **fate).count(),
            1,
            "{name}: {fates:?}"
        );
    }
    assert_eq!(outcome.summary.not_completed, Some(1));
}

#[tokio::test]
async fn a_second_refresh_of_the_awkward_school_changes_nothing() {
    let outcome = outcome().await;
    let rows = [
        outcome.students.len(),
        outcome.scores.len(),
        outcome.comments.len(),
    ];
    assert_eq!(outcome.second, rows.map(|rows| [0, 0, rows as u64]));
}
