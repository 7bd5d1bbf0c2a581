//! A whole world on one machine, for the demo, the tests and the benchmarks: Knack simulated, Supabase real.
//!
//! Nothing here is linked into what is deployed.

mod bomb;
pub mod data;
pub mod faults;
pub mod knack;
mod milliseconds;
pub mod postgres;
mod process;
pub mod proxy;
pub mod redis;
mod rows_folder;
mod server;
pub mod supabase;
pub mod time_limit;
pub mod world;
