//! Runs: what is known of one, and who decides whether a request starts one, waits or joins one.
//!
//! One run per school. What is decided is in [`Coordinator`]; nothing here starts a process.

mod admission;
#[cfg(test)]
mod bench;
mod coordinator;
mod ends;
mod event;
mod memory;
mod run;
mod shared;
mod view;

pub(crate) use admission::{Admission, Limits, Refused, Turn};
pub(crate) use coordinator::Coordinator;
pub(crate) use event::Event;
pub(crate) use run::{Fence, Run};
pub(crate) use shared::{Evicts, Together};
pub(crate) use view::{RunState, RunView};
