//! Decides which connection is closed when a new one finds no seat. Pure: it is given the standing of each.

use std::cmp::Reverse;

use crate::http::connection::progress::Standing;

/// How many seats there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeatLimits {
    pub(crate) all: usize,
    pub(crate) of_one_peer: usize,
}

/// Where a new connection can sit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is a seat.
    Free,
    /// Another one of its own peer has to close.
    OfItsPeer,
    /// Another one, of any peer, has to close.
    OfAnyPeer,
}

impl SeatLimits {
    /// One peer has at most a quarter, so that none can keep others out.
    pub(crate) fn of_all(all: usize) -> Self {
        Self {
            all,
            of_one_peer: all / 4,
        }
    }

    /// `own` counts the connections of the new one's peer; `None` if that peer may have all seats.
    pub(super) fn room(&self, all: usize, own: Option<usize>) -> Room {
        if own.is_some_and(|own| own >= self.of_one_peer) {
            Room::OfItsPeer
        } else if all >= self.all {
            Room::OfAnyPeer
        } else {
            Room::Free
        }
    }
}

/// The one to close, given each connection, how many its peer has, and its standing: of the peer with the most, an idle one
/// before a stalled one, and the one that has not moved for longest. A busy one is never closed.
pub(super) fn to_close<C>(connections: impl Iterator<Item = (C, usize, Standing)>) -> Option<C> {
    let closable = connections.filter_map(|(connection, of_its_peer, standing)| {
        let rank = match standing {
            Standing::Idle { since } => (of_its_peer, true, Reverse(since)),
            Standing::Stalled { since } => (of_its_peer, false, Reverse(since)),
            Standing::Busy => return None,
        };
        Some((rank, connection))
    });
    let first = closable.max_by_key(|(rank, _)| *rank);
    first.map(|(_, connection)| connection)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const LIMITS: SeatLimits = SeatLimits {
        all: 8,
        of_one_peer: 2,
    };

    #[test]
    fn a_peer_at_its_limit_makes_room_itself() {
        for (all, own, room) in [
            (0, Some(0), Room::Free),
            (7, Some(1), Room::Free),
            (7, Some(2), Room::OfItsPeer),
            (8, Some(1), Room::OfAnyPeer),
            (8, Some(2), Room::OfItsPeer),
            // For a trusted proxy only the total counts.
            (7, None, Room::Free),
            (8, None, Room::OfAnyPeer),
        ] {
            assert_eq!(LIMITS.room(all, own), room, "{all} {own:?}");
        }
    }

    #[test]
    fn which_connection_is_closed() {
        const IDLE: fn(Instant) -> Standing = |since| Standing::Idle { since };
        const STALLED: fn(Instant) -> Standing = |since| Standing::Stalled { since };
        const BUSY: fn(Instant) -> Standing = |_| Standing::Busy;
        /// How many its peer has, its standing, and since which second.
        type Connection = (usize, fn(Instant) -> Standing, u64);
        let cases: [(&[Connection], Option<usize>); 9] = [
            (&[], None),
            (&[(3, BUSY, 1), (3, BUSY, 1)], None),
            (&[(3, BUSY, 1), (3, IDLE, 9)], Some(1)),
            (&[(3, IDLE, 5), (3, IDLE, 4)], Some(1)),
            (&[(3, STALLED, 1), (3, IDLE, 9)], Some(1)),
            (&[(3, STALLED, 7), (3, STALLED, 6), (3, BUSY, 1)], Some(1)),
            // The peer with the most comes first, even if it only has stalled ones.
            (&[(1, IDLE, 1), (2, STALLED, 9)], Some(1)),
            (&[(1, IDLE, 1), (2, IDLE, 9)], Some(1)),
            // Unless none of its connections may be closed.
            (&[(2, BUSY, 1), (1, STALLED, 3), (2, BUSY, 1)], Some(1)),
        ];
        let start = Instant::now();
        for (number, (connections, expected)) in cases.into_iter().enumerate() {
            let numbered = connections.iter().enumerate();
            let numbered = numbered.map(|(place, (peers, standing, second))| {
                let since = start + Duration::from_secs(*second);
                (place, *peers, standing(since))
            });
            assert_eq!(to_close(numbered), expected, "case {number}");
        }
    }
}
