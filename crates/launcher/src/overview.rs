//! What the dashboard's page draws of a school: its students of the year, and what their questionnaires say on average.

mod figures;

use std::sync::Arc;

use supabase_client::{SupabaseClient, SupabaseError};
use uuid::Uuid;

pub(crate) use figures::Student;
pub(crate) use figures::{CommentCounts, CycleFigures, Figures};

use crate::school::School;

/// Reads what overviews are made of.
pub(crate) struct Overviews {
    supabase: Arc<SupabaseClient>,
}

const COLUMNS: &str = "id,vespa_scores(cycle,vision,effort,systems,practice,attitude,overall),\
     student_comments(comment_type)";

impl Overviews {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self { supabase }
    }

    /// The figures of a school's current academic year.
    pub(crate) async fn of(&self, school: &School) -> Result<Figures, SupabaseError> {
        let year = school.academic_year().to_string();
        let mut students: Vec<Student> = Vec::new();
        loop {
            let query = self
                .supabase
                .table("students")
                .select(COLUMNS)
                .eq("establishment_id", school.id.to_string())
                .eq("academic_year", &year)
                .eq("vespa_scores.academic_year", &year)
                .order("id");
            let query = match students.last().map(|last| last.id) {
                None => query,
                Some(last) => query.gt("id", Uuid::to_string(&last)),
            };
            // However few PostgREST returns at a time: only its count says how many there are.
            let page = self.supabase.read_counted::<Student>(query).await?;
            let is_last = page.rows.is_empty() || page.total <= page.rows.len() as u64;
            students.extend(page.rows);
            if is_last {
                return Ok(Figures::of(&students));
            }
        }
    }
}
