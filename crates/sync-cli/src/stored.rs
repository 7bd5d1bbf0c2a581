//! Reads a school's year from Supabase: students with their scores and comments, in the form that PostgREST returns.

pub(crate) mod answers;
mod by_email;
mod carried;
mod holders;
mod owned;
pub(crate) mod statistics;

use std::cmp::Reverse;

use dashboard::{OptionalColumn, OptionalColumns, SchoolYear};
use jiff::civil::Date;
use serde::Deserialize;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::domain::{CommentKind, Cycle, Details, Scores, normalised};

pub(crate) use by_email::is_of_the_comparison;
pub(crate) use carried::CarriedRecord;
pub(crate) use owned::{Owned, ScoresWithoutYear};

pub(crate) const STUDENTS: &str = "students";

/// What is read of a student: everything that may be compared. Beside it, the gender where there is one.
const OWN_COLUMNS: &str =
    "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,created_at";

/// What is read of a row of `vespa_scores`. Beside it, the student's e-mail where there is that column.
const OF_SCORES: &str =
    "cycle,vision,effort,systems,practice,attitude,overall,completion_date,academic_year";

/// One row of `students` with its scores of the year and its comments.
#[derive(Clone, Deserialize)]
#[serde(from = "Row")]
pub(crate) struct StoredStudent {
    pub(crate) id: Uuid,
    pub(crate) establishment_id: Option<Uuid>,
    pub(crate) knack_id: CarriedRecord,
    /// Byte for byte.
    pub(crate) email: String,
    /// As it is compared: see [`normalised`].
    pub(crate) lower_email: String,
    /// NULL is blank, and blanks at either end are nothing.
    pub(crate) details: Details,
    /// Only compared with others of its kind.
    pub(crate) created_at: Option<String>,
    pub(crate) scores: Vec<StoredScores>,
    pub(crate) comments: Vec<StoredComment>,
}

#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct StoredScores {
    pub(crate) cycle: Cycle,
    #[serde(flatten)]
    pub(crate) scores: Scores,
    pub(crate) completion_date: Option<Date>,
    #[serde(rename = "academic_year", default)]
    pub(crate) label: Label,
    #[serde(default)]
    pub(crate) student_email: NamedEmail,
}

/// The e-mail that a row of scores names, by which the students' own report finds it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Option<String>")]
pub(crate) enum NamedEmail {
    /// It was not asked for: the database lacks the column.
    #[default]
    Unread,
    /// NULL.
    Missing,
    Is(String),
}

impl From<Option<String>> for NamedEmail {
    fn from(column: Option<String>) -> Self {
        column.map_or(Self::Missing, Self::Is)
    }
}

impl NamedEmail {
    /// Whether the row is to name `email` and does not.
    pub(crate) fn differs_from(&self, email: &str) -> bool {
        match self {
            Self::Unread => false,
            Self::Missing => true,
            Self::Is(named) => named != email,
        }
    }
}

/// The academic year that a row names. A student's row is of one year, so what hangs on it and names none is of that year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Option<String>")]
pub(crate) enum Label {
    /// It was not asked for: the database lacks the column.
    #[default]
    Unread,
    /// NULL.
    Missing,
    Year(AcademicYear),
    /// Something else.
    Odd,
}

impl From<Option<String>> for Label {
    fn from(column: Option<String>) -> Self {
        match column.map(|label| label.parse()) {
            None => Self::Missing,
            Some(Ok(year)) => Self::Year(year),
            Some(Err(_)) => Self::Odd,
        }
    }
}

/// Of the scores that hang on a student, those of `year`: one a cycle, one that names the year rather than one that names none.
pub(crate) fn of_year(mut scores: Vec<StoredScores>, year: AcademicYear) -> Vec<StoredScores> {
    scores.retain(|scores| match scores.label {
        Label::Unread | Label::Missing => true,
        Label::Year(of) => of == year,
        Label::Odd => false,
    });
    let last_first = |scores: &StoredScores| Reverse(scores.completion_date);
    scores.sort_by_key(|it| (it.cycle, it.label == Label::Missing, last_first(it)));
    scores.dedup_by_key(|scores| scores.cycle);
    scores
}

#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct StoredComment {
    pub(crate) cycle: Cycle,
    pub(crate) comment_type: CommentKind,
    pub(crate) comment_text: Option<String>,
    #[serde(rename = "academic_year", default)]
    pub(crate) label: Label,
}

/// As PostgREST returns it.
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    establishment_id: Option<Uuid>,
    knack_id: CarriedRecord,
    email: String,
    name: Option<String>,
    year_group: Option<String>,
    course: Option<String>,
    faculty: Option<String>,
    group: Option<String>,
    gender: Option<String>,
    created_at: Option<String>,
    #[serde(default)]
    vespa_scores: Vec<StoredScores>,
    #[serde(default)]
    student_comments: Vec<StoredComment>,
}

