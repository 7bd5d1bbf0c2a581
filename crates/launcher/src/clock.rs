//! The one reader of the wall clock.

use jiff::{Timestamp, Unit};

/// Now, to the millisecond.
#[expect(clippy::disallowed_methods, reason = "this is the one reader")]
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Millisecond).unwrap_or(now)
}
