//! The simulated Knack's state, which all requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;

use super::{
    fault::Fault, latency::Clock, limits::Limits, log::Log, options::Options, rule::Matcher,
    session::Sessions, store::Store,
};
use crate::faults::Rules;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Simulator {
    store: Mutex<Store>,
    limits: Mutex<Limits>,
    sessions: Mutex<Sessions>,
    log: Arc<Log>,
    pub(super) rules: Rules<Matcher, Fault>,
    pub(super) clock: Clock,
    pub(super) today: Date,
}

impl Simulator {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            store: Mutex::new(Store::new(&options.schools, &options.staff)),
            limits: Mutex::new(Limits::new(options.rate_limit, options.daily_limit)),
            sessions: Mutex::default(),
            log: Arc::new(Log::start()),
            rules: Rules::default(),
            clock: Clock::new(options.latency),
            today: options.today,
        }
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }
}
