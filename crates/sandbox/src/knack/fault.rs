//! What can be made to go wrong, for which requests, and how often.
//!
//! Over HTTP a rule is, for instance, `{"when":{"page":2},"times":{"n":3},"fault":{"status":{"code":503,"body":"…"}}}`;
//! `when` and `times` may be left out.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::call::Call;

/// A fault, the requests it befalls and how often it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Which requests.
    #[serde(default)]
    pub when: Matcher,
    /// How often.
    #[serde(default)]
    pub times: Times,
    /// What happens to them.
    pub fault: Fault,
}

impl FaultRule {
    /// A fault that befalls the next records page.
    pub fn once(fault: Fault) -> Self {
        Self {
            when: Matcher::pages(),
            times: Times::Once,
            fault,
        }
    }

    /// A fault that befalls every records page.
    pub fn always(fault: Fault) -> Self {
        Self {
            times: Times::Always,
            ..Self::once(fault)
        }
    }

    /// The same for other requests.
    #[must_use]
    pub fn when(self, when: Matcher) -> Self {
        Self { when, ..self }
    }
}

/// Which requests: those for which everything that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// The object asked about.
    pub object: Option<String>,
    /// What kind of request.
    pub kind: Option<Kind>,
    /// The number of the page asked for.
    pub page: Option<u64>,
    /// A text in the query: a school's id, an operator, a field.
    pub query_contains: Option<String>,
    /// Only the nth of the requests for which all the rest holds, and those after it, counted from 1.
    pub from_nth: Option<u32>,
}

impl Matcher {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Every records page, counts excepted.
    pub fn pages() -> Self {
        Self {
            kind: Some(Kind::Page),
            ..Self::default()
        }
    }

    /// That page, counts excepted.
    pub fn page(number: u64) -> Self {
        Self {
            page: Some(number),
            ..Self::pages()
        }
    }

    /// Every count: records with one row to a page.
    pub fn counts() -> Self {
        Self {
            kind: Some(Kind::Count),
            ..Self::default()
        }
    }

    /// Every view; which one, the object it shows tells.
    pub fn views() -> Self {
        Self {
            kind: Some(Kind::View),
            ..Self::default()
        }
    }

    fn matches(&self, call: &Call) -> bool {
        self.object
            .as_deref()
            .is_none_or(|object| call.object() == Some(object))
            && self.kind.is_none_or(|kind| call.kind() == kind)
            && self.page.is_none_or(|page| call.page() == page)
            && self
                .query_contains
                .as_ref()
                .is_none_or(|text| call.query.iter().any(|(_, value)| value.contains(text)))
    }
}

/// The kinds of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A list of records.
    Page,
    /// A list of records asked for with one row to a page, to learn the total.
    Count,
    /// One record.
    Record,
    /// What a view shows to the user who asks, whatever the number of rows.
    View,
    /// A user signing in, or asking who they are.
    Session,
    /// The objects and their fields; `/applications/` never fails.
    Metadata,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Once.
    #[default]
    Once,
    /// That many times.
    N(u32),
    /// For ever.
    Always,
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// This status with this body, as `text/html`.
    Status {
        /// The status.
        code: u16,
        /// The body.
        body: String,
    },
    /// 429: more than ten requests in a second.
    TooManyRequests,
    /// 429: nothing left of the day's allowance.
    DailyCapReached,
    /// No answer, ever.
    Hang,
    /// Half of a chunked body, then the connection is closed.
    CutBody,
    /// The connection is reset before there is an answer.
    Reset,
    /// A byte each 100 ms.
    SlowBody,
    /// 200 with an HTML page.
    Html,
    /// 302 to there.
    Redirect(String),
    /// Records at the end of the page are left out; the total stays as it is.
    ShortPage {
        /// How many.
        missing: usize,
    },
    /// `total_records` is larger than it should be, and `total_pages` with it.
    OverstateTotal {
        /// By how much.
        by: usize,
    },
    /// After this page its first record disappears, so that every later record moves up by one.
    RemoveRecordAfterPage,
    /// After this page that record appears before all others, so that every later record moves down by one.
    InsertRecordAfterPage(Value),
    /// All records of the object, whatever the filter says; a view then shows other users' records too.
    IgnoreFilter,
    /// 200 with half of the JSON, complete by its length.
    Truncated200,
    /// That many bytes of white space before the JSON.
    HugeBody {
        /// How many.
        bytes: u64,
    },
    /// An answer that much later.
    #[serde(
        rename = "delay_ms",
        serialize_with = "to_ms",
        deserialize_with = "from_ms"
    )]
    Delay(Duration),
}

/// The queue of rules.
#[derive(Debug, Default)]
pub(super) struct Faults {
    queue: Vec<Queued>,
}

#[derive(Debug)]
struct Queued {
    rule: FaultRule,
    matched: u32,
    applied: u32,
}

impl Faults {
    pub(super) fn push(&mut self, rule: FaultRule) {
        self.queue.push(Queued {
            rule,
            matched: 0,
            applied: 0,
        });
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// What befalls this request: the fault of the first rule that matches it and has times left.
    pub(super) fn take(&mut self, call: &Call) -> Option<Fault> {
        self.queue.iter_mut().find_map(|queued| queued.take(call))
    }
}

impl Queued {
    fn take(&mut self, call: &Call) -> Option<Fault> {
        let spent = match self.rule.times {
            Times::Once => self.applied >= 1,
            Times::N(times) => self.applied >= times,
            Times::Always => false,
        };
        if spent || !self.rule.when.matches(call) {
            return None;
        }
        self.matched += 1;
        if self
            .rule
            .when
            .from_nth
            .is_some_and(|nth| self.matched < nth)
        {
            return None;
        }
        self.applied += 1;
        Some(self.rule.fault.clone())
    }
}

fn to_ms<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn from_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}
