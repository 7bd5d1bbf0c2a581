//! The unique keys of rows that refer to a student.

use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{CommentKind, Cycle};

/// The unique key of `vespa_scores` within a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub(super) struct ScoreKey {
    pub(super) student_id: Uuid,
    pub(super) cycle: Cycle,
}

/// The unique key of `student_comments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub(super) struct CommentKey {
    pub(super) student_id: Uuid,
    pub(super) cycle: Cycle,
    pub(super) comment_type: CommentKind,
}
