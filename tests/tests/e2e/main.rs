//! The real programs, from the outside.

mod held;
mod identity;
mod import;
mod nightly;
