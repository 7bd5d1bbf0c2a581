//! The real programs, from the outside.

mod identity;
mod import;
mod nightly;
