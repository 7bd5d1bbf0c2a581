//! A line of a message.

use uuid::Uuid;

/// What is said of these schools.
pub(super) struct Line {
    pub(super) schools: Vec<Uuid>,
    pub(super) text: String,
}
