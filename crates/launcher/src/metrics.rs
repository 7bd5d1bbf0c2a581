//! Figures for Prometheus. No label names a person. A school is named by its Knack id, and only in the time of its last
//! success.

mod process;
mod registered;
mod runs;

use prometheus::{
    Encoder, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use process::Process;
use registered::registered;
use runs::RunMetrics;

use crate::problem::Code;

/// The commit that this program was built from, where the build knew it.
const COMMIT: &str = match option_env!("VESPA_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// All counters.
pub(crate) struct Metrics {
    registry: Registry,
    process: Process,
    /// Figures about runs.
    pub(crate) runs: RunMetrics,
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
    /// Requests that were not served, by code.
    refused: IntCounterVec,
    /// Messages to `NOTIFY_URL`, by outcome.
    pub(crate) notifications: IntCounterVec,
    log_lines_lost: IntCounter,
    pub(crate) connections: IntGauge,
    pub(crate) connections_evicted: IntCounter,
    pub(crate) connections_refused: IntCounter,
    /// Look-ups of users in Knack, by lane and outcome.
    pub(crate) user_lookups: IntCounterVec,
}

impl Metrics {
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name, help| registered(&registry, IntCounter::new(name, help)?);
        let gauge = |name, help| registered(&registry, IntGauge::new(name, help)?);
        let by = |name: &str, help: &str, labels: &[&str]| {
            registered(
                &registry,
                IntCounterVec::new(Opts::new(name, help), labels)?,
            )
        };
        let build = Opts::new("sync_launcher_build_info", "What is running; always 1.");
        let build = IntGaugeVec::new(build, &["version", "commit"])?;
        let build = registered(&registry, build)?;
        build
            .with_label_values(&[env!("CARGO_PKG_VERSION"), COMMIT])
            .set(1);
        let metrics = Self {
            process: Process::new(&registry)?,
            runs: RunMetrics::new(&registry)?,
            running: gauge("sync_runs_active", "Runs that are running.")?,
            queued: gauge("sync_queue_depth", "Runs in the queue.")?,
            joined: counter("sync_joined_total", "Requests that joined a run.")?,
            rejected: by("sync_rejected_total", "Refreshes not started.", &["code"])?,
            followers: gauge("sync_event_streams", "Open event streams.")?,
            killed: counter("sync_killed_total", "Runs that had to be killed.")?,
            cache_keys_deleted: counter("cache_keys_deleted_total", "Cache entries removed.")?,
            requests: by("http_requests_total", "Requests.", &["route", "status"])?,
            refused: by(
                "http_refused_total",
                "Requests that were not served, by the code of the answer.",
                &["code"],
            )?,
            notifications: by(
                "notifications_total",
                "Messages to NOTIFY_URL, by what became of them.",
                &["outcome"],
            )?,
            log_lines_lost: counter(
                "log_lines_lost_total",
                "Lines of the log that could not be written.",
            )?,
            connections: gauge("http_connections", "Open connections.")?,
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
            registry,
        };
        for code in [Code::CoolingDown, Code::Busy] {
            metrics.rejected.with_label_values(&[&code.name()]);
        }
        for code in [
            Code::Unauthenticated,
            Code::NotAllowed,
            Code::TooManyRequests,
        ] {
            metrics.refused.with_label_values(&[&code.name()]);
        }
        for outcome in ["sent", "given_up", "dropped"] {
            metrics.notifications.with_label_values(&[outcome]);
        }
        Ok(metrics)
    }

    pub(crate) fn rejected(&self, code: Code) {
        self.rejected.with_label_values(&[&code.name()]).inc();
    }

    pub(crate) fn refused(&self, code: Code) {
        self.refused.with_label_values(&[&code.name()]).inc();
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
        self.process.read();
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}
