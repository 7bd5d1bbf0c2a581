//! Decides when and how a process is made to end: at its time limit or when it is cancelled, it is asked to end, and
//! killed after a grace period.

use tokio::process::{Child, ChildStdin};
use tokio_util::sync::CancellationToken;

use super::exited::{Exited, Stopped};
use super::group::Group;
use super::program::Program;

/// Waits for the process, and stops it if it is cancelled or takes too long. `death_pipe` is its stdin: if the launcher dies,
/// for whatever reason, the process reads the end of it.
pub(super) async fn end(
    program: &Program,
    child: &mut Child,
    group: &Group,
    death_pipe: Option<ChildStdin>,
    cancel: &CancellationToken,
) -> Exited {
    let stopped = tokio::select! {
        biased;
        status = child.wait() => return Exited {
            status: status.ok(),
            stopped: None,
            was_killed: false,
        },
        () = cancel.cancelled() => Stopped::Cancelled,
        () = tokio::time::sleep(program.timeout) => Stopped::TimedOut,
    };
    // Both: the refresh heeds the first only, and whatever else is in its group the second.
    drop(death_pipe);
    group.terminate();
    let in_time = tokio::time::timeout(program.grace, child.wait()).await;
    let (status, was_killed) = if let Ok(status) = in_time {
        (status, false)
    } else {
        group.kill();
        (child.wait().await, true)
    };
    Exited {
        status: status.ok(),
        stopped: Some(stopped),
        was_killed,
    }
}
