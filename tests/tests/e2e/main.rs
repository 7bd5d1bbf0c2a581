//! The real programs, from the outside.

mod dates;
mod empty;
mod held;
mod identity;
mod import;
mod nightly;
mod options;
mod progress;
mod reads;
mod shapes;
