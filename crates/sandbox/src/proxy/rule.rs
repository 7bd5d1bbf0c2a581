//! Which requests a fault is for.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::request::Request;
use crate::faults::{Matches, Rule};

/// A fault of Supabase's, the requests it is for, and how often it happens to them.
pub type ProxyRule = Rule<Matcher, Fault>;

/// Which requests: those for which everything that is given holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
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
}

impl Rule<Matcher, Fault> {
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
}

impl Matches<Request<'_>> for ProxyRule {
    fn matches(&self, request: &Request<'_>) -> bool {
        let Matcher {
            method,
            path,
            table,
            query,
            body,
            min_rows,
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
            && self.fault.applies(request)
    }
}

fn contains(body: &[u8], text: &str) -> bool {
    str::from_utf8(body).is_ok_and(|body| body.contains(text))
}
