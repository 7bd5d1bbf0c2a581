//! What the dashboard's page shows of a school: its students of the year, and the averages of their questionnaires.

mod completion;
mod figures;

use std::sync::Arc;

use dashboard::School;
use supabase_client::{SupabaseClient, SupabaseError};

pub(crate) use completion::Completion;
use figures::Student;
pub(crate) use figures::{CommentCounts, CycleFigures, Figures};

use crate::clock;

/// Reads the rows that overviews are made of.
pub(crate) struct Overviews {
    supabase: Arc<SupabaseClient>,
}

/// Tables are named with the column that refers to the student: with a second key between two tables, PostgREST would not
/// know which is meant.
const COLUMNS: &str = "id,vespa_scores!student_id(cycle,vision,effort,systems,practice,attitude,overall),\
     student_comments!student_id(comment_type)";

impl Overviews {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self { supabase }
    }

    /// The figures of a school's current academic year.
    pub(crate) async fn of(&self, school: &School) -> Result<Figures, SupabaseError> {
        let year = school.academic_year(clock::now()).to_string();
        let query = || {
            self.supabase
                .table("students")
                .select(COLUMNS)
                .eq("establishment_id", school.id.to_string())
                .eq("academic_year", &year)
                .eq("vespa_scores.academic_year", &year)
        };
        let students = self
            .supabase
            .read_all(query, |student: &Student| student.id.to_string());
        Ok(Figures::of(&students.await?))
    }
}
