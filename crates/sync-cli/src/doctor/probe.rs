//! Asks a database whether it would accept rows, without giving it any that it could accept: a request that writes the same row
//! twice is refused as a whole, whatever the table's checks and triggers.
//!
//! With a conflict target, PostgreSQL first looks for that unique key (42P10 without one), then at the rights (42501), and stops
//! at the second row (21000). Without one, the second row breaks the primary key (23505).

use serde_json::{Value, json};
use supabase_client::{Persistence, Resolution, SchemaPart, SupabaseClient, SupabaseError};

/// The result of such a request.
pub(super) enum Probed {
    /// It was refused for the second row alone.
    WouldWrite,
    /// There is no such unique key: its table and columns.
    NoKey(String),
    /// The key in use may not write there.
    NotAllowed,
    /// Something else is wrong.
    Failed(SupabaseError),
}

/// By a unique key, as a refresh writes.
pub(super) async fn merge(
    supabase: &SupabaseClient,
    table: &'static str,
    key: &'static str,
    row: &Value,
) -> Probed {
    let query = supabase.table(table).upsert(twice(row)).on_conflict(key);
    let written = supabase.upsert(query, Resolution::Merge, Persistence::Brief);
    of(written.await, "21000")
}

/// As anyone would add a row.
pub(super) async fn insert(supabase: &SupabaseClient, table: &'static str, row: &Value) -> Probed {
    let query = supabase.table(table).insert(twice(row));
    of(supabase.insert(query, Persistence::Brief).await, "23505")
}

fn twice(row: &Value) -> String {
    json!([row, row]).to_string()
}

/// `expected` is what the second row is refused with.
fn of(outcome: Result<(), SupabaseError>, expected: &str) -> Probed {
    let error = match outcome {
        // Only where rows were taken that nobody can take: a view, or a rule that drops them.
        Ok(()) => return Probed::WouldWrite,
        Err(error) => error,
    };
    match &error {
        SupabaseError::RowRefused { code, .. } if code.as_str() == expected => Probed::WouldWrite,
        SupabaseError::Refused {
            part: SchemaPart::NoUniqueKey(key),
            ..
        }
        | SupabaseError::ResolutionIgnored(SchemaPart::NoUniqueKey(key)) => {
            Probed::NoKey(key.to_string())
        }
        SupabaseError::KeyRefused { code, .. } if code.as_str() == "42501" => Probed::NotAllowed,
        _ => Probed::Failed(error),
    }
}
