//! How many requests may be in flight at once. Starts at the configured number, is halved at every sign of strain, and grows
//! back by one place for every round of answers: a Knack that is slow is not made slower, and one that has recovered is used.

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
    /// The upper limit.
    most: usize,
    /// Answers without strain since the number last changed.
    answers: usize,
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
                most: allowed,
                answers: 0,
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
        state.answers = 0;
        let fewer = (state.allowed / 2).max(1);
        let gone = state.allowed - fewer;
        state.allowed = fewer;
        state.surplus += gone - self.in_flight.places.forget_permits(gone);
    }
}

impl Place<'_> {
    /// An answer came as it should. As many of them as may be in flight allow one more.
    pub(crate) fn report_answer(&self) {
        let mut state = self.in_flight.state();
        if state.allowed == state.most {
            return;
        }
        state.answers += 1;
        if state.answers < state.allowed {
            return;
        }
        state.answers = 0;
        state.allowed += 1;
        if state.surplus > 0 {
            state.surplus -= 1;
        } else {
            self.in_flight.places.add_permits(1);
        }
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

    #[tokio::test]
    async fn answers_bring_the_places_back_one_by_one() {
        let in_flight = InFlight::new(4);
        for _ in 0..2 {
            in_flight.enter().await.report_strain();
        }
        for (answers, places) in [(1, 2), (1, 2), (1, 3), (3, 4), (9, 4)] {
            for _ in 0..answers {
                in_flight.enter().await.report_answer();
            }
            assert_eq!(in_flight.places.available_permits(), places, "{answers}");
        }
    }
}
