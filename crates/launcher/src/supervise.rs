//! One subprocess from its start to its end: started with nothing but what it needs, read within bounds, stopped when it has
//! to be, and believed only if its exit status and its summary agree.
//!
//! Whatever happens, nothing of its process group is left: not if it ignores signals, not if its children hold its pipes, not
//! if the launcher panics. Must never wait without a limit.

mod child_args;
mod command;
mod exited;
mod explain;
mod fit;
mod group;
mod log;
mod orders;
mod outcome;
mod pipes;
mod probe;
mod program;
mod text;
mod timeout;
mod verdict;

use sync_protocol::{ChangeReport, Phase, ProgressEvent};
use tokio::process::Child;

use crate::problem::Problem;
pub(crate) use child_args::ChildArgs;
use exited::Exited;
pub(crate) use explain::explain;
use group::Group;
pub(crate) use orders::Orders;
pub(crate) use outcome::Ending;
use pipes::Captured;
pub(crate) use probe::Stamp;
pub(crate) use program::Program;
pub(crate) use text::masked;

/// How it ended, and what may have changed.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) ending: Ending,
    /// Whose rows were changed, which is not in the ending's summary.
    pub(crate) changes: Option<ChangeReport>,
    /// Whether rows may have been written.
    pub(crate) may_have_written: bool,
    /// Whether it had to be killed.
    pub(crate) was_killed: bool,
}

/// Runs the refresh to its end, or until it is ordered to end. `on_progress` is called with each event.
pub(crate) async fn run(
    program: &Program,
    args: ChildArgs<'_>,
    orders: &Orders,
    on_progress: impl Fn(&ProgressEvent),
) -> Report {
    let mut child = match command::refresh(program, args).spawn() {
        Ok(child) => child,
        Err(error) => {
            tracing::error!(kind = ?error.kind(), "the refresh cannot be started");
            return Report::of_nothing(&error);
        }
    };
    let mut wrote = false;
    let (exited, captured) = {
        let on_event = |event: &ProgressEvent| {
            wrote |= matches!(
                event,
                ProgressEvent::Phase {
                    phase: Phase::Writing
                }
            );
            on_progress(event);
        };
        listen(program, args, &mut child, orders, on_event).await
    };
    let mut ending = verdict::of(args, exited, &captured);
    let changes = ending.take_changes().map(fit::changes);
    let ending = fit::for_callers(ending, args, &program.secrets);
    Report {
        // A process without a summary that can be believed may have done anything.
        may_have_written: wrote || ending.has_no_summary(),
        was_killed: exited.was_killed,
        changes,
        ending,
    }
}

async fn listen(
    program: &Program,
    args: ChildArgs<'_>,
    child: &mut Child,
    orders: &Orders,
    mut on_event: impl FnMut(&ProgressEvent),
) -> (Exited, Captured) {
    let group = Group::of(child);
    let death_pipe = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut captured = Captured::default();
    let ended = {
        let reading = async {
            let log = |line: &[u8]| log::relay(line, args, &program.secrets);
            let lines = pipes::lines(stderr, &mut on_event, log);
            tokio::join!(lines, pipes::capture(stdout, &mut captured));
        };
        tokio::pin!(reading);
        let ending = timeout::end(program, child, &group, death_pipe, orders);
        tokio::pin!(ending);
        let mut read_all = false;
        let ended = loop {
            // Its end and its deadline first: a child that never stops writing would leave no turn for them.
            tokio::select! {
                biased;
                ended = &mut ending => break ended,
                () = &mut reading, if !read_all => read_all = true,
            }
        };
        // What is left of the group may hold the pipes, and then reading would never end.
        group.kill();
        if !read_all {
            let drained = tokio::time::timeout(pipes::DRAIN, reading).await;
            if drained.is_err() {
                tracing::warn!("something outside its process group holds the refresh's pipes");
            }
        }
        ended
    };
    (ended, captured)
}

impl Report {
    fn of_nothing(error: &std::io::Error) -> Self {
        Self {
            ending: Ending::failed(Problem::of_start(error)),
            changes: None,
            may_have_written: false,
            was_killed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::panic::AssertUnwindSafe;
    use std::time::Duration;

    use dashboard::School;
    use futures_util::FutureExt;
    use nix::sys::signal::killpg;
    use nix::unistd::Pid;
    use sync_protocol::Calendar;
    use uuid::Uuid;

    use super::*;

    /// Tells an event, and then hangs with a child that holds its pipes.
    const SCRIPT: &str = "#!/bin/sh\necho $$ >\"$0.pid\"\necho '{\"event\":\"phase\",\"phase\":\"writing\"}' >&2\nsleep 600 & wait\n";

    #[tokio::test]
    async fn a_panic_while_a_run_is_followed_leaves_nobody_behind() {
        let folder = std::env::temp_dir().join(format!("supervise-{}", Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("refresh");
        fs::write(&path, SCRIPT).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        let program = Program {
            path,
            environment: vec![("PATH", "/bin:/usr/bin".to_owned())],
            timeout: Duration::from_mins(1),
            grace: Duration::from_secs(1),
            secrets: Vec::new(),
        };
        let school = School {
            id: Uuid::from_u128(1),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: "A school".to_owned(),
            calendar: Calendar::from_flags(None, None),
        };
        let args = ChildArgs {
            run_id: Uuid::from_u128(2),
            school: &school,
            started_by: "cron",
            fence: None,
        };

        let never = Orders::default();
        let running = run(&program, args, &never, |_| panic!("a bug of ours"));
        let outcome = AssertUnwindSafe(running).catch_unwind().await;

        assert!(outcome.is_err());
        let group: i32 = fs::read_to_string(folder.join("refresh.pid"))
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let is_there = || killpg(Pid::from_raw(group), None).is_ok();
        // Whoever is killed is there until its parent has taken note.
        let gone = async {
            while is_there() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let gone = tokio::time::timeout(Duration::from_secs(20), gone).await;
        assert!(gone.is_ok(), "its process group is still there");
        fs::remove_dir_all(folder).unwrap();
    }
}
