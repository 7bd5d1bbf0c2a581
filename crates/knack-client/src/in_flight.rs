//! How many requests may be in flight at once. Starts at the configured number and is halved at every sign of strain,
//! for the rest of the run: a Knack that is slow today is not made slower.

use std::sync::{Mutex, MutexGuard};

use tokio::sync::Semaphore;

#[derive(Debug)]
pub(crate) struct InFlight {
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    allowed: usize,
    /// Places to take away as soon as somebody leaves one.
    surplus: usize,
    /// How often places were taken away.
    reductions: u64,
}

/// A place among the requests in flight; given back on drop.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    in_flight: &'a InFlight,
    reductions: u64,
}

impl InFlight {
    pub(crate) fn new(allowed: usize) -> Self {
        Self {
            places: Semaphore::new(allowed),
            state: Mutex::new(State {
                allowed,
                surplus: 0,
                reductions: 0,
            }),
        }
    }

    pub(crate) async fn enter(&self) -> Place<'_> {
        let permit = self.places.acquire().await;
        permit.expect("the semaphore is never closed").forget();
        Place {
            in_flight: self,
            reductions: self.state().reductions,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

impl Place<'_> {
    /// Halves what is allowed, down to one. Requests that left side by side and failed side by side are one sign of
    /// strain, not eight.
    pub(crate) fn report_strain(&self) {
        let mut state = self.in_flight.state();
        if state.reductions > self.reductions {
            return;
        }
        state.reductions += 1;
        let fewer = (state.allowed / 2).max(1);
        let gone = state.allowed - fewer;
        state.allowed = fewer;
        state.surplus += gone - self.in_flight.places.forget_permits(gone);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.in_flight.state();
        if state.surplus > 0 {
            state.surplus -= 1;
        } else {
            self.in_flight.places.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn enter(in_flight: &InFlight, count: usize) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for _ in 0..count {
            places.push(in_flight.enter().await);
        }
        places
    }

    #[tokio::test]
    async fn a_wave_that_fails_together_halves_once() {
        let in_flight = InFlight::new(8);
        let wave = enter(&in_flight, 6).await;
        for place in &wave {
            place.report_strain();
        }
        drop(wave);
        assert_eq!(in_flight.places.available_permits(), 4);
    }

    #[tokio::test]
    async fn strain_after_strain_leaves_one() {
        let in_flight = InFlight::new(8);
        for _ in 0..6 {
            in_flight.enter().await.report_strain();
        }
        assert_eq!(in_flight.places.available_permits(), 1);
    }
}
