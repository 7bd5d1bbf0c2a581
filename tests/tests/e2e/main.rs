//! The real programs, from the outside.

mod arguments;
mod dates;
mod documents;
mod empty;
mod exit_codes;
mod exit_codes_of_services;
mod exit_codes_when_stopped;
mod faults_of_knack;
mod faults_of_supabase;
mod held;
mod identity;
mod import;
mod lost_logs;
mod nightly;
mod options;
mod progress;
mod reads;
mod refused_rows;
mod refused_tables;
mod run_log;
mod secrets;
mod shapes;
mod terminal;
mod together;
mod unknown_faults;
