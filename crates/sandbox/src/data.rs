//! Invented schools, pupils and staff: seeded, deterministic, no real person's data.
//!
//! [`Pupil`], [`School`] and [`Staff`] say what a pupil, school or user is; `to_record` writes it the way Knack shows it
//! (display and `_raw` forms). Nothing here knows how records are served, and nothing here is taken from a real school.

mod answers;
mod answers_record;
mod awkward;
pub(crate) mod filler;
mod generate;
mod invented_answers;
mod many;
mod names;
mod objects;
mod pupil;
mod pupil_record;
mod questions;
mod record;
mod schema;
mod school;
mod shapes;
mod staff;
pub mod year;

pub use answers::{Answers, CycleAnswers};
pub use awkward::{
    Awkward, AwkwardAnswers, SkippedAnswers, awkward_answers, awkward_answers_id, awkward_id,
    awkward_pupils, awkward_record,
};
pub(crate) use filler::Filler;
pub use generate::standard_schools;
pub use many::more_schools;
pub use objects::{ANSWERS, ESTABLISHMENTS, PUPILS, STAFF_ADMINS, SUPER_USERS, schemas};
pub use pupil::{Cycle, Pupil, ScoreForm};
pub use questions::{QUESTIONS, Question, answer_field};
pub use schema::{DateFormat, Field, FieldType, ObjectSchema};
pub use school::{School, Width, schools};
pub use shapes::{Blank, Name, anchor, connection, date_raw, display_date, name_raw};
pub use staff::{Role, Staff, staff_emails, standard_staff};

/// Represents a lone surrogate, which no Rust string can hold: wherever this character is in a record, the simulator writes
/// `\ud800` into its JSON.
pub const LONE_SURROGATE: char = '\u{FDD0}';

/// A key no answer contains: `{field: value}` that filters and sorting look at in place of the value served.
///
/// Knack filters on what it stores and serves what its formats make of it; this says the one where it differs from the
/// other, for instance for a record found by its date though the date it shows cannot be read.
pub const FILTERED_AS: &str = "_filtered_as";

/// A record id as Knack makes them, 24 hexadecimal digits, always the same one for the same `n`.
pub fn record_id(n: u64) -> String {
    // SplitMix64's finaliser: a bijection, so two numbers never share an id.
    let mut mixed = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let created = 0x6180_0000 + (n & 0x00ff_ffff);
    format!("{created:08x}{mixed:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_id_is_24_lower_case_hex_digits_and_never_changes() {
        let id = record_id(1);
        assert_eq!(id.len(), 24);
        assert!(
            id.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert_eq!(id, record_id(1));
        assert_ne!(id, record_id(2));
    }
}
