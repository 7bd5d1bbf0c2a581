//! The real launcher, from the outside.

mod access;
mod bad_input;
mod cache;
mod client;
mod connections;
mod cooldown;
mod crowd;
mod documents;
mod environment;
mod events;
mod foreign_rows;
mod history;
mod lost_logs;
mod misbehaving;
mod nginx;
mod openapi;
mod overview;
mod page;
mod process;
mod processes;
mod readiness;
mod refresh;
mod schools;
mod shutdown;
mod starting;