impl From<Row> for StoredStudent {
    fn from(row: Row) -> Self {
        let text = |column: Option<String>| column.unwrap_or_default().trim().to_owned();
        Self {
            id: row.id,
            establishment_id: row.establishment_id,
            knack_id: row.knack_id,
            lower_email: normalised(&row.email),
            email: row.email,
            details: Details {
                name: text(row.name),
                year_group: text(row.year_group),
                course: text(row.course),
                faculty: text(row.faculty),
                group: text(row.group),
                gender: text(row.gender),
            },
            created_at: row.created_at,
            scores: row.vespa_scores,
            comments: row.student_comments,
        }
    }
}

/// Reads students, with the columns that there are.
#[derive(Clone, Copy)]
pub(crate) struct StoredStudents<'a> {
    pub(crate) supabase: &'a SupabaseClient,
    pub(crate) columns: &'a OptionalColumns,
}

impl StoredStudents<'_> {
    /// All students of a school and year, however few PostgREST returns at a time.
    pub(crate) async fn of_school(
        self,
        of: &SchoolYear,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let establishment = of.school.id.to_string();
        self.read(of.year, |query| {
            query.eq("establishment_id", &establishment)
        })
        .await
    }

    /// Students by their ids, without the rows that refer to them.
    pub(crate) async fn alone(self, ids: Vec<String>) -> Result<Vec<StoredStudent>, SupabaseError> {
        let id = |student: &StoredStudent| student.id.to_string();
        loop {
            let own = self.own_columns();
            let query = || {
                let students = self.supabase.table(STUDENTS).select(&own);
                students.in_("id", ids.clone())
            };
            let rows = Box::pin(self.supabase.read_all(query, id)).await;
            if !self.columns.is_worth_rereading(&rows) {
                return rows;
            }
        }
    }

    fn own_columns(self) -> String {
        let mut columns = OWN_COLUMNS.to_owned();
        if self.columns.has(OptionalColumn::Gender) {
            columns.push_str(",gender");
        }
        columns
    }

    /// The columns of a row of scores, with the student's e-mail where there is one.
    pub(crate) fn of_scores(self) -> String {
        let mut columns = OF_SCORES.to_owned();
        if self.columns.has(OptionalColumn::ScoreEmail) {
            columns.push_str(",student_email");
        }
        columns
    }

    /// The columns of a comment, with the year where there is one.
    pub(crate) fn of_comments(self) -> &'static str {
        if self.columns.has(OptionalColumn::CommentYear) {
            "cycle,comment_type,comment_text,academic_year"
        } else {
            "cycle,comment_type,comment_text"
        }
    }

    async fn read(
        self,
        year: AcademicYear,
        filter: impl Fn(Query) -> Query,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let id = |student: &StoredStudent| student.id.to_string();
        loop {
            let query = || filter(self.of_year(year));
            let rows = Box::pin(self.supabase.read_all(query, id)).await;
            if !self.columns.is_worth_rereading(&rows) {
                let mut rows = rows?;
                for row in &mut rows {
                    row.scores = of_year(std::mem::take(&mut row.scores), year);
                }
                return Ok(rows);
            }
        }
    }

    /// Tables that hang on a student are named with the column that refers to it: with a second key between two tables,
    /// PostgREST would not know which is meant.
    fn of_year(self, year: AcademicYear) -> Query {
        let (own, of_scores) = (self.own_columns(), self.of_scores());
        let of_comments = self.of_comments();
        let scores = format!("vespa_scores!student_id({of_scores})");
        let comments = format!("student_comments!student_id({of_comments})");
        self.supabase
            .table(STUDENTS)
            .select(format!("{own},{scores},{comments}"))
            .eq("academic_year", year.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_cycles_scores_those_that_name_the_year_count_and_else_the_last_that_name_none() {
        type Row<'a> = (Option<&'a str>, Option<&'a str>);
        let cases: [(&str, &[Row<'_>], Option<usize>); 6] = [
            ("none", &[], None),
            ("this year's", &[(Some("2026/2027"), None)], Some(0)),
            ("another year's", &[(Some("2025/2026"), None)], None),
            ("no year", &[(None, None)], Some(0)),
            (
                "both",
                &[(None, Some("2026-10-05")), (Some("2026/2027"), None)],
                Some(1),
            ),
            (
                "twice no year",
                &[
                    (None, None),
                    (None, Some("2026-10-05")),
                    (None, Some("2026-10-04")),
                ],
                Some(1),
            ),
        ];
        for (case, rows, expected) in cases {
            let row = |(n, (label, date)): (usize, &Row<'_>)| -> StoredScores {
                serde_json::from_value(json!({
                    "cycle": 1, "vision": n, "effort": 1, "systems": 1, "practice": 1, "attitude": 1, "overall": 1,
                    "completion_date": date, "academic_year": label,
                }))
                .unwrap()
            };
            let rows = rows.iter().enumerate().map(row).collect();
            let kept = of_year(rows, "2026/2027".parse().unwrap());
            let kept: Vec<i64> = kept
                .iter()
                .filter_map(|it| it.scores.vision.map(i64::from))
                .collect();
            let expected = expected.map(|index| i64::try_from(index).unwrap());
            assert_eq!(kept, Vec::from_iter(expected), "{case}");
        }
    }
}
