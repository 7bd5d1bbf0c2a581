//! Runs: what is known of one, and who decides whether a request starts one, waits or joins one.
//!
//! One run per school. What is decided is in [`Coordinator`]; nothing here starts a process.

mod admission;
mod coordinator;
mod ends;
mod event;
mod memory;
mod run;
mod view;

pub(crate) use admission::{Admission, Limits, Refused, Turn};
pub(crate) use coordinator::Coordinator;
pub(crate) use event::Event;
pub(crate) use run::Run;
pub(crate) use view::{RunState, RunView};
