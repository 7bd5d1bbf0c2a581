//! The rules by which the simulated Knack and the proxy in front of Supabase fail: which rule applies to a request, and
//! how often. What a rule looks at and what can go wrong differ; [`crate::knack`] and [`crate::proxy`] define them.
//!
//! As JSON, which both take at `/_sandbox/faults`, a rule is for instance
//! `{"when":{"query":"x"},"from_nth":2,"times":3,"fault":{"status":{"code":503,"body":"…"}}}`. Only `fault` is required:
//! a rule that says no more is for every request, every time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A fault, the requests it is for, and how often it happens to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule<M, F> {
    /// Which requests.
    #[serde(default)]
    pub when: M,
    /// The first of these requests to which it happens, counted from 1.
    #[serde(default = "first")]
    pub from_nth: u32,
    /// Of these only every so-manieth, counted from the first.
    #[serde(default = "first")]
    pub every: u32,
    /// For so long, from the first of these requests on; for ever, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<u64>,
    /// How often.
    #[serde(default)]
    pub times: Times,
    /// What happens.
    pub fault: F,
}

/// How often a fault happens. As JSON, a number; always, if there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Option<u32>", into = "Option<u32>")]
pub enum Times {
    /// Every time.
    #[default]
    Always,
    /// This many times.
    N(u32),
}

impl<M: Default, F> Rule<M, F> {
    /// A fault that happens to every request, every time.
    pub fn new(fault: F) -> Self {
        Self {
            when: M::default(),
            from_nth: first(),
            every: first(),
            for_ms: None,
            times: Times::default(),
            fault,
        }
    }
}

impl<M, F> Rule<M, F> {
    /// Only to these requests.
    #[must_use]
    pub fn when(self, when: M) -> Self {
        Self { when, ..self }
    }

    /// Only to the `nth` of its requests and those after it.
    #[must_use]
    pub fn from_nth(self, nth: u32) -> Self {
        Self {
            from_nth: nth,
            ..self
        }
    }

    /// Only to every `nth` of its requests.
    #[must_use]
    pub fn every(self, nth: u32) -> Self {
        Self { every: nth, ..self }
    }

    /// Only for this long, from the first of its requests on.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Self {
        Self {
            for_ms: Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            ..self
        }
    }

    /// At most this often.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Times::N(times),
            ..self
        }
    }

    /// At most once.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }
}

impl From<Option<u32>> for Times {
    fn from(times: Option<u32>) -> Self {
        times.map_or(Self::Always, Self::N)
    }
}

impl From<Times> for Option<u32> {
    fn from(times: Times) -> Self {
        match times {
            Times::Always => None,
            Times::N(times) => Some(times),
        }
    }
}

fn first() -> u32 {
    1
}

/// A rule that can be held against requests of the type `R`.
pub(crate) trait Matches<R> {
    /// Whether the request is one of those the rule is for.
    fn matches(&self, request: &R) -> bool;
}

/// The rules in force, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Rules<M, F>(Mutex<Vec<Active<M, F>>>);

#[derive(Debug)]
struct Active<M, F> {
    rule: Rule<M, F>,
    /// Requests so far that the rule is for.
    matched: u32,
    /// Those among them to which the fault happened.
    applied: u32,
    /// When the first came for which it could have happened.
    since: Option<Instant>,
}

impl<M, F> Default for Rules<M, F> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<M, F> Rules<M, F> {
    pub(crate) fn add(&self, rule: Rule<M, F>) {
        self.lock().push(Active {
            rule,
            matched: 0,
            applied: 0,
            since: None,
        });
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What happens to this request: the fault of the first rule for it that is due and not used up. Every rule for it
    /// counts it, so that `from_nth` does not depend on other rules.
    pub(crate) fn take<R>(&self, request: &R) -> Option<F>
    where
        Rule<M, F>: Matches<R>,
        F: Clone,
    {
        let mut fault = None;
        for active in self.lock().iter_mut() {
            if active.rule.matches(request) {
                active.matched += 1;
                if fault.is_none() && active.is_due() {
                    active.applied += 1;
                    fault = Some(active.rule.fault.clone());
                }
            }
        }
        fault
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Active<M, F>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M, F> Active<M, F> {
    fn is_due(&mut self) -> bool {
        let is_left = match self.rule.times {
            Times::Always => true,
            Times::N(times) => self.applied < times,
        };
        if self.matched < self.rule.from_nth {
            return false;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        let is_time = self
            .rule
            .for_ms
            .is_none_or(|most| since.elapsed() < Duration::from_millis(most));
        let is_its_turn =
            (self.matched - self.rule.from_nth).is_multiple_of(self.rule.every.max(1));
        is_left && is_time && is_its_turn
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    type WordRule = Rule<String, char>;

    impl Matches<&str> for WordRule {
        fn matches(&self, request: &&str) -> bool {
            request.contains(&self.when)
        }
    }

    fn rule(fault: char) -> WordRule {
        Rule::new(fault)
    }

    /// What happens to each of these requests in turn; `-` is nothing.
    fn outcomes(rules: impl IntoIterator<Item = WordRule>, requests: &str) -> String {
        let active = Rules::default();
        rules.into_iter().for_each(|rule| active.add(rule));
        let requests = requests.split(' ');
        requests
            .map(|request| active.take(&request).unwrap_or('-'))
            .collect()
    }

    #[test]
    fn a_rule_says_which_requests_from_which_on_and_how_often() {
        for (rule, expected) in [
            (rule('x'), "xxxxx"),
            (rule('x').once(), "x----"),
            (rule('x').times(3), "xxx--"),
            (rule('x').times(0), "-----"),
            (rule('x').from_nth(3), "--xxx"),
            (rule('x').from_nth(2).times(2), "-xx--"),
            (rule('x').every(2), "x-x-x"),
            (rule('x').from_nth(2).every(3), "-x--x"),
            (rule('x').lasting(Duration::ZERO), "-----"),
            (rule('x').lasting(Duration::from_mins(9)).once(), "x----"),
            (rule('x').when("a".into()), "x-x-x"),
            (rule('x').when("a".into()).from_nth(2).once(), "--x--"),
            (rule('x').when("z".into()), "-----"),
        ] {
            assert_eq!(outcomes([rule.clone()], "a b a b a"), expected, "{rule:?}");
        }
    }

    #[test]
    fn the_first_rule_that_is_due_counts_and_each_counts_its_requests_by_itself() {
        let rules = [
            rule('x').once(),
            rule('y').when("a".into()).from_nth(3),
            rule('z').from_nth(4),
        ];
        assert_eq!(outcomes(rules, "a b a a b"), "x--yz");
    }

    #[test]
    fn a_rule_in_json_says_only_what_is_not_usual() {
        for (json, expected) in [
            (json!({"fault": "x"}), rule('x')),
            (
                json!({"when": "a", "from_nth": 2, "times": 3, "fault": "x"}),
                rule('x').when("a".into()).from_nth(2).times(3),
            ),
        ] {
            let read: WordRule = serde_json::from_value(json).unwrap();
            assert_eq!(read, expected);
            let written: Value = serde_json::to_value(&read).unwrap();
            assert_eq!(serde_json::from_value::<WordRule>(written).unwrap(), read);
        }
        let unknown = json!({"fault": "x", "often": true});
        serde_json::from_value::<WordRule>(unknown).unwrap_err();
    }
}
