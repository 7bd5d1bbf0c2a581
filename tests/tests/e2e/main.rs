//! The real programs, from the outside.

mod import;
mod nightly;
