//! One school, and the `object_2` record Knack would hold of it.

use serde_json::{Value, json};

use super::{answers::Answers, pupil::Pupil, shapes::Blank};

/// A school and everything Knack holds of its pupils.
#[derive(Debug, Clone, PartialEq)]
pub struct School {
    /// The id of its `object_2` record.
    pub knack_id: String,
    /// Its name.
    pub name: String,
    /// Whether it is in Australia; unknown is blank.
    pub is_australian: Option<bool>,
    /// Whether it follows the UK's academic year; unknown is blank.
    pub use_standard_year: Option<bool>,
    /// How much of a record is fields nobody reads.
    pub width: Width,
    /// How its blank fields look.
    pub blank: Blank,
    /// Its pupils, in the order Knack lists them.
    pub pupils: Vec<Pupil>,
    /// Records listed after its pupils, exactly as given.
    pub odd_records: Vec<Value>,
    /// The answers to the questionnaire, in the order Knack lists them.
    pub answers: Vec<Answers>,
    /// Records of answers listed after those, exactly as they stand.
    pub odd_answers: Vec<Value>,
}

/// How much of a record is fields nobody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// They are filled, so that a record is about 25 KB, as it is in the real app.
    Realistic,
    /// They are there and blank.
    #[default]
    Narrow,
}

/// The Knack ids of the schools of [`standard_schools`](super::standard_schools).
pub mod schools {
    /// Birch Lane School: no pupils.
    pub const EMPTY: &str = "5f1a20c4e7b3d9001c0a0000";
    /// Hazel Green Academy: 50 pupils.
    pub const TINY: &str = "5f1a20c4e7b3d9001c0a0050";
    /// Rowan Hill School: 200 pupils.
    pub const SMALL: &str = "5f1a20c4e7b3d9001c0a0200";
    /// Alder Park School: 465 pupils with an e-mail address, two without, 31 who completed nothing this year.
    pub const EXAMPLE: &str = "61680fc13a0bfd001e8ca3ca";
    /// Maple Bridge College: 1,000 pupils.
    pub const LARGE: &str = "5f1a20c4e7b3d9001c0a1000";
    /// Oakmoor Sixth Form: 2,000 pupils.
    pub const HUGE: &str = "5f1a20c4e7b3d9001c0a2000";
    /// Wattle Creek College: 120 pupils and an awkward one, calendar year.
    pub const AUSTRALIAN: &str = "5f1a20c4e7b3d9001c0a0061";
    /// Thornfield Tangle School: one record for each odd shape known.
    pub const AWKWARD: &str = "5f1a20c4e7b3d9001c0a0bad";
    /// A school that some of the awkward records belong to, and that Knack holds nothing else of.
    pub const OTHER: &str = "5f1a20c4e7b3d9001c0a0ccc";
}

impl School {
    /// A school of the UK's academic year without pupils, its records narrow.
    pub fn new(knack_id: &str, name: &str) -> Self {
        Self {
            knack_id: knack_id.to_owned(),
            name: name.to_owned(),
            is_australian: Some(false),
            use_standard_year: Some(true),
            width: Width::default(),
            blank: Blank::default(),
            pupils: Vec::new(),
            odd_records: Vec::new(),
            answers: Vec::new(),
            odd_answers: Vec::new(),
        }
    }

    /// Sets its pupils.
    #[must_use]
    pub fn with_pupils(mut self, pupils: impl IntoIterator<Item = Pupil>) -> Self {
        self.pupils = pupils.into_iter().collect();
        self
    }

    /// Sets the answers to the questionnaire.
    #[must_use]
    pub fn with_answers(mut self, answers: impl IntoIterator<Item = Answers>) -> Self {
        self.answers = answers.into_iter().collect();
        self
    }

    /// Whether its academic year is the calendar year.
    pub fn calendar_year(&self) -> bool {
        self.is_australian == Some(true) && self.use_standard_year == Some(false)
    }

    /// Its `object_2` record.
    pub fn to_record(&self) -> Value {
        let mut record = json!({
            "id": self.knack_id,
            "field_44": self.name, "field_44_raw": self.name,
            "field_2209": "Active", "field_2209_raw": "Active",
            "field_63": "COACHING PORTAL", "field_63_raw": "COACHING PORTAL",
            "field_3573": "", "field_3752": "", "field_3480": "",
        });
        if let Some(australian) = self.is_australian {
            let text = if australian { "True" } else { "False" };
            record["field_3573"] = json!(text);
            record["field_3573_raw"] = json!(text);
        }
        if let Some(standard) = self.use_standard_year {
            let text = if standard { "Yes" } else { "No" };
            record["field_3752"] = json!(text);
            record["field_3752_raw"] = json!(text);
        }
        record
    }
}
