//! Every odd shape a record is known to take: one record each, found by name.
//!
//! All belong to the awkward school, and all but those of which `dates` says otherwise completed in the academic year.
//! What must become of each is for the code under test to say; nothing here knows it, except of `answers`.

mod answers;
mod beside;
mod dates;
mod people;
mod scores;
mod table;
mod texts;

use jiff::civil::Date;
use serde_json::Value;

use table::Table;

use super::schools;

pub use table::{Awkward, AwkwardAnswers, SkippedAnswers, awkward_answers_id, awkward_id};
pub(super) use table::{CALENDAR_SCHOOL_NAME, SCHOOL_NAME};

/// All of them, in the order Knack lists them.
pub fn awkward_pupils(today: Date) -> Vec<Awkward> {
    written(today).pupils
}

/// The one of that name.
pub fn awkward_record(today: Date, name: &str) -> Option<Value> {
    awkward_pupils(today)
        .into_iter()
        .find(|awkward| awkward.name == name)
        .map(|awkward| awkward.record)
}

/// Every odd record of answers, with what must become of it: those of the awkward school, and one of the calendar-year
/// school.
pub fn awkward_answers(today: Date) -> Vec<AwkwardAnswers> {
    let mut cases = written(today).answers;
    cases.append(&mut of_calendar_year(today).answers);
    cases
}

/// The odd `object_10` records of a school.
pub(super) fn results(today: Date, school: &str) -> Vec<Value> {
    let table = table_of(today, school);
    let pupils = table.into_iter().flat_map(|table| table.pupils);
    pupils.map(|awkward| awkward.record).collect()
}

/// The odd `object_29` records of a school.
pub(super) fn answers(today: Date, school: &str) -> Vec<Value> {
    let Some(table) = table_of(today, school) else {
        return Vec::new();
    };
    let cases = &table.answers;
    let others = table.pupils.iter().filter(|pupil| {
        let name = pupil.name;
        cases.iter().all(|case| case.name != name)
    });
    let others = others.map(beside::answers_of).collect::<Vec<_>>();
    let cases = table.answers.into_iter().flat_map(|case| case.records);
    others.into_iter().chain(cases).collect()
}

fn table_of(today: Date, school: &str) -> Option<Table> {
    match school {
        schools::AWKWARD => Some(written(today)),
        schools::AUSTRALIAN => Some(of_calendar_year(today)),
        _ => None,
    }
}

fn written(today: Date) -> Table {
    let mut table = Table::new(today);
    scores::write(&mut table);
    people::write(&mut table);
    texts::write(&mut table);
    dates::write(&mut table);
    answers::write(&mut table);
    table
}

fn of_calendar_year(today: Date) -> Table {
    let mut table = Table::of_calendar_year(today);
    answers::write_calendar_year(&mut table);
    table
}
