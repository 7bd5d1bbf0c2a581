//! A simulator of Knack's REST API: object-based, and for signed-in users view-based.
//!
//! It answers as the real one is known to answer: envelopes, display and `_raw` forms, exclusive day-granular date
//! filters, plain-text errors, rate limits. It fails when told to ([`Knack::inject`], or over HTTP under `/_sandbox/`).
//! Users sign in with [`PASSWORD`], or at once by [`Knack::sign_in`]. Where the real behaviour is not established, the module that decides says "assumed". It must never be linked into
//! what is deployed.

mod account;
mod answer;
mod auth;
mod body;
mod call;
mod control;
mod fault;
mod filter;
mod latency;
mod limits;
mod log;
mod metadata;
mod page;
mod server;
mod session;
mod store;
mod value;
mod view;

use std::{net::SocketAddr, sync::Arc};

use jiff::civil::Date;
use serde_json::Value;

use crate::data::{School, Staff};
use server::{Server, Simulator};

pub use auth::{API_KEY, APP_ID, VIEW_KEY};
pub use fault::{Fault, FaultRule, Kind, Matcher, Times};
pub use latency::Latency;
pub use log::Seen;
pub use session::PASSWORD;
pub use view::{STAFF_VIEW, SUPER_USER_VIEW};

/// What a simulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long answers take.
    pub latency: Latency,
    /// The port to listen on; 0 is any that is free.
    pub port: u16,
    /// What the simulator takes for today, for the filter operator `is today`.
    pub today: Date,
    /// Whether more than ten requests in a second are refused.
    pub rate_limit: bool,
    /// How many requests the account may make in a day.
    pub daily_limit: u32,
    /// The schools Knack holds at the start.
    pub schools: Vec<School>,
    /// The users it holds at the start.
    pub staff: Vec<Staff>,
}

impl Options {
    /// Any port, no latency, the real app's limits, no users.
    pub fn new(today: Date, schools: Vec<School>) -> Self {
        Self {
            latency: Latency::None,
            port: 0,
            today,
            rate_limit: true,
            daily_limit: 100_000,
            schools,
            staff: Vec::new(),
        }
    }
}

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
        let server = Server::start(Arc::clone(&simulator), options.port)?;
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

    /// The records of an object in the order they are listed, without the filler fields.
    pub fn records(&self, object: &str) -> Vec<Value> {
        self.simulator
            .store()
            .rows(object)
            .iter()
            .map(|row| row.record().clone())
            .collect()
    }

    /// Signs a user in, as their browser would: what `Knack.getUserToken()` then gives. None where no user has this
    /// address, in any case.
    pub fn sign_in(&self, email: &str) -> Option<String> {
        session::open(email, &self.simulator)
    }

    /// Ends a session, as its end after two days or a log-out does; nothing happens where there is none.
    pub fn expire_session(&self, token: &str) {
        self.simulator.sessions().expire(token);
    }

    /// Queues a fault. The first rule in the queue that matches a request is the one that applies to it.
    pub fn inject(&self, rule: FaultRule) {
        self.simulator.faults().push(rule);
    }

    /// Forgets all faults.
    pub fn clear_faults(&self) {
        self.simulator.faults().clear();
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
