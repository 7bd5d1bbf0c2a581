//! Which requests a fault is for.

use serde::{Deserialize, Serialize};

use super::{
    call::{Call, Kind},
    fault::Fault,
};
use crate::faults::{Matches, Rule};

/// A fault of Knack's, the requests it is for, and how often it happens to them.
pub type KnackRule = Rule<Matcher, Fault>;

/// Which requests: those for which everything that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// What kind of request.
    pub kind: Option<Kind>,
    /// The object asked about; of a view, the object it shows.
    pub object: Option<String>,
    /// The number of the page asked for.
    pub page: Option<u64>,
    /// More rows to a page than that.
    pub rows_above: Option<u64>,
    /// A text in a value of the query: a school's id, an operator, a field.
    pub query: Option<String>,
}

impl Rule<Matcher, Fault> {
    /// Only for requests of this kind.
    #[must_use]
    pub fn on(mut self, kind: Kind) -> Self {
        self.when.kind = Some(kind);
        self
    }

    /// Only for requests about this object.
    #[must_use]
    pub fn object(mut self, object: &str) -> Self {
        self.when.object = Some(object.to_owned());
        self
    }

    /// Only for requests for this page.
    #[must_use]
    pub fn page(mut self, number: u64) -> Self {
        self.when.page = Some(number);
        self
    }

    /// Only for requests for pages of more rows.
    #[must_use]
    pub fn rows_above(mut self, rows: u64) -> Self {
        self.when.rows_above = Some(rows);
        self
    }

    /// Only for requests with this text in a value of their query.
    #[must_use]
    pub fn query(mut self, text: &str) -> Self {
        self.when.query = Some(text.to_owned());
        self
    }
}

impl Matches<Call> for KnackRule {
    fn matches(&self, call: &Call) -> bool {
        let Matcher {
            kind,
            object,
            page,
            rows_above,
            query,
        } = &self.when;
        kind.is_none_or(|kind| call.kind() == kind)
            && object
                .as_deref()
                .is_none_or(|object| call.object() == Some(object))
            && page.is_none_or(|page| call.page() == page)
            && rows_above.is_none_or(|rows| call.rows_per_page() > rows)
            && query
                .as_ref()
                .is_none_or(|text| call.query.iter().any(|(_, value)| value.contains(text)))
    }
}
