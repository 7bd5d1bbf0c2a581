//! Rows of `students`, as PostgREST takes them.

use dashboard::SchoolYear;
use serde::Serialize;
use sync_protocol::{AcademicYear, KnackRecordId};
use uuid::Uuid;

use super::Row;
use crate::changed_rows::RowChange;
use crate::domain::{Details, Student, StudentColumns};
use crate::reconcile::Compared;

/// The columns of a student that a refresh writes.
#[derive(Serialize)]
struct Columns {
    knack_id: KnackRecordId,
    email: String,
    academic_year: AcademicYear,
    establishment_id: Uuid,
    name: Option<String>,
    year_group: Option<String>,
    course: Option<String>,
    faculty: Option<String>,
    group: Option<String>,
    gender: Option<String>,
}

impl Columns {
    fn new(knack_id: KnackRecordId, email: &str, details: &Details, of: &SchoolYear) -> Self {
        let column = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            knack_id,
            email: email.to_owned(),
            academic_year: of.year,
            establishment_id: of.school.id,
            name: column(&details.name),
            year_group: column(&details.year_group),
            course: column(&details.course),
            faculty: column(&details.faculty),
            group: column(&details.group),
            gender: column(&details.gender),
        }
    }
}

/// A row of `students` that is stored already. Its NOT NULL columns must come along even where they stay: the statement
/// begins as an insert.
#[derive(Serialize)]
pub(in crate::save) struct KnownStudentRow {
    id: Uuid,
    #[serde(flatten)]
    columns: Columns,
    #[serde(skip)]
    differing: StudentColumns,
}

impl Row for KnownStudentRow {
    fn seen(&self) -> Option<RowChange> {
        let differing = self.differing;
        differing.any().then_some(RowChange::Student(differing))
    }

    fn differs_only_in(&self, columns: &[&str]) -> bool {
        self.differing.any() && self.differing.names().all(|name| columns.contains(&name))
    }
}

impl KnownStudentRow {
    pub(in crate::save) fn new(record: KnackRecordId, known: &Compared, of: &SchoolYear) -> Self {
        Self {
            id: known.id,
            columns: Columns::new(record, &known.email, &known.details, of),
            differing: known.differing,
        }
    }

    /// The same, only to be tried out.
    pub(in crate::save) fn tried_out(self) -> Self {
        let differing = StudentColumns::default();
        Self { differing, ..self }
    }

    pub(in crate::save) fn id(&self) -> Uuid {
        self.id
    }
}

/// A new row of `students`; the database gives it its id.
#[derive(Serialize)]
pub(in crate::save) struct NewStudentRow(Columns);

impl Row for NewStudentRow {
    fn seen(&self) -> Option<RowChange> {
        Some(RowChange::Student(StudentColumns::default()))
    }
}

impl NewStudentRow {
    pub(in crate::save) fn new(student: &Student, of: &SchoolYear) -> Self {
        let email = student.email.as_str();
        Self(Columns::new(student.record_id, email, &student.details, of))
    }

    pub(in crate::save) fn email(&self) -> &str {
        &self.0.email
    }
}
