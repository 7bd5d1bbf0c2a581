//! How long a service that does not serve is waited for: by time, not by attempts. One [`Patience`] is shared by all requests
//! to a service, since what one of them learns about an outage holds for the others.
//!
//! Never sleeps and never reads a clock: the time is an argument.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// However long a service asks to be left alone.
const LONGEST_ASKED: Duration = Duration::from_secs(15);

/// How long to wait for a service.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the end of an outage, which is unbroken: nothing was answered meanwhile.
    pub outage: Duration,
    /// For the first answer of all. A service that never answered is perhaps not the one that was meant.
    pub first_answer: Duration,
    /// No wait goes beyond this point in time.
    pub end: Option<Instant>,
}

impl Limits {
    /// For callers that would rather learn of an outage than wait for its end.
    pub const BRIEF: Self = Self {
        outage: Duration::from_secs(2),
        first_answer: Duration::from_secs(2),
        end: None,
    };
}

/// The state of a service, for all requests to it.
#[derive(Debug)]
pub struct Patience {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    has_answered: bool,
    last_answer: Option<Instant>,
    outage_since: Option<Instant>,
}

/// One request, and how it has failed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    begun: Instant,
    failures: u32,
    /// Those of its failures that are seldom passing ones.
    doubts: u32,
}

/// The decision after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long.
    After(Duration),
    /// Others are served; this request is not.
    GiveUp,
    /// It has been too long.
    OutOfPatience,
    /// It has been too long, and the service has never answered.
    NeverAnswered,
}

impl Attempts {
    /// A request that is about to be sent for the first time.
    pub fn begin(now: Instant) -> Self {
        Self {
            begun: now,
            failures: 0,
            doubts: 0,
        }
    }

    /// How often it has failed.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// How long ago it was sent for the first time.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun)
    }

    /// How long to wait before it is sent again, if nothing else is known: 0.25 s, 0.5 s … 5 s, each ±25 %, so that many
    /// callers do not return in step.
    fn back_off(&self) -> Duration {
        let doubled = FIRST_DELAY.saturating_mul(1 << self.failures.saturating_sub(1).min(8));
        doubled
            .min(LONGEST_DELAY)
            .mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}

