//! What the dashboard's page shows of a school: its students of the year, the averages of their questionnaires, and how
//! ready for their exams they say they are.

mod answers;
mod completion;
mod figures;
mod mean;
mod remembered;

use std::sync::Arc;

use dashboard::{School, SchoolYear};
use supabase_client::{SupabaseClient, SupabaseError};
use uuid::Uuid;

use answers::AnswersReader;
pub(crate) use completion::Completion;
use figures::Student;
pub(crate) use figures::{CommentCounts, CycleFigures, Figures};
use remembered::Remembered;

use crate::clock;

/// Reads the rows that overviews are made of.
pub(crate) struct Overviews {
    supabase: Arc<SupabaseClient>,
    answers: AnswersReader,
    /// Without the answers.
    remembered: Remembered<Figures>,
}

/// Tables are named with the column that refers to the student: with a second key between two tables, PostgREST would not
/// know which is meant.
const COLUMNS: &str = "id,vespa_scores!student_id(cycle,vision,effort,systems,practice,attitude,overall),\
     student_comments!student_id(comment_type)";

impl Overviews {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self {
            answers: AnswersReader::new(Arc::clone(&supabase)),
            supabase,
            remembered: Remembered::new(),
        }
    }

    /// The figures of a school's current academic year. Without the answers if those cannot be read: many deployments work
    /// without that table, and it is by far the largest.
    pub(crate) async fn of(&self, school: &School) -> Result<Figures, Arc<SupabaseError>> {
        let of = SchoolYear {
            school: school.clone(),
            year: school.academic_year(clock::now()),
        };
        let answers = async { Ok(self.answers.of(&of).await) };
        let reading = Box::pin(async {
            let students = self.students(&of).await?;
            Ok(Figures::of(&students))
        });
        let figures = self.remembered.or_read(&of, reading);
        let (figures, answers) = tokio::try_join!(figures, answers)?;
        Ok(match answers {
            Some(answers) => figures.with(answers),
            None => figures,
        })
    }

    /// A run of this school has ended, so what is remembered of it may be out of date.
    pub(crate) fn forget(&self, school: Uuid) {
        self.answers.forget(school);
        self.remembered.forget(school);
    }

    async fn students(&self, of: &SchoolYear) -> Result<Vec<Student>, SupabaseError> {
        let year = of.year.to_string();
        let query = || {
            self.supabase
                .table("students")
                .select(COLUMNS)
                .eq("establishment_id", of.school.id.to_string())
                .eq("academic_year", &year)
                .eq("vespa_scores.academic_year", &year)
        };
        let students = self
            .supabase
            .read_all(query, |student: &Student| student.id.to_string());
        students.await
    }
}
