//! What both programs read from the environment: each setting declared once, and the HTTP clients.
//!
//! The one place that reads the process's environment or a `.env` file. A declaration gives a setting's name, parser,
//! default and words; the reader, `--help`, the documents' tables and what the launcher hands to a refresh all come from
//! it. No value of a setting is ever repeated in an error.

mod certificates;
mod dotenv;
mod environment;
mod file;
mod http;
mod invalid;
mod knack;
#[cfg(test)]
mod messages;
mod reader;
mod refresh;
mod setting;
mod supabase;
pub mod value;

pub use environment::Environment;
pub use file::{UnreadableFile, read_regular};
pub use http::{HttpClients, client_of, clients};
pub use invalid::InvalidSettings;
pub use knack::{KnackConnection, knack};
pub use reader::Reader;
pub use refresh::{
    MACHINE, RunIdentity, min_daily_allowance, of_check, of_refresh, outage_patience, run_identity,
    with_answers,
};
pub use setting::{Declared, Setting, help};
pub use supabase::{supabase, supabase_in_public};
