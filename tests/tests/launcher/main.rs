//! The real launcher, from the outside.

mod refresh;
