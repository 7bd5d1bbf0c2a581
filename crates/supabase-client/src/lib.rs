//! PostgREST as Supabase serves it: requests built by the `postgrest` crate, sent once here, errors by SQLSTATE.
//!
//! Knows no table of ours. Never logs or returns a response body: PostgREST quotes the failing row in its errors.

mod client;
mod error;
mod key;
mod retry;
mod translate;

pub use client::{Counted, Resolution, Settings, SupabaseClient};
pub use error::{SqlState, SupabaseError};
pub use key::{InvalidKey, ServiceKey};
/// What builds a request: filters, columns, order, body.
pub use postgrest::Builder as Query;
