//! Which request a fault is for.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::fault::Fault;

/// A fault and the requests that it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyRule {
    /// The requests.
    #[serde(default)]
    pub when: When,
    /// How often the fault happens; without it, every time.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    pub fault: Fault,
}

/// Which requests are meant. What is not given holds for any request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// The method, in capitals.
    pub method: Option<String>,
    /// A text in the path.
    pub path: Option<String>,
    /// The table: the path's last part.
    pub table: Option<String>,
    /// A text in the query, as it is sent.
    pub query: Option<String>,
    /// A text in the body.
    pub body: Option<String>,
    /// The least number of rows in the body's JSON array.
    pub min_rows: Option<usize>,
    /// Counting from 1, the first of such requests that is meant.
    pub nth: Option<u32>,
}

impl ProxyRule {
    /// `fault` for every request.
    pub fn new(fault: Fault) -> Self {
        Self {
            when: When::default(),
            times: None,
            fault,
        }
    }

    /// Only for requests with this method to this table.
    #[must_use]
    pub fn on(mut self, method: &str, table: &str) -> Self {
        self.when.method = Some(method.to_owned());
        self.when.table = Some(table.to_owned());
        self
    }

    /// Only for requests whose query contains this text as it is sent.
    #[must_use]
    pub fn query(mut self, text: &str) -> Self {
        self.when.query = Some(text.to_owned());
        self
    }

    /// Only for requests whose body contains this text.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        self.when.body = Some(text.to_owned());
        self
    }

    /// Only for requests with at least this many rows.
    #[must_use]
    pub fn min_rows(mut self, rows: usize) -> Self {
        self.when.min_rows = Some(rows);
        self
    }

    /// Only from the nth such request on.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.when.nth = Some(nth);
        self
    }

    /// At most this often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// At most once.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }
}

/// What a rule is held against.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    pub(super) rows: Option<usize>,
}

impl Request<'_> {
    /// The table that the request is about.
    pub(super) fn table(&self) -> &str {
        self.path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
    }
}

/// The rules in force, in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Rules(Mutex<Vec<Active>>);

#[derive(Debug)]
struct Active {
    rule: ProxyRule,
    matched: u32,
    used: u32,
}

impl Rules {
    pub(super) fn add(&self, rule: ProxyRule) {
        self.lock().push(Active {
            rule,
            matched: 0,
            used: 0,
        });
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for this request, if any. Counts it.
    pub(super) fn fault(&self, request: &Request<'_>) -> Option<Fault> {
        let mut chosen = None;
        for active in self.lock().iter_mut() {
            if !active.rule.holds(request) {
                continue;
            }
            active.matched += 1;
            let due = active.rule.when.nth.is_none_or(|nth| active.matched >= nth);
            let left = active.rule.times.is_none_or(|times| active.used < times);
            if chosen.is_none() && due && left {
                active.used += 1;
                chosen = Some(active.rule.fault.clone());
            }
        }
        chosen
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Active>> {
        self.0
            .lock()
            .expect("no one panics while holding the rules")
    }
}

impl ProxyRule {
    fn holds(&self, request: &Request<'_>) -> bool {
        let When {
            method,
            path,
            table,
            query,
            body,
            min_rows,
            nth: _,
        } = &self.when;
        method
            .as_ref()
            .is_none_or(|method| request.method == method)
            && path.as_ref().is_none_or(|path| request.path.contains(path))
            && table.as_ref().is_none_or(|table| request.table() == table)
            && query
                .as_ref()
                .is_none_or(|query| request.query.contains(query))
            && body
                .as_ref()
                .is_none_or(|body| contains(request.body, body))
            && min_rows.is_none_or(|least| request.rows.is_some_and(|rows| rows >= least))
            && self.fault.applies(request.rows, request.body)
    }
}

fn contains(body: &[u8], text: &str) -> bool {
    str::from_utf8(body).is_ok_and(|body| body.contains(text))
}
