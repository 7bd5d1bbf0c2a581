//! Columns that a deployment may lack (docs/knack-and-dashboard.md, "Optional columns"). A request that names one is
//! repeated without it where the database says that it is not there; every other refusal stays one.

use parking_lot::{Mutex, MutexGuard};
use supabase_client::{SchemaPart, SupabaseError};

/// A column that is read and written where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OptionalColumn {
    /// `establishments.use_standard_year`: without it, all schools do.
    UseStandardYear,
    /// `students.gender`
    Gender,
    /// `vespa_scores.student_email`
    ScoreEmail,
    /// `student_comments.academic_year`
    CommentYear,
}

/// Which of them turned out to be missing.
#[derive(Debug, Default)]
pub struct OptionalColumns(Mutex<Vec<OptionalColumn>>);

impl OptionalColumn {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::UseStandardYear,
        Self::Gender,
        Self::ScoreEmail,
        Self::CommentYear,
    ];

    /// Its table.
    pub fn table(self) -> &'static str {
        match self {
            Self::UseStandardYear => "establishments",
            Self::Gender => "students",
            Self::ScoreEmail => "vespa_scores",
            Self::CommentYear => "student_comments",
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::UseStandardYear => "use_standard_year",
            Self::Gender => "gender",
            Self::ScoreEmail => "student_email",
            Self::CommentYear => "academic_year",
        }
    }

    fn named_by(error: &SupabaseError) -> Option<Self> {
        let (SupabaseError::Refused { part, .. } | SupabaseError::RowRefused { part, .. }) = error
        else {
            return None;
        };
        let SchemaPart::NoColumn { column, table } = part else {
            return None;
        };
        let is_named = |optional: &Self| {
            column.as_str() == optional.name() && is_alias_of(optional.table(), table.as_str())
        };
        Self::ALL.into_iter().find(is_named)
    }
}

impl OptionalColumns {
    /// Whether the column can be used, as far as is known.
    pub fn has(&self, column: OptionalColumn) -> bool {
        !self.known().contains(&column)
    }

    /// Those found to be missing, the first found first.
    pub fn missing(&self) -> Vec<OptionalColumn> {
        self.known().clone()
    }

    /// The names of those of a table.
    pub fn missing_of(&self, table: &str) -> Vec<&'static str> {
        let of_table = self.known();
        let of_table = of_table.iter().filter(|column| column.table() == table);
        of_table.map(|column| column.name()).collect()
    }

    /// Whether a request failed for one of these columns alone, and can be repeated without it. A column is missing once: a
    /// database that keeps reporting it means something else.
    pub fn is_worth_repeating<T>(&self, outcome: &Result<T, SupabaseError>) -> bool {
        let Err(error) = outcome else { return false };
        let Some(column) = OptionalColumn::named_by(error) else {
            return false;
        };
        let mut known = self.known();
        if known.contains(&column) {
            return false;
        }
        let (table, name) = (column.table(), column.name());
        tracing::warn!("the database has no column {table}.{name}; continuing without it");
        known.push(column);
        true
    }

    fn known(&self) -> MutexGuard<'_, Vec<OptionalColumn>> {
        self.0.lock()
    }
}

/// PostgREST numbers embedded tables: `student_comments_1`.
fn is_alias_of(table: &str, name: &str) -> bool {
    name.strip_prefix(table).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('_').is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_its_alias_too() {
        for (name, expected) in [
            ("students", true),
            ("students_1", true),
            ("students_12", true),
            ("students_", false),
            ("students_x", false),
            ("student", false),
            ("studentships", false),
        ] {
            assert_eq!(is_alias_of("students", name), expected, "{name}");
        }
    }
}
