//! How the refresh is started: its arguments as a vector, an environment with nothing that it does not need, and a process
//! group of its own. No shell ever sees any of it, and no argument is a secret.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::child_args::ChildArgs;
use super::program::Program;

/// Refreshes a school.
pub(super) fn refresh(program: &Program, args: ChildArgs<'_>) -> Command {
    let mut command = bare(program);
    command
        // One token: an id is never mistaken for an option, even if it could look like one.
        .arg(format!("--establishment-id={}", args.school.knack_id))
        .arg(format!("--timeout={}", own_timeout(program.timeout)))
        .args([
            "--progress=json",
            "--exit-on-stdin-close",
            "--report-changes",
        ])
        // A platform's TERM or INT reaches it too, and how long it may still run is for us to say: by the end of its stdin.
        .arg("--ignore-signals")
        .env("SYNC_RUN_ID", args.run_id.to_string())
        .env("SYNC_STARTED_BY", args.started_by)
        .stderr(Stdio::piped());
    if let Some(fence) = args.fence {
        command.env("SYNC_FENCE", fence.to_string());
    }
    command
}

/// Answers a question about a school, which is no argument: it is the first line of stdin.
pub(super) fn explain(program: &Program, args: ChildArgs<'_>, limit: Duration) -> Command {
    let mut command = bare(program);
    command
        .arg(format!("--establishment-id={}", args.school.knack_id))
        .arg(format!("--timeout={}", own_timeout(limit)))
        .args(["--explain", "--progress=none", "--exit-on-stdin-close"])
        .arg("--ignore-signals")
        .env("SYNC_RUN_ID", args.run_id.to_string())
        .env("SYNC_STARTED_BY", args.started_by)
        .stderr(Stdio::piped());
    command
}

/// Prints its name, and does nothing else.
pub(super) fn version(program: &Program) -> Command {
    let mut command = bare(program);
    command.arg("--version").stderr(Stdio::null());
    command
}

fn bare(program: &Program) -> Command {
    let mut command = Command::new(&program.path);
    command
        .env_clear()
        .envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        // A `.env` file where the launcher was started must not be read a second time.
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// The refresh gives up a little before the launcher would stop it: after 285 of 300 seconds.
fn own_timeout(ours: Duration) -> u64 {
    (ours.mul_f64(0.95).as_secs()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refresh_gives_up_before_it_is_stopped() {
        assert_eq!(own_timeout(Duration::from_mins(5)), 285);
        assert_eq!(own_timeout(Duration::from_secs(1)), 1);
    }
}
