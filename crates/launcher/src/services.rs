//! Everything the service consists of. What is done with it is elsewhere: [`crate::refresh`], [`crate::readiness`],
//! [`crate::http`].

use std::time::Duration;

use dashboard::School;

use crate::access::Access;
use crate::background::Background;
use crate::cache::Cache;
use crate::changes::{Changes, Names};
use crate::clock;
use crate::history::{History, SchoolHistory};
use crate::metrics::Metrics;
use crate::notify::Notifier;
use crate::overview::Overviews;
use crate::readiness::checks::Checks;
use crate::refresh::one_at_a_time::OneAtATime;
use crate::runs::Coordinator;
use crate::schools::Schools;
use crate::supervise::Program;
use crate::turns::Turns;

/// The parts of the service.
pub(crate) struct Services {
    pub(crate) access: Access,
    pub(crate) schools: Schools,
    pub(crate) history: History,
    pub(crate) overviews: Overviews,
    pub(crate) cache: Option<Cache>,
    pub(crate) coordinator: Coordinator,
    pub(crate) changes: Changes,
    pub(crate) names: Names,
    pub(crate) admissions: OneAtATime,
    pub(crate) turns_to_ask: Turns,
    pub(crate) metrics: Metrics,
    /// If anyone is to be told of failures.
    pub(crate) notifier: Option<Notifier>,
    pub(crate) program: Program,
    pub(crate) background: Background,
    /// How long refreshes may keep running when the service is told to end.
    pub(crate) shutdown_patience: Duration,
    pub(crate) checks: Checks,
}

impl Services {
    /// How many seconds the school has to wait for its next refresh; 0 if it may be refreshed now.
    pub(crate) async fn cooldown_seconds(&self, school: &School, history: &SchoolHistory) -> u64 {
        let wait = self.coordinator.wait(school, &history.ends, clock::now());
        wait.await.map_or(0, |wait| wait.seconds)
    }
}
