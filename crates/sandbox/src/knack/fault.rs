//! What can be made to go wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// 200 with a compressed body that never ends once it is decompressed.
    Bomb,
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
    /// An answer with this `Date` header.
    Dated(String),
    /// Records with images pasted into their texts: each adds that many bytes to the pages that hold it.
    PastedImages {
        /// Which records, by id; all, if none is named.
        #[serde(default)]
        records: Vec<String>,
        /// How many bytes each.
        bytes: u64,
    },
    /// Records written otherwise than Knack writes any.
    Written {
        /// Which records, by id; all, if none is named.
        #[serde(default)]
        records: Vec<String>,
        /// What stands in the place of each: JSON, perhaps several values.
        json: String,
    },
    /// An answer that much later.
    #[serde(rename = "delay_ms", with = "crate::milliseconds")]
    Delay(Duration),
}
