//! What a run does whose lease runs out: its school may soon be another launcher's.

use std::sync::atomic::Ordering;

use super::Run;

impl Run {
    /// Its lease cannot be renewed, so it has to end before the lease does.
    pub(in crate::runs) fn lease_runs_out(&self) {
        if self.stop() {
            self.is_out_of_lease.store(true, Ordering::Relaxed);
        }
    }

    /// Another launcher may refresh its school from now on, so its process must not go on for a moment.
    pub(in crate::runs) fn lease_is_lost(&self) {
        self.lease_runs_out();
        self.is_out_of_lease.store(true, Ordering::Relaxed);
        self.orders.die.cancel();
    }

    /// Whether its lease may be another launcher's.
    pub(in crate::runs) fn has_lost_lease(&self) -> bool {
        self.orders.die.is_cancelled()
    }

    /// Whether it was stopped because of its lease.
    pub(crate) fn is_out_of_lease(&self) -> bool {
        self.is_out_of_lease.load(Ordering::Relaxed)
    }
}
