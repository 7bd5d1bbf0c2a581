//! Rows as PostgREST takes them. All rows of a batch have the same keys, always (docs/knack-and-dashboard.md,
//! "Upserts").

mod answers;

use std::io::Write;

pub(super) use answers::{AnswerRow, UndatedAnswerRow};
use dashboard::SchoolYear;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use sync_protocol::{AcademicYear, KnackRecordId};
use uuid::Uuid;

use super::keys::{CommentKey, ScoreKey};
use crate::changed_rows::RowChange;
use crate::domain::{CommentKind, Cycle, Details, Scores, Student, StudentColumns};
use crate::reconcile::{CommentChange, Compared, ScoreChange};
use crate::stored::{Label, StoredComment, StoredScores};

/// A row to write.
pub(super) trait Row: Serialize {
    /// The change that people see once it is saved; `None` if they see no difference.
    fn seen(&self) -> Option<RowChange>;

    /// Whether it differs from what is stored in these columns alone, so that nothing is left to write without them.
    fn differs_only_in(&self, _columns: &[&str]) -> bool {
        false
    }
}

/// The body of a request that writes these rows, without the columns that the database does not take.
pub(super) fn body<'r, Row: Serialize + 'r>(
    rows: impl IntoIterator<Item = &'r Row>,
    missing: &[&str],
) -> String {
    let rows: Vec<&Row> = rows.into_iter().collect();
    let body = if missing.is_empty() {
        serde_json::to_string(&rows)
    } else {
        let value = |row| serde_json::to_value(row).expect("rows always serialise");
        let rows: Vec<Value> = rows.into_iter().map(value).collect();
        let rows: Vec<Value> = rows.into_iter().map(|row| without(missing, row)).collect();
        serde_json::to_string(&rows)
    };
    body.expect("rows always serialise")
}

/// How many bytes a row has in a request, with what divides it from the next. They are counted and not kept: a school may have
/// 192,000 answers.
pub(super) fn bytes(row: &impl Row) -> usize {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, row).expect("rows always serialise");
    counted.0 + 1
}

struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn without(columns: &[&str], mut row: Value) -> Value {
    if let Value::Object(row) = &mut row {
        row.retain(|column, _| !columns.contains(&column.as_str()));
    }
    row
}

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
pub(super) struct KnownStudentRow {
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
    pub(super) fn new(record: KnackRecordId, known: &Compared, of: &SchoolYear) -> Self {
        Self {
            id: known.id,
            columns: Columns::new(record, &known.email, &known.details, of),
            differing: known.differing,
        }
    }

    /// The same, only to be tried out.
    pub(super) fn tried_out(self) -> Self {
        let differing = StudentColumns::default();
        Self { differing, ..self }
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }
}

/// A new row of `students`; the database gives it its id.
#[derive(Serialize)]
pub(super) struct NewStudentRow(Columns);

impl Row for NewStudentRow {
    fn seen(&self) -> Option<RowChange> {
        Some(RowChange::Student(StudentColumns::default()))
    }
}

impl NewStudentRow {
    pub(super) fn new(student: &Student, of: &SchoolYear) -> Self {
        let email = student.email.as_str();
        Self(Columns::new(student.record_id, email, &student.details, of))
    }

    pub(super) fn email(&self) -> &str {
        &self.0.email
    }
}

/// A row of `vespa_scores`.
#[derive(Serialize)]
pub(super) struct ScoreRow {
    /// Of a stored row that no unique key finds. All rows of a batch have it, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip)]
    pub(super) lacks_year: bool,
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
    pub(super) fn new(
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
    pub(super) fn cleared(
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
    pub(super) fn is_of_email(&self) -> bool {
        self.result.is_none()
    }

    /// The same, for the stored row with this primary key.
    pub(super) fn with_id(self, id: Uuid) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    pub(super) fn key(&self) -> ScoreKey {
        ScoreKey {
            student_id: self.student_id,
            cycle: self.cycle,
        }
    }

    /// As it is read once it is stored in place of `row`, whatever year and e-mail it then names.
    pub(super) fn stored(&self, row: &StoredScores) -> StoredScores {
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
pub(super) struct CommentRow {
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
    pub(super) fn new(
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
    pub(super) fn cleared(
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

    pub(super) fn key(&self) -> CommentKey {
        CommentKey {
            student_id: self.student_id,
            cycle: self.cycle,
            comment_type: self.comment_type,
        }
    }

    /// As it is read once it is stored, whatever year it then names.
    pub(super) fn stored(&self, label: Label) -> StoredComment {
        StoredComment {
            cycle: self.cycle,
            comment_type: self.comment_type,
            comment_text: Some(self.comment_text.clone()),
            label,
        }
    }
}
