//! See [`sync_cli::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_cli::run(std::env::args_os())
}
