//! The real launcher, from the outside.

mod openapi;
mod readme;
mod refresh;
