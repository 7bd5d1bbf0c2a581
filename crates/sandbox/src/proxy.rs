//! A proxy in front of Supabase that fails on command.
//!
//! Owns the faults that the real part does not give by itself, and a record of every request. Without a fault it must
//! never change what passes through it.

mod answer;
mod control;
mod fault;
mod forward;
mod postgrest;
mod recorded;
mod request;
mod rule;
mod seen;
mod state;

use std::sync::Arc;

use actix_web::web::{self, Data};
use anyhow::Result;

use crate::server::Server;

pub use self::fault::Fault;
pub use self::postgrest::{CANARY_EMAIL, CANARY_NAME, PostgrestCode};
pub use self::rule::{Matcher, ProxyRule};
pub use self::seen::Seen;

use self::state::State;

/// A running proxy. Dropping it closes its connections.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    state: Arc<State>,
    _server: Server,
}

impl Proxy {
    /// Starts a proxy in front of `upstream` on any free port.
    pub fn start(upstream: &str) -> Result<Self> {
        Self::on_port(upstream, 0)
    }

    /// Starts a proxy in front of `upstream` on `port`; 0 takes any free one.
    pub fn on_port(upstream: &str, port: u16) -> Result<Self> {
        let state = Arc::new(State::new(upstream)?);
        let shared = Data::from(Arc::clone(&state));
        let server = Server::start("the proxy", port, move |app| {
            app.app_data(Data::clone(&shared))
                .configure(control::routes)
                .default_service(web::to(answer::answer));
        })?;
        Ok(Self {
            url: format!("http://{}", server.address()),
            state,
            _server: server,
        })
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds a rule. Of several that hold for a request, the first added that has not been used up counts.
    pub fn inject(&self, rule: ProxyRule) {
        self.state.rules.add(rule);
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.state.rules.clear();
    }

    /// Every request since the start or the last [`Proxy::forget`], in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.log.all()
    }

    /// Those of [`Proxy::seen`] that ask to change something.
    pub fn writes(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(Seen::is_write).collect()
    }

    /// Empties the record of requests.
    pub fn forget(&self) {
        self.state.log.clear();
    }
}
