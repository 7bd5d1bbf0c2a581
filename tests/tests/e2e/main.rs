//! The real programs, from the outside.

mod arguments;
mod exit_codes;
mod exit_codes_of_services;
mod exit_codes_when_stopped;
mod faults_of_knack;
mod faults_of_supabase;
mod import;
mod secrets;
mod together;
