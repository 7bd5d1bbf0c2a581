//! Decides when and how a process is made to end: at its time limit or when it is cancelled, it is asked to end, and
//! killed after a grace period, or at once if it must not go on for a moment.

use tokio::process::{Child, ChildStdin};

use super::exited::{Exited, Stopped};
use super::group::Group;
use super::orders::Orders;
use super::program::Program;

/// Waits for the process, and stops it if it is cancelled or takes too long. `death_pipe` is its stdin: if the launcher dies,
/// for whatever reason, the process reads the end of it.
pub(super) async fn end(
    program: &Program,
    child: &mut Child,
    group: &Group,
    death_pipe: Option<ChildStdin>,
    orders: &Orders,
) -> Exited {
    let stopped = tokio::select! {
        biased;
        status = child.wait() => return Exited {
            status: status.ok(),
            stopped: None,
            was_killed: false,
        },
        () = orders.end.cancelled() => Stopped::Cancelled,
        () = tokio::time::sleep(program.timeout) => Stopped::TimedOut,
    };
    // Both: the refresh heeds the first only, and whatever else is in its group the second.
    drop(death_pipe);
    group.terminate();
    let in_time = tokio::select! {
        biased;
        () = orders.die.cancelled() => None,
        ended = tokio::time::timeout(program.grace, child.wait()) => ended.ok(),
    };
    let (status, was_killed) = if let Some(status) = in_time {
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
