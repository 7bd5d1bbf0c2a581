//! What Supabase holds of one school and year: students with their scores and comments, as PostgREST returns them.

use dashboard::{OptionalColumn, OptionalColumns, SchoolYear};
use jiff::civil::Date;
use serde::Deserialize;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::domain::{CommentKind, Cycle, Details, Scores};

pub(crate) const STUDENTS: &str = "students";

/// What is read of a student: everything that may be compared. Beside it, the gender where there is one.
const OWN_COLUMNS: &str =
    "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,created_at";

/// The rows that refer to a student. Their tables are named with the column that refers to the student: with a second key
/// between two tables, PostgREST would not know which is meant.
const CHILDREN: &str = "vespa_scores!student_id(cycle,vision,effort,systems,practice,attitude,overall,completion_date),\
     student_comments!student_id(cycle,comment_type,comment_text)";

/// Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const EMAILS_A_REQUEST: usize = 50;

/// One row of `students` with its scores of the year and its comments.
#[derive(Clone, Deserialize)]
#[serde(from = "Row")]
pub(crate) struct StoredStudent {
    pub(crate) id: Uuid,
    pub(crate) establishment_id: Option<Uuid>,
    pub(crate) knack_id: String,
    /// Byte for byte.
    pub(crate) email: String,
    /// As it is compared: trimmed, in lower case.
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
}

#[derive(Clone, PartialEq, Deserialize)]
pub(crate) struct StoredComment {
    pub(crate) cycle: Cycle,
    pub(crate) comment_type: CommentKind,
    pub(crate) comment_text: Option<String>,
}

/// As PostgREST returns it.
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    establishment_id: Option<Uuid>,
    knack_id: String,
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
            lower_email: row.email.trim().to_lowercase(),
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

    /// Students of that year, of any school, whose stored e-mail has a capital letter. Few: only the questionnaire and the
    /// oldest job store e-mails as they were typed (docs/knack-and-dashboard.md, "Other writers").
    pub(crate) async fn mixed_case(
        self,
        year: AcademicYear,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        self.read(year, |query| query.and("email.match.[A-Z]"))
            .await
    }

    /// Students of that year, of any school, with one of these e-mails in any case. They may be others as well, whose
    /// e-mails only look alike.
    pub(crate) async fn like_emails(
        self,
        year: AcademicYear,
        emails: &[&str],
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let mut found = Vec::new();
        for some in emails.chunks(EMAILS_A_REQUEST) {
            let like = |email: &&str| format!("email.ilike.{}", pattern(email));
            let any: Vec<String> = some.iter().map(like).collect();
            found.extend(self.read(year, |query| query.or(any.join(","))).await?);
        }
        Ok(found)
    }

    /// Students of that year, of any school, with one of these e-mails as the database compares them: byte for byte, unless
    /// its collation knows no case.
    pub(crate) async fn with_emails(
        self,
        year: AcademicYear,
        emails: &[&str],
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let mut found = Vec::new();
        for some in emails.chunks(EMAILS_A_REQUEST) {
            let quoted: Vec<String> = some.iter().map(|email| quote(email)).collect();
            let rows = self.read(year, |query| query.in_("email", quoted.clone()));
            found.extend(rows.await?);
        }
        Ok(found)
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
            if !self.columns.is_worth_repeating(&rows) {
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

    async fn read(
        self,
        year: AcademicYear,
        filter: impl Fn(Query) -> Query,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        let id = |student: &StoredStudent| student.id.to_string();
        loop {
            let query = || filter(self.of_year(year));
            let rows = Box::pin(self.supabase.read_all(query, id)).await;
            if !self.columns.is_worth_repeating(&rows) {
                return rows;
            }
        }
    }

    fn of_year(self, year: AcademicYear) -> Query {
        let year = year.to_string();
        let own = self.own_columns();
        self.supabase
            .table(STUDENTS)
            .select(format!("{own},{CHILDREN}"))
            .eq("academic_year", &year)
            .eq("vespa_scores.academic_year", &year)
    }
}

/// A pattern that an e-mail matches in any case. An address holds nothing that needs quotes here. PostgREST takes `*` for any
/// text, whatever is before it; as `_`, it matches one character.
fn pattern(email: &str) -> String {
    let mut pattern = String::with_capacity(email.len());
    for c in email.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            '*' => pattern.push('_'),
            c => pattern.push(c),
        }
    }
    pattern
}

/// Inside `in.(…)`, commas, dots, colons and brackets need quotes (docs/knack-and-dashboard.md, "Reads and long URLs").
fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_a_pattern_for_itself() {
        for (email, expected) in [
            ("ann@x.test", "ann@x.test"),
            ("a_b%c@x.test", "a\\_b\\%c@x.test"),
            ("a*b@x.test", "a_b@x.test"),
        ] {
            assert_eq!(pattern(email), expected);
        }
    }
}
