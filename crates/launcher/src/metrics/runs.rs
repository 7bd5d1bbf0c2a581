//! Figures about runs: how they ended, how long they took and waited, when each school was last refreshed, and how much
//! of Knack's allowance is left.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use dashboard::School;
use jiff::Timestamp;
use parking_lot::Mutex;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
};
use sync_protocol::{KnackRecordId, KnackUse};
use uuid::Uuid;

use super::registered::registered;
use crate::problem::Code;
use crate::runs::RunState;
use crate::supervise::Ending;

/// Schools that are told apart. Far more than there are, and a bound for whoever stores the figures.
const MOST_SCHOOLS: usize = 1_000;

/// How a run can end other than well, as far as somebody may want to be told of it. Each is there from the start: a figure that
/// appears only with the first failure hides that failure from `increase()`.
const ENDS: [Code; 14] = [
    Code::Cancelled,
    Code::ShuttingDown,
    Code::Configuration,
    Code::EstablishmentNotFound,
    Code::CliUnavailable,
    Code::Internal,
    Code::KnackRefused,
    Code::KnackUnavailable,
    Code::SupabaseRefused,
    Code::SupabaseUnavailable,
    Code::BadData,
    Code::BadCliOutput,
    Code::SyncCrashed,
    Code::Deadline,
];

/// Figures about runs.
pub(crate) struct RunMetrics {
    /// Runs that ended, by state.
    states: IntCounterVec,
    /// The same, by code.
    outcomes: IntCounterVec,
    run_seconds: Histogram,
    queue_seconds: Histogram,
    last_success: IntGaugeVec,
    last_full_sync: IntGaugeVec,
    schools: Mutex<HashSet<KnackRecordId>>,
    knack_requests: IntCounter,
    /// Without a value until Knack has told.
    knack_left: IntGaugeVec,
}

impl RunMetrics {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let by = |name: &str, help: &str, labels: &[&str]| {
            registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            registered(registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let seconds = |name: &str, help: &str, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            registered(registry, Histogram::with_opts(options)?)
        };
        let metrics = Self {
            states: by("sync_runs_total", "Runs that ended.", &["state"])?,
            outcomes: by(
                "sync_run_outcomes_total",
                "Runs that ended: succeeded, partial, or the code of the failure.",
                &["code"],
            )?,
            run_seconds: seconds(
                "sync_run_seconds",
                "How long runs took.",
                &[0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0],
            )?,
            queue_seconds: seconds(
                "sync_queue_seconds",
                "How long runs waited for their turn.",
                &[0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0],
            )?,
            last_success: gauge(
                "sync_last_success_timestamp_seconds",
                "When a school was last refreshed, as far as this launcher has learnt.",
                &["establishment_id"],
            )?,
            last_full_sync: gauge(
                "sync_last_full_sync_timestamp_seconds",
                "When all schools were last synced, if those syncs are logged.",
                &[],
            )?,
            schools: Mutex::default(),
            knack_requests: registered(
                registry,
                IntCounter::new(
                    "knack_requests_total",
                    "Requests of Knack's daily allowance that refreshes have used.",
                )?,
            )?,
            knack_left: gauge(
                "knack_allowance_left",
                "What is left of Knack's daily allowance, as the last refresh was told.",
                &[],
            )?,
        };
        let codes = ENDS.iter().map(|code| code.name());
        for code in ["succeeded".to_owned(), "partial".to_owned()]
            .into_iter()
            .chain(codes)
        {
            metrics.outcomes.with_label_values(&[&code]);
        }
        Ok(metrics)
    }

    /// A run's process is about to start.
    pub(crate) fn started(&self, waited: Duration) {
        self.queue_seconds.observe(waited.as_secs_f64());
    }

    pub(crate) fn ended(&self, ending: &Ending, took: Duration) {
        let state = label(&RunState::of(ending));
        self.states.with_label_values(&[&state]).inc();
        let outcome = ending
            .problem()
            .map_or(state, |problem| problem.code.name());
        self.outcomes.with_label_values(&[&outcome]).inc();
        self.run_seconds.observe(took.as_secs_f64());
        if let Some(summary) = ending.summary() {
            self.knack_was_asked(&summary.knack);
        }
    }

    fn knack_was_asked(&self, knack: &KnackUse) {
        // The figure is the refresh's own, and no refresh asks as often.
        self.knack_requests.inc_by(knack.requests.min(1_000_000));
        if let Some(left) = knack.daily_remaining {
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            self.knack_left.with_label_values::<&str>(&[]).set(left);
        }
    }

    /// A school was last refreshed then, at the earliest.
    pub(crate) fn refreshed(&self, school: KnackRecordId, at: Timestamp) {
        let mut schools = self.schools.lock();
        if schools.len() >= MOST_SCHOOLS && !schools.contains(&school) {
            return;
        }
        schools.insert(school);
        let gauge = self.last_success.with_label_values(&[&school.to_string()]);
        gauge.set(gauge.get().max(at.as_second()));
    }

    /// When these schools were last refreshed, and all of them last synced.
    pub(crate) fn last_syncs(
        &self,
        schools: &[School],
        last: &HashMap<Uuid, Timestamp>,
        last_full_sync: Option<Timestamp>,
    ) {
        for school in schools {
            if let Some(at) = last.get(&school.id) {
                self.refreshed(school.knack_id, *at);
            }
        }
        if let Some(at) = last_full_sync {
            self.all_synced(at);
        }
    }

    fn all_synced(&self, at: Timestamp) {
        let gauge = self.last_full_sync.with_label_values::<&str>(&[]);
        gauge.set(gauge.get().max(at.as_second()));
    }
}

/// Its name in JSON too.
fn label(word: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(word).unwrap_or_default();
    word.as_str().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schools_are_told_apart_up_to_a_bound_and_their_time_never_goes_back() {
        let registry = Registry::new();
        let metrics = RunMetrics::new(&registry).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        for n in 0..=MOST_SCHOOLS {
            metrics.refreshed(format!("{n:024x}").parse().unwrap(), at(100));
        }
        let first: KnackRecordId = format!("{:024x}", 0).parse().unwrap();
        metrics.refreshed(first, at(50));
        let of = |id: String| metrics.last_success.with_label_values(&[&id]).get();
        assert_eq!(of(first.to_string()), 100);
        metrics.refreshed(first, at(150));
        assert_eq!(of(first.to_string()), 150);
        assert_eq!(of(format!("{MOST_SCHOOLS:024x}")), 0);
    }
}
