//! Reads stored students, of a school or by their e-mails, with the columns that there are.

use dashboard::{OptionalColumn, OptionalColumns, SchoolYear};
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;

use super::{STUDENTS, StoredStudent, of_year};

/// What is read of a student: everything that may be compared. Beside it, the gender where there is one.
const OWN_COLUMNS: &str =
    "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,created_at";

/// What is read of a row of `vespa_scores`. Beside it, the student's e-mail where there is that column.
const OF_SCORES: &str =
    "cycle,vision,effort,systems,practice,attitude,overall,completion_date,academic_year";

/// A character that a normalised address of ASCII hardly has. (`[`, `\\`, `]` and `^` are among them, so that none of them need
/// stand here.)
const AS_TYPED: &str = "[^!-@_-~]";

/// Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const EMAILS_A_REQUEST: usize = 50;

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

    /// Students of that year, of any school, whose stored e-mail has a capital letter, a blank or a letter beyond ASCII, which
    /// may be one without width. Few: only the questionnaire and the oldest job store e-mails as they were typed
    /// (docs/knack-and-dashboard.md, "Other writers").
    pub(crate) async fn as_typed(
        self,
        year: AcademicYear,
    ) -> Result<Vec<StoredStudent>, SupabaseError> {
        self.read(year, |query| query.and(format!("email.match.{AS_TYPED}")))
            .await
    }

    /// Students of that year, of any school, with one of these e-mails in any case and with anything at its ends. They may be
    /// others as well, whose e-mails only look alike.
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
            if !self.columns.is_worth_repeating(&rows) {
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

/// A pattern that an e-mail matches in any case, whatever surrounds it. An address holds nothing that needs quotes here.
/// PostgREST takes `*` for any text, whatever is before it; as `_`, it matches one character.
fn pattern(email: &str) -> String {
    let mut pattern = String::with_capacity(email.len() + 2);
    pattern.push('*');
    for c in email.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            '*' => pattern.push('_'),
            c => pattern.push(c),
        }
    }
    pattern.push('*');
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
            ("ann@x.test", "*ann@x.test*"),
            ("a_b%c@x.test", "*a\\_b\\%c@x.test*"),
            ("a*b@x.test", "*a_b@x.test*"),
        ] {
            assert_eq!(pattern(email), expected);
        }
    }
}
