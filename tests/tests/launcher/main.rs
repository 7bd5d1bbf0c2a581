//! The real launcher, from the outside.

mod access;
mod bad_input;
mod refresh;
