//! Which pages of Knack's lists a refresh asked for.

use sandbox::knack::{Knack, Seen};

/// A page that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PageAsked {
    /// From 1.
    pub number: u64,
    /// How many rows it may hold.
    pub rows: u64,
    /// When, in milliseconds since the simulator started.
    pub at_ms: f64,
}

/// The requests for records, the count of those not completed among them: all but those for the fields, which a refresh asks for
/// once a day.
pub fn records_asked(knack: &Knack) -> Vec<Seen> {
    let mut seen = knack.seen();
    seen.retain(|seen| seen.path.contains("/records"));
    seen
}

/// The pages asked for of an object, in order; the count of those not completed is none of them.
pub fn pages_asked(knack: &Knack, object: &str) -> Vec<PageAsked> {
    let part = format!("/objects/{object}/records");
    let number = |seen: &Seen, name| seen.param(name).and_then(|number| number.parse().ok());
    let page = |seen: &Seen| {
        let is_count = seen.param("filters")?.contains("is blank");
        Some(PageAsked {
            number: number(seen, "page")?,
            rows: number(seen, "rows_per_page")?,
            at_ms: seen.at_ms,
        })
        .filter(|_| seen.path.contains(&part) && !is_count)
    };
    knack.seen().iter().filter_map(page).collect()
}
