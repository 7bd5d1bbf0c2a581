//! Reads how many files the system lets this process have open. Each connection is one, and a refresh needs a few more,
//! so a limit below the number of connections would let a client that holds many of them keep others out and refreshes
//! from starting.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// For the service itself: its listeners, its log, and its own connections to Knack, Supabase and Redis.
const OWN: usize = 100;
/// For the pipes of one refresh while it is started.
const OF_ONE_REFRESH: usize = 8;
/// Fewer make no service.
const FEWEST: usize = 4;

/// Threads that serve requests. They mostly wait for other services.
const WORKERS: usize = 2;
/// An evicted connection is closed a moment later, and is an open file until then.
const CLOSING: usize = 1_024;
/// With fewer, a worker could be full of them.
const FEWEST_CLOSING: usize = 64;

/// How many connections there may be, and who serves them. What is accepted is never more than there are files for: a server
/// that runs out of them stops accepting for half a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Those that are served.
    pub(crate) connections: usize,
    /// Those of one worker that were accepted, and have no place yet or no longer.
    pub(crate) closing: usize,
    pub(crate) workers: usize,
}

/// Room for as many connections as are wanted or, if the system allows too few open files even after the limit has been raised
/// as far as it can be, for as many as leave enough for so many refreshes. The log then says so.
pub(crate) fn room(wanted: usize, refreshes: usize) -> Room {
    let limit = raised().unwrap_or(usize::MAX);
    let room = within(limit, wanted, refreshes);
    let connections = room.connections;
    if connections < wanted {
        tracing::warn!(
            limit,
            connections,
            wanted,
            "the system allows this service too few open files for LAUNCHER_MAX_CONNECTIONS, so it takes fewer connections: raise the limit (LimitNOFILE in systemd), or lower the setting"
        );
    }
    room
}

/// The limit after it was raised; `None` if there is none, or it is not known.
fn raised() -> Option<usize> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let raised = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    usize::try_from(raised.map_or(soft, |()| hard)).ok()
}

/// If the limit is tight, connections get half of it.
fn within(limit: usize, wanted: usize, refreshes: usize) -> Room {
    let reserved = OWN + OF_ONE_REFRESH * refreshes;
    let files = limit.saturating_sub(reserved).max(limit / 2);
    // Each worker must have room for all, since nothing says which of them gets the next connection.
    let closing = (files / WORKERS).saturating_sub(wanted).min(CLOSING);
    if closing >= FEWEST_CLOSING {
        return Room {
            connections: wanted,
            closing,
            workers: WORKERS,
        };
    }
    let few = (files / 8).clamp(2, CLOSING);
    let connections = wanted.min(files.saturating_sub(few).max(FEWEST));
    Room {
        connections,
        closing: files.saturating_sub(connections).clamp(few, CLOSING),
        workers: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_refreshes_and_get_at_least_half() {
        for (limit, wanted, refreshes, connections, closing, workers) in [
            (usize::MAX, 4_000, 4, 4_000, 1_024, 2),
            (10_000, 4_000, 4, 4_000, 934, 2),
            (10_000, 4_000, 64, 4_000, 694, 2),
            (8_000, 4_000, 4, 4_000, 1_024, 1),
            (1_024, 4_000, 4, 781, 111, 1),
            (1_024, 4_000, 64, 448, 64, 1),
            (1_024, 100, 4, 100, 346, 2),
            (256, 4_000, 4, 112, 16, 1),
            (64, 4_000, 4, 28, 4, 1),
            (0, 4_000, 4, FEWEST, 2, 1),
        ] {
            let expected = Room {
                connections,
                closing,
                workers,
            };
            let room = within(limit, wanted, refreshes);
            assert_eq!(room, expected, "{limit} {wanted} {refreshes}");
            if limit > 8 {
                let accepted = room.workers * (room.connections + room.closing);
                assert!(
                    accepted <= limit.saturating_sub(OWN).max(limit / 2),
                    "{room:?}"
                );
            }
        }
    }
}
