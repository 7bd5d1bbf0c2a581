//! Rows of a student's scores and comments, as PostgREST takes them.

use jiff::civil::Date;
use serde::Serialize;
use sync_protocol::AcademicYear;
use uuid::Uuid;

use super::Row;
use crate::changed_rows::RowChange;
use crate::domain::{CommentKind, Cycle, Scores};
use crate::reconcile::{CommentChange, ScoreChange};
use crate::save::keys::{CommentKey, ScoreKey};
use crate::stored::{Label, StoredComment, StoredScores};

/// A row of `vespa_scores`.
#[derive(Serialize)]
pub(in crate::save) struct ScoreRow {
    /// Of a stored row that no unique key finds. All rows of a batch have it, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip)]
    pub(in crate::save) lacks_year: bool,
    student_id: Uuid,
    cycle: Cycle,
    /// Nothing where only the e-mail is written. All rows of a batch have it, or none.
    #[serde(flatten)]
    result: Option<ScoreResult>,
    academic_year: AcademicYear,
    student_email: String,
    #[serde(skip)]
    seen: Option<RowChange>,
}

impl Row for ScoreRow {
    fn seen(&self) -> Option<RowChange> {
        self.seen
    }

    fn differs_only_in(&self, columns: &[&str]) -> bool {
        self.is_of_email() && !self.lacks_year && columns.contains(&"student_email")
    }
}

/// A student's result in a cycle.
#[derive(Serialize)]
struct ScoreResult {
    #[serde(flatten)]
    scores: Scores,
    completion_date: Option<Date>,
}

impl ScoreRow {
    /// A row of the student with this id and stored e-mail.
    pub(in crate::save) fn new(
        student_id: Uuid,
        student_email: &str,
        change: ScoreChange,
        academic_year: AcademicYear,
    ) -> Self {
        let result = ScoreResult {
            scores: change.scores,
            completion_date: Some(change.completion_date),
        };
        Self {
            id: None,
            lacks_year: change.lacks_year,
            student_id,
            cycle: change.cycle,
            result: (!change.is_of_email).then_some(result),
            academic_year,
            student_email: student_email.to_owned(),
            seen: change.seen(),
        }
    }

    /// The row that such a change is to overwrite, without anybody's scores.
    pub(in crate::save) fn cleared(
        student_id: Uuid,
        student_email: &str,
        change: ScoreChange,
        academic_year: AcademicYear,
    ) -> Self {
        let nothing = ScoreResult {
            scores: Scores::from_array([None; 6]),
            completion_date: None,
        };
        Self {
            result: Some(nothing),
            seen: None,
            ..Self::new(student_id, student_email, change, academic_year)
        }
    }

    /// Whether nothing else is written.
    pub(in crate::save) fn is_of_email(&self) -> bool {
        self.result.is_none()
    }

    /// The same, for the stored row with this primary key.
    pub(in crate::save) fn with_id(self, id: Uuid) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    pub(in crate::save) fn key(&self) -> ScoreKey {
        ScoreKey {
            student_id: self.student_id,
            cycle: self.cycle,
        }
    }

    /// As it is read once it is stored in place of `row`, whatever year and e-mail it then names.
    pub(in crate::save) fn stored(&self, row: &StoredScores) -> StoredScores {
        let result = self.result.as_ref();
        StoredScores {
            cycle: self.cycle,
            scores: result.map_or(row.scores, |result| result.scores),
            completion_date: result.map_or(row.completion_date, |it| it.completion_date),
            ..row.clone()
        }
    }
}

/// A row of `student_comments`.
#[derive(Serialize)]
pub(in crate::save) struct CommentRow {
    student_id: Uuid,
    cycle: Cycle,
    comment_type: CommentKind,
    comment_text: String,
    knack_field_id: &'static str,
    academic_year: AcademicYear,
    /// Only the year is new.
    #[serde(skip)]
    is_of_year: bool,
    #[serde(skip)]
    seen: Option<RowChange>,
}

impl Row for CommentRow {
    fn seen(&self) -> Option<RowChange> {
        self.seen
    }

    fn differs_only_in(&self, columns: &[&str]) -> bool {
        self.is_of_year && columns.contains(&"academic_year")
    }
}

impl CommentRow {
    pub(in crate::save) fn new(
        student_id: Uuid,
        change: CommentChange,
        academic_year: AcademicYear,
    ) -> Self {
        let seen = change.seen();
        let is_of_year = change.is_of_year;
        let comment = change.comment;
        Self {
            student_id,
            cycle: comment.cycle,
            comment_type: comment.kind,
            comment_text: comment.text,
            knack_field_id: comment.field,
            academic_year,
            is_of_year,
            seen,
        }
    }

    /// The row that such a comment is to overwrite, without anybody's text.
    pub(in crate::save) fn cleared(
        student_id: Uuid,
        change: &CommentChange,
        academic_year: AcademicYear,
    ) -> Self {
        Self {
            comment_text: String::new(),
            is_of_year: false,
            seen: None,
            ..Self::new(student_id, change.clone(), academic_year)
        }
    }

    pub(in crate::save) fn key(&self) -> CommentKey {
        CommentKey {
            student_id: self.student_id,
            cycle: self.cycle,
            comment_type: self.comment_type,
        }
    }

    /// As it is read once it is stored, whatever year it then names.
    pub(in crate::save) fn stored(&self, label: Label) -> StoredComment {
        StoredComment {
            cycle: self.cycle,
            comment_type: self.comment_type,
            comment_text: Some(self.comment_text.clone()),
            label,
        }
    }
}
