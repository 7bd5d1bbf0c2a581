//! The real programs, from the outside.

mod dates;
mod held;
mod identity;
mod import;
mod nightly;
mod options;
mod progress;
mod readme;
mod reads;
mod shapes;
