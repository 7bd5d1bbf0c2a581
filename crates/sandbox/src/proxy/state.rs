//! What all requests to a proxy share.

use anyhow::Result;

use super::fault::Fault;
use super::forward::Upstream;
use super::rule::Matcher;
use super::seen::Log;
use crate::faults::Rules;

#[derive(Debug)]
pub(super) struct State {
    pub(super) upstream: Upstream,
    pub(super) rules: Rules<Matcher, Fault>,
    pub(super) log: Log,
}

impl State {
    pub(super) fn new(upstream: &str) -> Result<Self> {
        Ok(Self {
            upstream: Upstream::new(upstream)?,
            rules: Rules::default(),
            log: Log::default(),
        })
    }
}
