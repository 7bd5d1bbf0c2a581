//! Counters for Prometheus. No label names a school or a person.

use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};

use crate::runs::RunState;

/// All counters.
pub(crate) struct Metrics {
    registry: Registry,
    /// Runs that ended, by state.
    runs: IntCounterVec,
    run_seconds: Histogram,
    pub(crate) running: IntGauge,
    pub(crate) queued: IntGauge,
    pub(crate) joined: IntCounter,
    /// Requested refreshes that were not started, by code.
    rejected: IntCounterVec,
    pub(crate) followers: IntGauge,
    pub(crate) killed: IntCounter,
    pub(crate) cache_keys_deleted: IntCounter,
    /// Requests, by route and status.
    requests: IntCounterVec,
    log_lines_lost: IntCounter,
    pub(crate) connections: IntGauge,
    pub(crate) connections_evicted: IntCounter,
    pub(crate) connections_refused: IntCounter,
    /// Look-ups of users in Knack, by lane and outcome.
    pub(crate) user_lookups: IntCounterVec,
}

impl Metrics {
    pub(crate) fn new() -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| IntCounter::new(name, help);
        let by = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        let seconds = HistogramOpts::new("sync_run_seconds", "How long runs took.")
            .buckets(vec![0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0]);
        let metrics = Self {
            registry: Registry::new(),
            runs: by("sync_runs_total", "Runs that ended.", &["state"])?,
            run_seconds: Histogram::with_opts(seconds)?,
            running: IntGauge::new("sync_runs_active", "Runs that are running.")?,
            queued: IntGauge::new("sync_queue_depth", "Runs in the queue.")?,
            joined: counter("sync_joined_total", "Requests that joined a run.")?,
            rejected: by("sync_rejected_total", "Refreshes not started.", &["code"])?,
            followers: IntGauge::new("sync_event_streams", "Open event streams.")?,
            killed: counter("sync_killed_total", "Runs that had to be killed.")?,
            cache_keys_deleted: counter("cache_keys_deleted_total", "Cache entries removed.")?,
            requests: by("http_requests_total", "Requests.", &["route", "status"])?,
            log_lines_lost: counter(
                "log_lines_lost_total",
                "Lines of the log that could not be written.",
            )?,
            connections: IntGauge::new("http_connections", "Open connections.")?,
            connections_evicted: counter(
                "http_connections_evicted_total",
                "Connections closed to make room for a new one.",
            )?,
            connections_refused: counter(
                "http_connections_refused_total",
                "Connections refused for lack of room.",
            )?,
            user_lookups: by(
                "user_lookups_total",
                "Look-ups of users in Knack.",
                &["lane", "outcome"],
            )?,
        };
        metrics.register()?;
        Ok(metrics)
    }

    fn register(&self) -> prometheus::Result<()> {
        let registry = &self.registry;
        registry.register(Box::new(self.runs.clone()))?;
        registry.register(Box::new(self.run_seconds.clone()))?;
        registry.register(Box::new(self.rejected.clone()))?;
        registry.register(Box::new(self.requests.clone()))?;
        registry.register(Box::new(self.user_lookups.clone()))?;
        for gauge in [
            &self.running,
            &self.queued,
            &self.followers,
            &self.connections,
        ] {
            registry.register(Box::new(gauge.clone()))?;
        }
        for counter in [
            &self.joined,
            &self.killed,
            &self.cache_keys_deleted,
            &self.log_lines_lost,
            &self.connections_evicted,
            &self.connections_refused,
        ] {
            registry.register(Box::new(counter.clone()))?;
        }
        Ok(())
    }

    pub(crate) fn run_ended(&self, state: RunState, seconds: f64) {
        self.runs.with_label_values(&[&label(&state)]).inc();
        self.run_seconds.observe(seconds);
    }

    pub(crate) fn rejected(&self, code: crate::problem::Code) {
        self.rejected.with_label_values(&[&label(&code)]).inc();
    }

    /// `route` is the pattern that matched, never the path itself.
    pub(crate) fn request(&self, route: &str, status: u16) {
        self.requests
            .with_label_values(&[route, &status.to_string()])
            .inc();
    }

    /// In Prometheus's text format.
    pub(crate) fn text(&self) -> prometheus::Result<Vec<u8>> {
        self.log_lines_lost.inc_by(logging::take_lost());
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// Its name in JSON too.
fn label(word: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(word).unwrap_or_default();
    word.as_str().unwrap_or("unknown").to_owned()
}
