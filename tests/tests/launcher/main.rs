//! The real launcher, from the outside.

mod access;
mod refresh;
