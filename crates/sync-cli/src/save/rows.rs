//! Rows as PostgREST takes them. All rows of a batch have the same keys, always (docs/knack-and-dashboard.md,
//! "Upserts").

mod answers;
mod children;
mod students;

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use crate::changed_rows::RowChange;

pub(super) use answers::{AnswerRow, UndatedAnswerRow};
pub(super) use children::{CommentRow, ScoreRow};
pub(super) use students::{KnownStudentRow, NewStudentRow};

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
