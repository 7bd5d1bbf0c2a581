//! The real programs, from the outside.

mod exit_codes;
mod exit_codes_of_services;
mod exit_codes_when_stopped;
mod import;
