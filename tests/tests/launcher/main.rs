//! The real launcher, from the outside.

mod client;
mod misbehaving;
mod process;
mod processes;
mod refresh;
mod shutdown;
