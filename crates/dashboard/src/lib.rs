//! The parts of the dashboard's database that both programs need: its schools, the log of its refreshes, the day that
//! counts for a school, and the schema that all of it relies on, with the columns that a deployment may lack.
//!
//! Knows no pupil. Decides nothing about a refresh or a request.

mod day;
pub mod establishments;
mod optional_columns;
pub mod schema;
mod school_year;
pub mod sync_logs;

pub use day::today;
pub use establishments::School;
pub use optional_columns::{OptionalColumn, OptionalColumns};
pub use school_year::SchoolYear;
