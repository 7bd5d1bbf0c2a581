//! What Supabase holds, read beside the fetch from Knack. Only the students are needed: without the answers, everything else is
//! refreshed.

use dashboard::SchoolYear;
use supabase_client::SupabaseError;

use crate::error::{During, SyncError};
use crate::stored::answers::{ByStudent, StoredAnswersReader};
use crate::stored::statistics::StoredStatistics;
use crate::stored::{StoredStudent, StoredStudents};

/// The stored answers, if they could be read.
pub(super) type StoredAnswersSide = Result<(ByStudent, StoredStatistics), SupabaseError>;

/// The stored students and, `with_answers`, their answers, which are found by the students' ids.
pub(super) async fn read_with_students(
    students: StoredStudents<'_>,
    of: &SchoolYear,
    with_answers: bool,
) -> Result<(Vec<StoredStudent>, Option<StoredAnswersSide>), SyncError> {
    let stored = async {
        let stored = students.of_school(of).await;
        stored.during("reading the stored students")
    };
    if !with_answers {
        return Ok((stored.await?, None));
    }
    let supabase = students.supabase;
    let with_answers = async {
        let stored = stored.await?;
        let reader = StoredAnswersReader {
            supabase,
            year: of.year,
        };
        let ids = stored.iter().map(|student| student.id).collect();
        let answers = reader.of_school(of.school.id, ids).await;
        Ok::<_, SyncError>((stored, answers))
    };
    let statistics = StoredStatistics::read(supabase, of);
    let (with_answers, statistics) = tokio::join!(with_answers, statistics);
    let (stored, answers) = with_answers?;
    let side = answers.and_then(|answers| Ok((answers, statistics?)));
    Ok((stored, Some(side)))
}
