//! Every odd shape a record is known to take: one record each, found by name.
//!
//! All belong to the awkward school, and all but those of which `dates` says otherwise completed in the academic year.
//! What must become of each is for the code under test to say; nothing here knows it.

mod dates;
mod people;
mod scores;
mod table;
mod texts;

use jiff::civil::Date;
use serde_json::Value;

use table::Table;

pub(super) use table::SCHOOL_NAME;
pub use table::{Awkward, awkward_id};

/// All of them, in the order Knack lists them.
pub fn awkward_pupils(today: Date) -> Vec<Awkward> {
    let mut table = Table::new(today);
    scores::write(&mut table);
    people::write(&mut table);
    texts::write(&mut table);
    dates::write(&mut table);
    table.pupils
}

/// The one of that name.
pub fn awkward_record(today: Date, name: &str) -> Option<Value> {
    awkward_pupils(today)
        .into_iter()
        .find(|awkward| awkward.name == name)
        .map(|awkward| awkward.record)
}
