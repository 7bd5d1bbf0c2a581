//! PostgREST as Supabase serves it: requests built by the `postgrest` crate, sent once here, errors by SQLSTATE.
//!
//! Knows no table of ours. Never logs or returns a response body, since PostgREST quotes the failing row in its
//! errors; of those it keeps the code and the names of columns, keys and tables.

mod client;
mod error;
mod judge;
mod key;
mod marks;
mod read_all;
mod retry;
mod row_cap;
mod schema_part;
mod sql_state;
mod translate;

pub use client::{Counted, Resolution, Returned, Settings, SupabaseClient};
pub use error::SupabaseError;
pub use key::{ApiKey, InvalidKey};
/// Builds a request: filters, columns, order, body.
pub use postgrest::Builder as Query;
pub use retry::Persistence;
pub use schema_part::{Key, Name, SchemaPart};
pub use sql_state::SqlState;
