//! Columns that a deployment may lack, or compute by itself (docs/knack-and-dashboard.md, "Optional columns"). A request that
//! names one is repeated without it where the database says so; every other refusal stays one.

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

/// Which of them cannot be used, as far as requests have shown.
#[derive(Debug, Default)]
pub struct OptionalColumns(Mutex<Vec<Unusable>>);

/// A column that cannot be written.
#[derive(Debug, Clone, Copy)]
struct Unusable {
    column: OptionalColumn,
    /// A column that the database computes, or that only the schema cache lacks, can still be read.
    can_be_read: bool,
}

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
        let (SchemaPart::NoColumn { column, table }
        | SchemaPart::Generated {
            column,
            table: Some(table),
        }) = part
        else {
            return None;
        };
        let is_named = |optional: &Self| {
            column.as_str() == optional.name() && is_alias_of(optional.table(), table.as_str())
        };
        Self::ALL.into_iter().find(is_named)
    }
}

impl OptionalColumns {
    /// Whether the column can be read, as far as is known.
    pub fn has(&self, column: OptionalColumn) -> bool {
        let known = self.known();
        !known
            .iter()
            .any(|it| it.column == column && !it.can_be_read)
    }

    /// Those that cannot be used, the first found first.
    pub fn unusable(&self) -> Vec<OptionalColumn> {
        self.known().iter().map(|it| it.column).collect()
    }

    /// The names of those of a table that are not to be written.
    pub fn not_written(&self, table: &str) -> Vec<&'static str> {
        let of_table = self.known();
        let of_table = of_table.iter().filter(|it| it.column.table() == table);
        of_table.map(|it| it.column.name()).collect()
    }

    /// Whether a read failed for one of these columns alone, and can be repeated without it. A column is missing once: a
    /// database that keeps reporting it means something else.
    pub fn is_worth_rereading<T>(&self, outcome: &Result<T, SupabaseError>) -> bool {
        self.is_news(outcome, false)
    }

    /// The same of a write, which says nothing about whether the column can be read.
    pub fn is_worth_rewriting<T>(&self, outcome: &Result<T, SupabaseError>) -> bool {
        self.is_news(outcome, true)
    }

    fn is_news<T>(&self, outcome: &Result<T, SupabaseError>, can_be_read: bool) -> bool {
        let Err(error) = outcome else { return false };
        let Some(column) = OptionalColumn::named_by(error) else {
            return false;
        };
        let mut known = self.known();
        let (table, name) = (column.table(), column.name());
        match known.iter_mut().find(|it| it.column == column) {
            Some(it) if it.can_be_read && !can_be_read => it.can_be_read = false,
            Some(_) => return false,
            None => {
                tracing::warn!(
                    "the column {table}.{name} is missing, or the database computes it; continuing without it"
                );
                known.push(Unusable {
                    column,
                    can_be_read,
                });
            }
        }
        true
    }

    fn known(&self) -> MutexGuard<'_, Vec<Unusable>> {
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
