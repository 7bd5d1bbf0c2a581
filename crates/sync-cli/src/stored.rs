//! What Supabase holds of one school and year: students with their scores and comments, as PostgREST returns them.

use dashboard::SchoolYear;
use jiff::civil::Date;
use serde::Deserialize;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use crate::domain::{CommentKind, Cycle, Details, Scores};

pub(crate) const STUDENTS: &str = "students";

/// What is read of a student: everything that may be compared, and the rows that hang on it.
const COLUMNS: &str = "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,gender,created_at,\
     vespa_scores(cycle,vision,effort,systems,practice,attitude,overall,completion_date),\
     student_comments(cycle,comment_type,comment_text)";

/// The same without what hangs on it.
const OWN_COLUMNS: &str =
    "id,establishment_id,knack_id,email,name,year_group,course,faculty,group,gender,created_at";

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

/// All students of a school and year, however few PostgREST returns at a time.
pub(crate) async fn read_school(
    supabase: &SupabaseClient,
    of: &SchoolYear,
) -> Result<Vec<StoredStudent>, SupabaseError> {
    let establishment = of.school.id.to_string();
    read_all(
        || students(supabase, of.year).eq("establishment_id", &establishment),
        supabase,
    )
    .await
}

/// Students of that year, of any school, whose stored e-mail has a capital letter. Few: only the questionnaire and the
/// oldest job store e-mails as they were typed (docs/knack-and-dashboard.md, "Other writers").
pub(crate) async fn read_mixed_case(
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
pub(crate) async fn read_by_email(
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

/// Students by their ids, without what hangs on them.
pub(crate) fn own_columns(supabase: &SupabaseClient) -> Query {
    supabase.table(STUDENTS).select(OWN_COLUMNS)
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
