//! Defines how each kind of row is read again: students alone, scores and comments with the student they belong to.

use std::collections::HashMap;

use supabase_client::SupabaseError;
use uuid::Uuid;

use super::super::keys::{CommentKey, ScoreKey};
use super::super::rows::{CommentRow, KnownStudentRow, ScoreRow};
use super::{Clearable, Columns, OfStudent, Reread, Seen, Stored};
use crate::domain::Scores;
use crate::stored::{Owned, StoredComment, StoredScores, StoredStudent, of_year};

impl Stored for KnownStudentRow {
    type Key = Uuid;
    type Value = Columns;

    const KEY: &'static str = "id";

    fn key(&self) -> Uuid {
        self.id()
    }

    fn equals(&self, _: &Columns) -> bool {
        // Students are inserted by another kind of row.
        false
    }

    fn seen(seen: &Seen) -> &HashMap<Uuid, Columns> {
        &seen.students
    }

    fn student(key: Uuid) -> Uuid {
        key
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<Vec<OfStudent<Self>>, SupabaseError> {
        let students = reread.source.alone(students).await?;
        let of_student = |student: &StoredStudent| OfStudent {
            id: student.id,
            establishment_id: student.establishment_id,
            rows: vec![(student.id, Columns::of(student))],
        };
        Ok(students.iter().map(of_student).collect())
    }
}

impl Stored for ScoreRow {
    type Key = ScoreKey;
    type Value = StoredScores;

    const KEY: &'static str = "student_id,cycle";

    fn key(&self) -> ScoreKey {
        self.key()
    }

    fn equals(&self, stored: &StoredScores) -> bool {
        *stored == self.stored(stored)
    }

    fn seen(seen: &Seen) -> &HashMap<ScoreKey, StoredScores> {
        &seen.scores
    }

    fn student(key: ScoreKey) -> Uuid {
        key.student_id
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<Vec<OfStudent<Self>>, SupabaseError> {
        let columns = reread.source.of_scores();
        let table = Some(("vespa_scores", columns.as_str()));
        let students = reread.source.owned::<StoredScores>(table, students).await?;
        let of_student = |owned: Owned<StoredScores>| {
            let student_id = owned.id;
            let keyed = |scores: StoredScores| {
                let cycle = scores.cycle;
                (ScoreKey { student_id, cycle }, scores)
            };
            let establishment_id = owned.establishment_id;
            let scores = of_year(owned.rows(), reread.of.year);
            OfStudent {
                id: student_id,
                establishment_id,
                rows: scores.into_iter().map(keyed).collect(),
            }
        };
        Ok(students.into_iter().map(of_student).collect())
    }
}

impl Stored for CommentRow {
    type Key = CommentKey;
    type Value = StoredComment;

    const KEY: &'static str = "student_id,cycle,comment_type";

    fn key(&self) -> CommentKey {
        self.key()
    }

    fn equals(&self, stored: &StoredComment) -> bool {
        *stored == self.stored(stored.label)
    }

    fn seen(seen: &Seen) -> &HashMap<CommentKey, StoredComment> {
        &seen.comments
    }

    fn student(key: CommentKey) -> Uuid {
        key.student_id
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<Vec<OfStudent<Self>>, SupabaseError> {
        let table = Some(("student_comments", reread.source.of_comments()));
        let students = reread
            .source
            .owned::<StoredComment>(table, students)
            .await?;
        let of_student = |owned: Owned<StoredComment>| {
            let student_id = owned.id;
            let keyed = |comment: StoredComment| {
                let key = CommentKey {
                    student_id,
                    cycle: comment.cycle,
                    comment_type: comment.comment_type,
                };
                (key, comment)
            };
            OfStudent {
                id: student_id,
                establishment_id: owned.establishment_id,
                rows: owned.rows().into_iter().map(keyed).collect(),
            }
        };
        Ok(students.into_iter().map(of_student).collect())
    }
}

impl Clearable for ScoreRow {
    fn seen_mut(seen: &mut Seen) -> &mut HashMap<ScoreKey, StoredScores> {
        &mut seen.scores
    }

    fn is_cleared(stored: &StoredScores) -> bool {
        stored.scores == Scores::from_array([None; 6])
    }
}

impl Clearable for CommentRow {
    fn seen_mut(seen: &mut Seen) -> &mut HashMap<CommentKey, StoredComment> {
        &mut seen.comments
    }

    fn is_cleared(stored: &StoredComment) -> bool {
        let text = stored.comment_text.as_deref().unwrap_or_default();
        text.trim().is_empty()
    }
}
