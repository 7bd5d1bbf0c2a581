//! The table of awkward records while it is written, and how a record is made odd.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::data::{
    Answers, Blank, FILTERED_AS, Pupil, QUESTIONS, School, pupil::index, record_id, schools, year,
};

/// A record and the name it is known by.
#[derive(Debug, Clone, PartialEq)]
pub struct Awkward {
    /// Its name.
    pub name: &'static str,
    /// The record; its id is [`awkward_id`] of the name.
    pub record: Value,
}

/// Odd answers of a student, and what must become of them.
#[derive(Debug, Clone, PartialEq)]
pub struct AwkwardAnswers {
    /// Their name.
    pub name: &'static str,
    /// The Knack id of the school that the student belongs to.
    pub school: String,
    /// The student's `object_10` record, which is ordinary; its id is [`awkward_id`] of the name.
    pub result: Value,
    /// The `object_29` records, in the order they are listed; most students have one.
    pub records: Vec<Value>,
    /// Whether they are among the records of that school and academic year.
    pub found: bool,
    /// Every answer that the student must then have, by cycle and `question_id`.
    pub stored: BTreeMap<(u8, &'static str), i64>,
    /// Why some or all of what was found must not be stored.
    pub skipped: Option<SkippedAnswers>,
}

/// Why answers that were found must not be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkippedAnswers {
    /// They are of no student of the school; all of them.
    NoStudent,
    /// They are neither 1 to 5 nor blank nor 0; only those.
    OutOfRange,
}

/// The name of the awkward school.
pub(in crate::data) const SCHOOL_NAME: &str = "Thornfield Tangle School";
/// The name of the calendar-year school.
pub(in crate::data) const CALENDAR_SCHOOL_NAME: &str = "Wattle Creek College";

/// The record id of the one of that name: the same whatever else is in the table.
pub fn awkward_id(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3) // FNV-1a
    });
    record_id(hash)
}

/// The record id of the answers of the pupil of that name; of two records of one pupil, of the earlier one.
pub fn awkward_answers_id(name: &str) -> String {
    awkward_id(&format!("{name}, the answers"))
}

/// The table being written.
pub(super) struct Table {
    pub(super) today: Date,
    school: School,
    pub(super) pupils: Vec<Awkward>,
    pub(super) answers: Vec<AwkwardAnswers>,
}

impl Table {
    /// That of the awkward school.
    pub(super) fn new(today: Date) -> Self {
        Self::of(today, awkward_school())
    }

    /// That of the calendar-year school.
    pub(super) fn of_calendar_year(today: Date) -> Self {
        let school = School {
            is_australian: Some(true),
            use_standard_year: Some(false),
            ..School::new(schools::AUSTRALIAN, CALENDAR_SCHOOL_NAME)
        };
        Self::of(today, school)
    }

    fn of(today: Date, school: School) -> Self {
        Self {
            today,
            school,
            pupils: Vec::new(),
            answers: Vec::new(),
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
        let mut written = pupil(self.ordinary(name)).to_record(&self.school);
        record(&mut written);
        self.pupils.push(Awkward {
            name,
            record: written,
        });
    }

    /// An ordinary pupil with scores of so many cycles, whose answers are odd.
    pub(super) fn answers(
        &mut self,
        name: &'static str,
        cycles: u8,
        change: impl FnOnce(&mut AwkwardAnswers),
    ) {
        let pupil = (1..=cycles).fold(self.ordinary(name), |pupil, cycle| {
            pupil.scored(cycle, [7, 6, 5, 8, 7, 7])
        });
        let answers = Answers::of(&awkward_answers_id(name), &pupil);
        let mut case = AwkwardAnswers {
            name,
            school: self.school.knack_id.clone(),
            result: pupil.to_record(&self.school),
            records: vec![answers.to_record(&self.school)],
            found: true,
            stored: stored(&answers),
            skipped: None,
        };
        change(&mut case);
        self.pupils.push(Awkward {
            name,
            record: case.result.clone(),
        });
        self.answers.push(case);
    }

    fn ordinary(&self, name: &str) -> Pupil {
        let day = year::nth_day(self.today, self.school.calendar_year(), 10);
        Pupil {
            record_id: awkward_id(name),
            ..Pupil::new(0)
        }
        .email(&format!("{}@thornfield.example", name.replace('_', "-")))
        .named("Odd", &name.replace('_', " "))
        .completed(day)
    }
}

impl AwkwardAnswers {
    /// The record that is made odd.
    pub(super) fn record(&mut self) -> &mut Value {
        &mut self.records[0]
    }

    /// There is no such answer to store.
    pub(super) fn lacks(&mut self, cycle: u8, question: &'static str) {
        self.stored.remove(&(cycle, question));
    }

    /// They are not among the school's and the year's.
    pub(super) fn is_not_asked_for(&mut self) {
        self.found = false;
        self.stored.clear();
    }

    /// They belong to no student of the school.
    pub(super) fn is_nobodys(&mut self) {
        self.skipped = Some(SkippedAnswers::NoStudent);
        self.stored.clear();
    }
}

/// The awkward school, as its records see it.
pub(super) fn awkward_school() -> School {
    School {
        blank: Blank::EmptyText,
        ..School::new(schools::AWKWARD, SCHOOL_NAME)
    }
}

fn stored(answers: &Answers) -> BTreeMap<(u8, &'static str), i64> {
    let cycles = (1..=3).filter_map(|cycle| Some((cycle, answers.cycles[index(cycle)]?)));
    cycles
        .flat_map(|(cycle, values)| {
            let values = QUESTIONS.iter().zip(values);
            values.filter_map(move |(question, value)| Some(((cycle, question.id), value?)))
        })
        .collect()
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
