//! See [`launcher::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    launcher::run(std::env::args_os())
}
