//! A simulator of Knack's REST API: object-based, and for signed-in users view-based.
//!
//! It answers as the real one is known to answer: envelopes, display and `_raw` forms, exclusive day-granular date
//! filters, plain-text errors, rate limits. It fails when told to ([`Knack::inject`], or over HTTP under `/_sandbox/`).
//! Users sign in with [`PASSWORD`], or at once by [`Knack::sign_in`]. Where the real behaviour is not established, the
//! module that decides says "assumed". It must never be linked into what is deployed.

mod account;
mod answer;
mod auth;
mod body;
mod call;
mod control;
mod credentials;
mod fault;
mod filter;
mod http;
mod latency;
mod limits;
mod log;
mod metadata;
mod options;
mod page;
mod rule;
mod session;
mod sign_in;
mod simulator;
mod store;
mod value;
mod view;

use std::{net::SocketAddr, sync::Arc};

use serde_json::Value;

use crate::data::ObjectSchema;
use crate::server::Server;
use simulator::Simulator;

pub use call::Kind;
pub use credentials::{API_KEY, APP_ID, PASSWORD, VIEW_KEY};
pub use fault::Fault;
pub use latency::Latency;
pub use log::Seen;
pub use options::Options;
pub use rule::{KnackRule, Matcher};
pub use view::{STAFF_VIEW, SUPER_USER_VIEW};

/// A running simulator. It stops when this is dropped.
#[derive(Debug)]
pub struct Knack {
    simulator: Arc<Simulator>,
    server: Server,
}

impl Knack {
    /// Starts a simulator on a thread of its own and returns when it listens.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a simulator is started once, with options of its own"
    )]
    pub fn start(options: Options) -> anyhow::Result<Self> {
        let simulator = Arc::new(Simulator::new(&options));
        let server = http::start(Arc::clone(&simulator), options.port)?;
        Ok(Self { simulator, server })
    }

    /// The base URL, as `KNACK_API_URL` wants it.
    pub fn url(&self) -> String {
        format!("{}/v1", self.origin())
    }

    /// Scheme, host and port, under which `/_sandbox/` is found.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The application id it accepts.
    pub fn app_id(&self) -> &str {
        APP_ID
    }

    /// The REST API key it accepts.
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// Inserts a record at the end of an object, or replaces the one with the same `id` where it stands.
    pub fn put(&self, object: &str, record: Value) {
        self.simulator.store().put(object, record);
    }

    /// Removes a record; nothing happens where there is none.
    pub fn remove(&self, object: &str, id: &str) {
        self.simulator.store().remove(object, id);
    }

    /// Changes a record where it stands; nothing happens where there is none.
    pub fn edit(&self, object: &str, id: &str, change: impl FnOnce(&mut Value)) {
        let found = self.simulator.store().get(object, id);
        if let Some(row) = found {
            let mut record = row.record().clone();
            change(&mut record); // not under the lock: a test's closure may panic
            self.simulator.store().put(object, record);
        }
    }

    /// Changes what an object consists of, as somebody in the builder would; its records stay as they are.
    pub fn rebuild(&self, object: &str, change: impl FnOnce(&mut ObjectSchema)) {
        let found = self.simulator.store().schema(object);
        if let Some(schema) = found {
            let mut schema = ObjectSchema::clone(&schema);
            change(&mut schema); // not under the lock: a test's closure may panic
            self.simulator.store().rebuild(object, schema);
        }
    }

    /// The records of an object in the order they are listed, without the filler fields.
    pub fn records(&self, object: &str) -> Vec<Value> {
        self.simulator
            .store()
            .rows(object)
            .iter()
            .map(|row| row.record().clone())
            .collect()
    }

    /// How long answers take from now on.
    pub fn be(&self, latency: Latency) {
        self.simulator.clock.be(latency);
    }

    /// Signs a user in, as their browser would: what `Knack.getUserToken()` then gives. None where no user has this
    /// address, in any case.
    pub fn sign_in(&self, email: &str) -> Option<String> {
        sign_in::open(email, &self.simulator)
    }

    /// Ends a session, as its end after two days or a log-out does; nothing happens where there is none.
    pub fn expire_session(&self, token: &str) {
        self.simulator.sessions().expire(token);
    }

    /// Adds a rule. Of several that apply to a request, the first added that is not used up counts.
    pub fn inject(&self, rule: KnackRule) {
        self.simulator.rules.add(rule);
    }

    /// Removes every rule.
    pub fn clear_faults(&self) {
        self.simulator.rules.clear();
    }

    /// Every request so far, in the order they came, those of `/_sandbox/` excepted.
    pub fn seen(&self) -> Vec<Seen> {
        self.simulator.log().seen()
    }

    /// Forgets the requests so far.
    pub fn clear_seen(&self) {
        self.simulator.log().clear();
    }

    /// The most requests that came within any one second.
    pub fn busiest_second(&self) -> usize {
        self.simulator.log().busiest_second()
    }
}
