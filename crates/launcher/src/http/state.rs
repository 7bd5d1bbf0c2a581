//! The state that all requests share.

use std::sync::Arc;

use super::caller_limit::CallerLimit;
use super::config::HttpConfig;
use super::page::folder::Folder;
use super::seats::Seats;
use super::streams::Streams;
use crate::services::Services;

const QUESTIONS_PER_MINUTE: u32 = 10;

/// The state that all requests share.
pub(crate) struct AppState {
    pub(crate) services: Arc<Services>,
    pub(super) config: HttpConfig,
    /// The page, if it is served from a folder.
    pub(super) folder: Option<Folder>,
    pub(super) seats: Arc<Seats>,
    pub(super) caller_limit: CallerLimit,
    /// Of questions about records, each of which reads the school in Knack.
    pub(super) question_limit: CallerLimit,
    pub(super) streams: Streams,
}

impl AppState {
    pub(crate) fn new(services: Arc<Services>, config: HttpConfig) -> Self {
        let proxies = config.trusted_proxies.clone();
        Self {
            seats: Arc::new(Seats::new(config.seats, proxies, &services.metrics)),
            services,
            folder: config.web_root.clone().map(Folder::new),
            caller_limit: CallerLimit::new(config.requests_per_minute),
            question_limit: CallerLimit::new(QUESTIONS_PER_MINUTE),
            streams: Streams::default(),
            config,
        }
    }

    /// Reads the tokens again. Then the streams end, so that a revoked token does not keep its stream: whoever still has
    /// access comes back.
    pub(crate) fn reread_tokens(&self) {
        if self.services.access.reread_tokens() {
            self.streams.end_all();
        }
    }

    /// Ends the streams that are still open, and all that begin later.
    pub(crate) fn close_streams(&self) {
        self.streams.close();
    }
}
