//! Measures how long a service has owed an answer, to name what a run was waiting for when its time was up.

use std::time::Instant;

use parking_lot::Mutex;

/// The requests to a service that are not answered yet.
#[derive(Debug, Default)]
pub struct Silence(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    since: Option<Instant>,
}

/// A request that is on its way. Dropped without [`Pending::answered`], it was given up.
#[derive(Debug)]
pub struct Pending<'a>(&'a Silence);

impl Silence {
    /// A request is sent.
    pub fn asked(&self, now: Instant) -> Pending<'_> {
        let mut state = self.0.lock();
        if state.in_flight == 0 {
            state.since = Some(now);
        }
        state.in_flight += 1;
        Pending(self)
    }

    /// Since when requests are on their way and none is answered; nothing if there are none.
    pub fn since(&self) -> Option<Instant> {
        let state = self.0.lock();
        state.since.filter(|_| state.in_flight > 0)
    }
}

impl Pending<'_> {
    /// The service has answered it, whatever it said.
    pub fn answered(self, now: Instant) {
        self.0.0.lock().since = Some(now);
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.0.lock().in_flight -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_service_is_silent_while_requests_are_on_their_way_and_none_is_answered() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let silence = Silence::default();
        assert_eq!(silence.since(), None);

        let first = silence.asked(at(1));
        let second = silence.asked(at(2));
        let third = silence.asked(at(3));
        assert_eq!(silence.since(), Some(at(1)));
        first.answered(at(4));
        assert_eq!(silence.since(), Some(at(4)));
        drop(second);
        assert_eq!(silence.since(), Some(at(4)));
        third.answered(at(5));
        assert_eq!(silence.since(), None);

        let later = silence.asked(at(9));
        assert_eq!(silence.since(), Some(at(9)));
        drop(later);
        assert_eq!(silence.since(), None);
    }
}
