//! How both programs reach Knack and Supabase: the settings they share, read from the environment, and the one HTTP client.
//!
//! The one place that reads the process's environment or a `.env` file. No value of a setting is ever repeated in an error.

mod environment;
mod http;
mod knack;
mod supabase;
pub mod value;

pub use environment::{Environment, InvalidSettings, Reader};
pub use http::client;
pub use knack::{KnackConnection, VARIABLES as KNACK_VARIABLES, knack};
pub use supabase::{VARIABLES as SUPABASE_VARIABLES, supabase};
