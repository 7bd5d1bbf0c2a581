//! The table of awkward records while it is written, and how a record is made odd.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::data::{Blank, FILTERED_AS, Pupil, School, record_id, schools, year};

/// A record and the name it is known by.
#[derive(Debug, Clone, PartialEq)]
pub struct Awkward {
    /// Its name.
    pub name: &'static str,
    /// The record; its id is [`awkward_id`] of the name.
    pub record: Value,
}

/// The name of the awkward school.
pub(in crate::data) const SCHOOL_NAME: &str = "Thornfield Tangle School";

/// The record id of the one of that name: the same whatever else is in the table.
pub fn awkward_id(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3) // FNV-1a
    });
    record_id(hash)
}

/// The table being written.
pub(super) struct Table {
    pub(super) today: Date,
    school: School,
    pub(super) pupils: Vec<Awkward>,
}

impl Table {
    pub(super) fn new(today: Date) -> Self {
        let school = School {
            blank: Blank::EmptyText,
            ..School::new(schools::AWKWARD, SCHOOL_NAME)
        };
        Self {
            today,
            school,
            pupils: Vec::new(),
        }
    }

    /// A record that is a pupil of an odd kind.
    pub(super) fn pupil(&mut self, name: &'static str, change: impl FnOnce(Pupil) -> Pupil) {
        self.both(name, change, |_| {});
    }

    /// A record of an ordinary pupil, oddly written.
    pub(super) fn record(&mut self, name: &'static str, change: impl FnOnce(&mut Value)) {
        self.both(name, |pupil| pupil, change);
    }

    pub(super) fn both(
        &mut self,
        name: &'static str,
        pupil: impl FnOnce(Pupil) -> Pupil,
        record: impl FnOnce(&mut Value),
    ) {
        let ordinary = Pupil {
            record_id: awkward_id(name),
            ..Pupil::new(0)
        }
        .email(&format!("{}@thornfield.example", name.replace('_', "-")))
        .named("Odd", &name.replace('_', " "))
        .completed(year::nth_day(self.today, false, 10));
        let mut written = pupil(ordinary).to_record(&self.school);
        record(&mut written);
        self.pupils.push(Awkward {
            name,
            record: written,
        });
    }
}

/// Sets the display and the raw form of a field.
pub(super) fn set(record: &mut Value, field: u32, shown: impl Into<Value>, raw: impl Into<Value>) {
    record[format!("field_{field}")] = shown.into();
    record[format!("field_{field}_raw")] = raw.into();
}

/// Sets both forms to the same.
pub(super) fn same(record: &mut Value, field: u32, value: impl Into<Value>) {
    let value = value.into();
    set(record, field, value.clone(), value);
}

/// Takes both forms away.
pub(super) fn drop_field(record: &mut Value, field: u32) {
    if let Some(fields) = record.as_object_mut() {
        fields.remove(&format!("field_{field}"));
        fields.remove(&format!("field_{field}_raw"));
    }
}

/// Makes filters see another value than is shown.
pub(super) fn filtered_as(record: &mut Value, field: u32, value: impl Into<Value>) {
    record[FILTERED_AS] = json!({ format!("field_{field}"): value.into() });
}
