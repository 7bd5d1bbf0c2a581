//! Why rows of a table were refused, as far as the answers tell. Pure.

use supabase_client::{SchemaPart, SqlState, SupabaseError};

/// Why rows were refused: a code, and what of the schema it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    /// Empty where the answer had none.
    pub(crate) code: SqlState,
    /// The column, key or length, where it is known and the same for all rows.
    pub(crate) part: SchemaPart,
    /// The status with which something before the database refused it, if it was not the database.
    pub(crate) blocked: Option<u16>,
}

impl Refusal {
    /// The reason that an answer gives for refusing a single row.
    pub(crate) fn of(error: &SupabaseError) -> Self {
        match error {
            SupabaseError::RowRefused { code, part }
            | SupabaseError::Refused { code, part, .. } => Self {
                code: *code,
                part: part.clone(),
                blocked: None,
            },
            SupabaseError::ServerFault { code, .. }
            | SupabaseError::Unavailable { code, .. }
            | SupabaseError::KeyRefused { code, .. } => Self {
                code: *code,
                ..Self::default()
            },
            SupabaseError::Blocked { status } => Self {
                blocked: Some(*status),
                ..Self::default()
            },
            SupabaseError::KeptFailing(last) => Self::of(last),
            _ => Self::default(),
        }
    }

    /// Whether an answer refuses a row for the same reason, whatever column or key it names.
    pub(crate) fn is_the_same(&self, error: &SupabaseError) -> bool {
        let other = Self::of(error);
        other != Self::default() && (self.code, self.blocked) == (other.code, other.blocked)
    }
}