impl Patience {
    /// With these limits, for a service that has not been asked yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
        }
    }

    /// The service itself answered: whatever it said, it is there.
    pub fn answered(&self, now: Instant) {
        let mut state = self.state.lock();
        state.has_answered = true;
        state.last_answer = Some(now);
        state.outage_since = None;
    }

    /// The service itself said that it cannot serve now: it is the one that was meant.
    pub fn recognised(&self) {
        self.state.lock().has_answered = true;
    }

    /// Whether the service itself has ever answered.
    pub fn has_answered(&self) -> bool {
        self.state.lock().has_answered
    }

    /// A request met an outage. `asked` is how long the service or something before it wants us to wait; 0 says nothing.
    pub fn met_outage(
        &self,
        attempts: &mut Attempts,
        asked: Option<Duration>,
        now: Instant,
    ) -> Next {
        attempts.failures += 1;
        let mut state = self.state.lock();
        let begun = state
            .last_answer
            .map_or(attempts.begun, |answer| answer.max(attempts.begun));
        let since = *state.outage_since.get_or_insert(begun);
        let (limit, over) = if state.has_answered {
            (self.limits.outage, Next::OutOfPatience)
        } else {
            (self.limits.first_answer, Next::NeverAnswered)
        };
        let is_last = now.saturating_duration_since(since) >= limit;
        // However long an attempt took, there is a second one.
        if is_last && attempts.failures > 1 {
            return over;
        }
        if attempts.age(now) >= limit && attempts.failures > 1 {
            return Next::GiveUp;
        }
        let left = (since + limit).saturating_duration_since(now);
        let back_off = attempts.back_off();
        if self.is_too_late(now + back_off) {
            return over;
        }
        // What is asked for is a guess of whoever answered: the service may be back sooner.
        let before_end = self.limits.end.map_or(left, |end| end - now);
        let most = left.min(before_end).min(LONGEST_ASKED);
        Next::After(asked.unwrap_or_default().min(most).max(back_off))
    }

    /// A request was refused for coming too early or too often, and may be sent again after `wait`, as often as time allows.
    pub fn met_limit(&self, attempts: &mut Attempts, wait: Duration, now: Instant) -> Next {
        attempts.failures += 1;
        let wait = wait + attempts.back_off() / 4;
        if self.is_too_late(now + wait) {
            return Next::OutOfPatience;
        }
        Next::After(wait)
    }

    /// A request failed in a way that is seldom a passing one: so often it is given up, whatever else it has met.
    pub fn met_doubt(&self, attempts: &mut Attempts, times: u32, now: Instant) -> Next {
        attempts.failures += 1;
        attempts.doubts += 1;
        let wait = attempts.back_off();
        if attempts.doubts >= times || self.is_too_late(now + wait) {
            return Next::GiveUp;
        }
        Next::After(wait)
    }

    /// Whether a request has failed for so long that it may be its own fault: 20 s of the usual 90.
    pub fn is_long(&self, attempts: &Attempts, now: Instant) -> bool {
        attempts.age(now) >= self.limits.outage * 2 / 9
    }

    fn is_too_late(&self, at: Instant) -> bool {
        self.limits.end.is_some_and(|end| at > end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limits(end: Option<Instant>) -> Limits {
        Limits {
            outage: 90 * SECOND,
            first_answer: 30 * SECOND,
            end,
        }
    }

    /// How long a request keeps failing, each attempt at once, and what ends it.
    fn outlast(patience: &Patience, begun: Instant) -> (Duration, Next) {
        let mut attempts = Attempts::begin(begun);
        let mut now = begun;
        loop {
            match patience.met_outage(&mut attempts, None, now) {
                Next::After(wait) => now += wait,
                end => return (now - begun, end),
            }
        }
    }

    #[test]
    fn an_outage_is_waited_out_for_its_limit_and_a_service_that_never_answered_for_less() {
        let begun = Instant::now();
        let patience = Patience::new(limits(None));
        let (waited, end) = outlast(&patience, begun);
        assert_eq!(end, Next::NeverAnswered);
        assert!((30 * SECOND..37 * SECOND).contains(&waited), "{waited:?}");

        let patience = Patience::new(limits(None));
        patience.answered(begun);
        let (waited, end) = outlast(&patience, begun);
        assert_eq!(end, Next::OutOfPatience);
        assert!((90 * SECOND..97 * SECOND).contains(&waited), "{waited:?}");
    }

    #[test]
    fn an_answer_to_any_request_restarts_the_outage_but_not_for_the_one_that_keeps_failing() {
        let begun = Instant::now();
        let patience = Patience::new(limits(None));
        patience.answered(begun);
        let mut attempts = Attempts::begin(begun);
        for seconds in 1..90 {
            let now = begun + seconds * SECOND;
            let next = patience.met_outage(&mut attempts, None, now);
            assert!(matches!(next, Next::After(_)), "{seconds}: {next:?}");
            patience.answered(now);
        }
        let now = begun + 90 * SECOND;
        assert!(patience.is_long(&attempts, now));
        patience.answered(now);
        let next = patience.met_outage(&mut attempts, None, now + SECOND);
        assert_ne!(next, Next::NeverAnswered);
        assert!(!matches!(next, Next::After(_)), "{next:?}");
    }

    #[test]
    fn a_doubtful_failure_in_the_middle_of_an_outage_is_still_the_first() {
        let begun = Instant::now();
        let patience = Patience::new(limits(None));
        patience.answered(begun);
        let mut attempts = Attempts::begin(begun);
        for _ in 0..3 {
            patience.met_outage(&mut attempts, None, begun);
        }
        let next = patience.met_doubt(&mut attempts, 2, begun);
        assert!(matches!(next, Next::After(_)), "{next:?}");
        assert_eq!(patience.met_doubt(&mut attempts, 2, begun), Next::GiveUp);
    }

    #[test]
    fn nothing_is_waited_for_beyond_the_end() {
        let begun = Instant::now();
        let patience = Patience::new(limits(Some(begun + 10 * SECOND)));
        patience.answered(begun);
        let (waited, end) = outlast(&patience, begun);
        assert_eq!(end, Next::OutOfPatience);
        assert!((4 * SECOND..=10 * SECOND).contains(&waited), "{waited:?}");
        let mut attempts = Attempts::begin(begun);
        let next = patience.met_limit(&mut attempts, SECOND, begun + 10 * SECOND);
        assert_eq!(next, Next::OutOfPatience);
    }

    #[test]
    fn delays_double_up_to_five_seconds() {
        let mut attempts = Attempts::begin(Instant::now());
        for (failures, expected) in [(1, 250), (2, 500), (3, 1_000), (5, 4_000), (9, 5_000)] {
            attempts.failures = failures;
            let delay = attempts.back_off().as_millis();
            assert!(
                (expected * 3 / 4..=expected * 5 / 4).contains(&delay),
                "{delay} ms"
            );
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_within_what_is_left_and_none_says_nothing() {
        let begun = Instant::now();
        let patience = Patience::new(limits(None));
        patience.answered(begun);
        for (asked, least, most) in [
            (None, 180, 320),
            (Some(0), 180, 320),
            (Some(7), 7_000, 7_000),
            (Some(60), 15_000, 15_000),
            (Some(3_600), 15_000, 15_000),
        ] {
            let mut attempts = Attempts::begin(begun);
            let asked = asked.map(Duration::from_secs);
            let Next::After(wait) = patience.met_outage(&mut attempts, asked, begun) else {
                panic!("{asked:?} ends it");
            };
            let wait = wait.as_millis();
            assert!((least..=most).contains(&wait), "{asked:?}: {wait} ms");
        }
    }

    #[test]
    fn a_long_wait_that_is_asked_for_does_not_end_the_patience() {
        let begun = Instant::now();
        let patience = Patience::new(limits(Some(begun + 20 * SECOND)));
        patience.answered(begun);
        let mut attempts = Attempts::begin(begun);
        let asked = Some(3_600 * SECOND);
        let next = patience.met_outage(&mut attempts, asked, begun + 10 * SECOND);
        assert_eq!(next, Next::After(10 * SECOND));
    }

    #[test]
    fn an_attempt_that_took_longer_than_the_patience_is_still_repeated_once() {
        let begun = Instant::now();
        let patience = Patience::new(limits(None));
        let mut attempts = Attempts::begin(begun);
        let late = begun + 60 * SECOND;
        let next = patience.met_outage(&mut attempts, None, late);
        assert!(matches!(next, Next::After(_)), "{next:?}");
        let next = patience.met_outage(&mut attempts, None, late + 60 * SECOND);
        assert_eq!(next, Next::NeverAnswered);
    }
}
