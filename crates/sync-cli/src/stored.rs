//! What Supabase holds of one school and year: students with their scores and comments, as PostgREST returns them.

use jiff::civil::Date;
use serde::Deserialize;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::domain::{CommentKind, Cycle, Scores};

/// Table of students.
pub const STUDENTS: &str = "students";

/// What is read of a student: everything that may be compared, and the rows that hang on it.
const COLUMNS: &str = "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,gender,created_at,\
     vespa_scores(cycle,vision,effort,systems,practice,attitude,overall,completion_date),\
     student_comments(cycle,comment_type,comment_text)";

/// One row of `students` with its scores of the year and its comments.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as the columns are")]
pub struct StoredStudent {
    pub id: Uuid,
    pub establishment_id: Option<Uuid>,
    pub knack_id: String,
    pub email: String,
    pub name: Option<String>,
    pub year_group: Option<String>,
    pub course: Option<String>,
    pub faculty: Option<String>,
    pub group: Option<String>,
    pub gender: Option<String>,
    /// Only compared with others of its kind.
    pub created_at: Option<String>,
    #[serde(rename = "vespa_scores")]
    pub scores: Vec<StoredScores>,
    #[serde(rename = "student_comments")]
    pub comments: Vec<StoredComment>,
}

/// One row of `vespa_scores`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as the columns are")]
pub struct StoredScores {
    pub cycle: Cycle,
    #[serde(flatten)]
    pub scores: Scores,
    pub completion_date: Option<Date>,
}

/// One row of `student_comments`.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "named as the columns are")]
pub struct StoredComment {
    pub cycle: Cycle,
    pub comment_type: CommentKind,
    pub comment_text: Option<String>,
}

/// All students of that school and year, however few PostgREST returns at a time.
pub async fn read_school(
    supabase: &SupabaseClient,
    establishment: Uuid,
    year: AcademicYear,
) -> Result<Vec<StoredStudent>, SupabaseError> {
    let establishment = establishment.to_string();
    read_all(
        || students(supabase, year).eq("establishment_id", &establishment),
        supabase,
    )
    .await
}

/// Students of that year, of any school, whose stored e-mail has a capital letter. Few: only the questionnaire and the
/// oldest job store e-mails as they were typed (docs/knack-and-dashboard.md, "Other writers").
pub async fn read_mixed_case(
    supabase: &SupabaseClient,
    year: AcademicYear,
) -> Result<Vec<StoredStudent>, SupabaseError> {
    read_all(
        || students(supabase, year).and("email.match.[A-Z]"),
        supabase,
    )
    .await
}

/// Students of that year, of any school, with one of these e-mails, byte for byte.
pub async fn read_by_email(
    supabase: &SupabaseClient,
    year: AcademicYear,
    emails: &[&str],
) -> Result<Vec<StoredStudent>, SupabaseError> {
    // Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
    const EMAILS_A_REQUEST: usize = 50;
    let mut found = Vec::new();
    for some in emails.chunks(EMAILS_A_REQUEST) {
        let quoted: Vec<String> = some.iter().map(|email| quote(email)).collect();
        let query = || students(supabase, year).in_("email", quoted.clone());
        found.extend(read_all(query, supabase).await?);
    }
    Ok(found)
}

fn students(supabase: &SupabaseClient, year: AcademicYear) -> Query {
    let year = year.to_string();
    supabase
        .table(STUDENTS)
        .select(COLUMNS)
        .eq("academic_year", &year)
        .eq("vespa_scores.academic_year", &year)
}

async fn read_all(
    query: impl Fn() -> Query,
    supabase: &SupabaseClient,
) -> Result<Vec<StoredStudent>, SupabaseError> {
    let id = |student: &StoredStudent| student.id.to_string();
    supabase.read_all(query, id).await
}

/// Inside `in.(…)`, commas, dots, colons and brackets need quotes (docs/knack-and-dashboard.md, "Reads and long URLs").
fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
