//! Remembers how each school's runs ended, as far as its cooldown depends on it. The log holds most of that too, but
//! nothing of a run that died before it could write.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::cooldown::{CANCELS, CANCELS_WITHIN, Outcome, RememberedEnd};

/// The ends that count, by school.
pub(super) struct Ends {
    /// How long an end other than a cancellation counts.
    kept: Duration,
    /// The last of each school that was not cancelled.
    last: HashMap<Uuid, (Outcome, Instant)>,
    /// The newest cancellations of each school, oldest first.
    cancelled: HashMap<Uuid, VecDeque<Instant>>,
}

impl Ends {
    pub(super) fn new(kept: Duration) -> Self {
        Self {
            kept,
            last: HashMap::new(),
            cancelled: HashMap::new(),
        }
    }

    /// A run of this school has ended.
    pub(super) fn note(&mut self, school: Uuid, outcome: Outcome, now: Instant) {
        if outcome != Outcome::Cancelled {
            self.last.insert(school, (outcome, now));
            return;
        }
        let cancelled = self.cancelled.entry(school).or_default();
        if cancelled.len() == CANCELS {
            cancelled.pop_front();
        }
        cancelled.push_back(now);
    }

    /// The entries about this school that count.
    pub(super) fn of(&self, school: Uuid, now: Instant) -> Vec<RememberedEnd> {
        let last = self.last.get(&school).copied();
        let cancelled = self.cancelled.get(&school).into_iter().flatten();
        let cancelled = cancelled.map(|at| (Outcome::Cancelled, *at));
        last.into_iter()
            .chain(cancelled)
            .map(|(outcome, at)| RememberedEnd {
                outcome,
                ago: now.duration_since(at),
            })
            .collect()
    }

    pub(super) fn forget_old(&mut self, now: Instant) {
        let kept = self.kept;
        self.last
            .retain(|_, (_, at)| now.duration_since(*at) <= kept);
        self.cancelled.retain(|_, cancelled| {
            let last = cancelled.back();
            last.is_some_and(|at| now.duration_since(*at) <= CANCELS_WITHIN)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: Uuid = Uuid::from_u128(1);
    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_schools_last_end_counts_and_its_last_three_cancellations() {
        use Outcome::{Cancelled, Failed, Succeeded};
        for (ended, expected) in [
            (vec![], vec![]),
            (vec![Failed], vec![Failed]),
            (vec![Failed, Succeeded], vec![Succeeded]),
            (vec![Cancelled], vec![Cancelled]),
            (vec![Failed, Cancelled], vec![Failed, Cancelled]),
            (vec![Cancelled, Failed], vec![Failed, Cancelled]),
            (vec![Cancelled; 9], vec![Cancelled; 3]),
        ] {
            let now = Instant::now();
            let mut ends = Ends::new(HOUR);
            for outcome in &ended {
                ends.note(SCHOOL, *outcome, now);
            }
            let of = |ends: &Ends, school| -> Vec<Outcome> {
                let of_school = ends.of(school, now);
                of_school.iter().map(|end| end.outcome).collect()
            };
            assert_eq!(of(&ends, SCHOOL), expected, "{ended:?}");
            assert_eq!(of(&ends, Uuid::from_u128(2)), []);
            ends.forget_old(now + Duration::from_secs(1));
            assert_eq!(of(&ends, SCHOOL), expected, "{ended:?}");
            ends.forget_old(now + HOUR + HOUR);
            assert_eq!(of(&ends, SCHOOL), []);
        }
    }

    #[test]
    fn an_end_is_as_old_as_it_is() {
        let now = Instant::now();
        let mut ends = Ends::new(HOUR);
        ends.note(SCHOOL, Outcome::Failed, now);
        let later = now + Duration::from_secs(7);
        assert_eq!(ends.of(SCHOOL, later)[0].ago, Duration::from_secs(7));
    }
}
