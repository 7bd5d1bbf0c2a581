//! Limits how many connections are open, in total and for each peer. A new one is given a seat as long as there is an
//! idle or stalled one to close, so neither many connections nor many of one peer keep others out.

pub(super) mod policy;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use prometheus::{IntCounter, IntGauge};

use super::connection::progress::Progress;
use crate::metrics::Metrics;
use crate::peer::{Peer, TrustedProxies};
use policy::{Room, SeatLimits, to_close};

/// All seats.
pub(super) struct Seats {
    limits: SeatLimits,
    /// They pass on requests of many clients, so they may have all seats.
    proxies: TrustedProxies,
    taken: Mutex<Taken>,
    open: IntGauge,
    evicted: IntCounter,
    refused: IntCounter,
}

#[derive(Default)]
struct Taken {
    by_peer: HashMap<Peer, Vec<Arc<Progress>>>,
    all: usize,
}

/// A connection's seat, free again when this is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    peer: Peer,
    progress: Arc<Progress>,
}

impl Seats {
    pub(super) fn new(limits: SeatLimits, proxies: TrustedProxies, metrics: &Metrics) -> Self {
        Self {
            limits,
            proxies,
            taken: Mutex::default(),
            open: metrics.connections.clone(),
            evicted: metrics.connections_evicted.clone(),
            refused: metrics.connections_refused.clone(),
        }
    }

    /// A seat for a new connection; another connection may be closed for it. `None` if there is no room.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let peer = Peer::of(address);
        let mut taken = self.taken();
        let own = taken.by_peer.get(&peer).map_or(0, Vec::len);
        let own = (!self.proxies.contain(address)).then_some(own);
        let victim = match self.limits.room(taken.all, own) {
            Room::Free => None,
            Room::OfItsPeer => Some(taken.to_close(Some(peer))),
            Room::OfAnyPeer => Some(taken.to_close(None)),
        };
        let victim = match victim {
            None => None,
            Some(Some((peer, victim))) => {
                // Its seat is free at once; it closes a moment later.
                taken.leave(peer, &victim);
                self.evicted.inc();
                Some(victim)
            }
            Some(None) => {
                self.refused.inc();
                return None;
            }
        };
        let progress = Arc::new(Progress::new());
        taken.sit(peer, Arc::clone(&progress));
        self.open.set(count(taken.all));
        drop(taken);
        if let Some(victim) = victim {
            victim.evict();
        }
        Some(Seat {
            seats: Arc::clone(self),
            peer,
            progress,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock()
    }
}

impl Taken {
    fn sit(&mut self, peer: Peer, progress: Arc<Progress>) {
        self.by_peer.entry(peer).or_default().push(progress);
        self.all += 1;
    }

    /// Does nothing if it has left already.
    fn leave(&mut self, peer: Peer, progress: &Arc<Progress>) {
        let Some(own) = self.by_peer.get_mut(&peer) else {
            return;
        };
        let Some(place) = own.iter().position(|other| Arc::ptr_eq(other, progress)) else {
            return;
        };
        own.swap_remove(place);
        if own.is_empty() {
            self.by_peer.remove(&peer);
        }
        self.all -= 1;
    }

    /// The connection to close, of this peer or of any.
    fn to_close(&self, of: Option<Peer>) -> Option<(Peer, Arc<Progress>)> {
        let peers = self.by_peer.iter();
        let peers = peers.filter(|(peer, _)| of.is_none_or(|of| of == **peer));
        let now = Instant::now();
        let connections = peers.flat_map(|(peer, own)| {
            own.iter()
                .map(move |it| ((*peer, it), own.len(), it.standing(now)))
        });
        let (peer, victim) = to_close(connections)?;
        Some((peer, Arc::clone(victim)))
    }
}

impl Seat {
    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.leave(self.peer, &self.progress);
        self.seats.open.set(count(taken.all));
    }
}

fn count(all: usize) -> i64 {
    i64::try_from(all).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SeatLimits = SeatLimits {
        all: 3,
        of_one_peer: 2,
    };

    fn seats(proxies: &str) -> Arc<Seats> {
        let proxies = TrustedProxies::parse(proxies).unwrap();
        Arc::new(Seats::new(LIMITS, proxies, &Metrics::new().unwrap()))
    }

    fn take(seats: &Arc<Seats>, address: &str) -> Option<Seat> {
        seats.take(address.parse().unwrap())
    }

    #[test]
    fn a_peer_at_its_limit_loses_one_of_its_own_and_nobody_else_does() {
        let seats = seats("10.0.0.1");
        let others = take(&seats, "192.0.2.2").unwrap();
        let busy = take(&seats, "192.0.2.1").unwrap();
        busy.progress().request_begins();
        let idle = take(&seats, "192.0.2.1").unwrap();

        let new = take(&seats, "192.0.2.1").unwrap();

        assert!(idle.progress().is_evicted());
        for seat in [&others, &busy, &new] {
            assert!(!seat.progress().is_evicted());
        }
        assert_eq!((seats.open.get(), seats.evicted.get()), (3, 1));
        // The evicted one closes later, and no longer counts.
        drop(idle);
        assert_eq!(seats.open.get(), 3);
        drop(others);
        assert_eq!(seats.open.get(), 2);
    }

    #[test]
    fn if_all_are_busy_the_new_one_is_refused() {
        let seats = seats("10.0.0.1");
        let busy: Vec<Seat> = (0..2)
            .map(|_| {
                let seat = take(&seats, "192.0.2.1").unwrap();
                seat.progress().request_begins();
                seat
            })
            .collect();

        assert!(take(&seats, "192.0.2.1").is_none());

        assert_eq!((seats.open.get(), seats.refused.get()), (2, 1));
        busy[0].progress().request_ends();
        assert!(take(&seats, "192.0.2.1").is_some());
        assert!(busy[0].progress().is_evicted());
    }

    #[test]
    fn a_trusted_proxy_may_have_all_seats_and_no_more() {
        let seats = seats("10.0.0.1");
        let mut own: Vec<Seat> = (0..3).map(|_| take(&seats, "10.0.0.1").unwrap()).collect();
        assert_eq!(seats.evicted.get(), 0);

        own.push(take(&seats, "10.0.0.1").unwrap());
        let other = take(&seats, "192.0.2.1").unwrap();

        assert_eq!((seats.open.get(), seats.evicted.get()), (3, 2));
        assert!(!other.progress().is_evicted());
    }
}
