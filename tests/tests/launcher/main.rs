//! The real launcher, from the outside.

mod cache;
mod cooldown;
mod crowd;
mod events;
mod openapi;
mod readme;
mod refresh;
mod schools;
