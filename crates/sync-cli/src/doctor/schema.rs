//! What a refresh relies on in the database: tables, columns, the unique keys by which rows are written, and the foreign keys
//! by which they are read together (docs/knack-and-dashboard.md, "Tables and unique keys"). Pure.

use serde_json::{Value, json};

/// A table that a refresh reads or writes.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Those a refresh cannot do without. Optional ones are listed by `dashboard::OptionalColumn`.
    pub(super) columns: &'static [&'static str],
    /// The unique keys by which rows are written.
    pub(super) keys: &'static [&'static str],
    /// A unique key with which the same student could not have rows in two years.
    pub(super) key_in_the_way: Option<&'static str>,
    /// The table that its rows belong to, and the column that says so.
    pub(super) belongs_to: Option<(&'static str, &'static str)>,
    /// Whether a refresh can do without the whole table.
    pub(super) is_optional: bool,
}

/// An id that is nobody's.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// In the order in which they are told of.
pub(super) const TABLES: [Table; 7] = [
    Table {
        name: "establishments",
        columns: &["id", "knack_id", "name", "is_australian"],
        keys: &[],
        key_in_the_way: None,
        belongs_to: None,
        is_optional: false,
    },
    Table {
        name: "students",
        columns: &[
            "id",
            "establishment_id",
            "knack_id",
            "email",
            "name",
            "year_group",
            "course",
            "faculty",
            "group",
            "academic_year",
            "created_at",
        ],
        keys: &["id", "email,academic_year"],
        key_in_the_way: Some("knack_id"),
        belongs_to: Some(("establishments", "establishment_id")),
        is_optional: false,
    },
    Table {
        name: "vespa_scores",
        columns: &[
            "id",
            "student_id",
            "cycle",
            "vision",
            "effort",
            "systems",
            "practice",
            "attitude",
            "overall",
            "completion_date",
            "academic_year",
        ],
        keys: &["id", "student_id,cycle,academic_year"],
        key_in_the_way: None,
        belongs_to: Some(("students", "student_id")),
        is_optional: false,
    },
    Table {
        name: "student_comments",
        columns: &[
            "student_id",
            "cycle",
            "comment_type",
            "comment_text",
            "knack_field_id",
        ],
        keys: &["student_id,cycle,comment_type"],
        key_in_the_way: None,
        belongs_to: Some(("students", "student_id")),
        is_optional: false,
    },
    Table {
        name: "question_responses",
        columns: &[
            "id",
            "student_id",
            "cycle",
            "question_id",
            "response_value",
            "academic_year",
        ],
        keys: &["id", "student_id,cycle,academic_year,question_id"],
        key_in_the_way: None,
        belongs_to: Some(("students", "student_id")),
        is_optional: false,
    },
    Table {
        name: "question_statistics",
        columns: &[
            "id",
            "establishment_id",
            "cycle",
            "academic_year",
            "question_id",
        ],
        keys: &["establishment_id,cycle,academic_year,question_id"],
        key_in_the_way: None,
        belongs_to: None,
        is_optional: true,
    },
    Table {
        name: "sync_logs",
        columns: &[
            "id",
            "sync_type",
            "status",
            "records_processed",
            "error_message",
            "started_at",
            "completed_at",
            "metadata",
        ],
        keys: &["id"],
        key_in_the_way: None,
        belongs_to: None,
        is_optional: false,
    },
];

impl Table {
    /// A row of nobody's, with everything that a row must have.
    pub(super) fn row(&self) -> Value {
        match self.name {
            "establishments" => json!({"id": NOBODY, "knack_id": "probe", "name": "probe"}),
            "students" => json!({
                "id": NOBODY, "establishment_id": NOBODY, "knack_id": "probe", "email": "probe",
                "academic_year": "2000/2001",
            }),
            "vespa_scores" => json!({
                "id": NOBODY, "student_id": NOBODY, "cycle": 1, "academic_year": "2000/2001",
            }),
            "student_comments" => json!({
                "id": NOBODY, "student_id": NOBODY, "cycle": 1, "comment_type": "rrc",
            }),
            "question_responses" => json!({
                "id": NOBODY, "student_id": NOBODY, "cycle": 1, "question_id": "probe",
                "academic_year": "2000/2001",
            }),
            "question_statistics" => json!({
                "id": NOBODY, "establishment_id": NOBODY, "cycle": 1, "question_id": "probe",
                "academic_year": "2000/2001",
            }),
            _ => json!({
                "id": NOBODY, "sync_type": "probe", "status": "probe",
                "started_at": "2000-01-01T00:00:00Z",
            }),
        }
    }
}
