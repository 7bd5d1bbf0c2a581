//! How many files the system lets this process have open. Each connection is one, and a refresh needs a few more, so a limit
//! below the number of connections would let whoever holds many of them keep others out and refreshes from starting.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// For the service itself: its listeners, its log, and its own connections to Knack, Supabase and Redis.
const OWN: usize = 100;
/// For the pipes of one refresh while it is started.
const OF_ONE_REFRESH: usize = 8;
/// Fewer make no service.
const FEWEST: usize = 4;

/// How many connections there may be: as many as are wanted or, if the system allows too few open files even after the limit
/// has been raised as far as it can be, as many as leave room for so many refreshes. The log then says so.
pub(crate) fn connections(wanted: usize, refreshes: usize) -> usize {
    let Some(limit) = raised() else { return wanted };
    let connections = within(limit, wanted, refreshes);
    if connections < wanted {
        tracing::warn!(
            limit,
            connections,
            wanted,
            "the system allows this service too few open files for LAUNCHER_MAX_CONNECTIONS, so it takes fewer connections: raise the limit (LimitNOFILE in systemd), or lower the setting"
        );
    }
    connections
}

/// The limit after it was raised; `None` if there is none, or it is not known.
fn raised() -> Option<usize> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let raised = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    usize::try_from(raised.map_or(soft, |()| hard)).ok()
}

/// If the limit is tight, connections get half of it.
fn within(limit: usize, wanted: usize, refreshes: usize) -> usize {
    let reserved = OWN + OF_ONE_REFRESH * refreshes;
    let room = limit.saturating_sub(reserved).max(limit / 2);
    wanted.min(room.max(FEWEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_refreshes_and_get_at_least_half() {
        for (limit, wanted, refreshes, expected) in [
            (usize::MAX, 4_000, 4, 4_000),
            (10_000, 4_000, 64, 4_000),
            (1_024, 4_000, 4, 892),
            (1_024, 4_000, 64, 512),
            (1_024, 100, 4, 100),
            (64, 4_000, 4, 32),
            (0, 4_000, 4, FEWEST),
        ] {
            let connections = within(limit, wanted, refreshes);
            assert_eq!(connections, expected, "{limit} {wanted} {refreshes}");
        }
    }
}
