//! The HTTP side: routes, extractors and handlers. Decides nothing about runs.

mod body;
mod caller_limit;
mod changes;
mod client_address;
mod config;
mod connection;
mod cors;
mod deadline;
mod document;
mod events;
mod explain;
mod extract;
mod health;
mod history;
mod metrics;
mod openapi;
mod page;
mod preconditions;
mod preferences;
mod refresh;
mod request_log;
mod resource;
mod routes;
mod runs;
mod schools;
mod seats;
mod server;
mod state;
mod streams;
mod this_machine;

pub(crate) use config::HttpConfig;
pub use openapi::openapi;
pub(crate) use page::folder::INDEX;
pub(crate) use seats::policy::SeatLimits;
pub(crate) use server::listen;
pub(crate) use state::AppState;
