//! One pupil, and the `object_10` record Knack would hold of them.

use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::{School, record::Record, record_id, shapes};

/// Vision, effort, systems, practice, attitude, overall.
pub type Cycle = [Option<i64>; 6];

/// A pupil's result record, in our words. Every field is public: what it does not offer, a test edits in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Pupil {
    /// The id of the `object_10` record.
    pub record_id: String,
    /// The e-mail address, if there is one.
    pub email: Option<String>,
    /// What is displayed in place of the address.
    pub email_label: Option<String>,
    /// The name; all parts empty is a blank name.
    pub name: Name,
    /// Year group.
    pub year_group: Option<String>,
    /// Tutor group.
    pub group: Option<String>,
    /// Course.
    pub course: Option<String>,
    /// Faculty.
    pub faculty: Option<String>,
    /// Gender.
    pub gender: Option<String>,
    /// Level, which the refresh does not use.
    pub level: Option<String>,
    /// The number of the cycle that `completed` belongs to.
    pub current_cycle: Option<u8>,
    /// The scores of cycles 1, 2 and 3.
    pub scores: [Option<Cycle>; 3],
    /// How the scores are written.
    pub score_form: ScoreForm,
    /// The day the last questionnaire was completed.
    pub completed: Option<Date>,
    /// The time of that day, where the field shows one.
    pub completed_time: Option<Time>,
    /// Reflections on cycles 1, 2 and 3, HTML.
    pub rrc: [Option<String>; 3],
    /// Goals of cycles 1, 2 and 3, HTML.
    pub goal: [Option<String>; 3],
}

/// The parts of a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// Title.
    pub title: String,
    /// First name.
    pub first: String,
    /// Middle name.
    pub middle: String,
    /// Last name.
    pub last: String,
}

/// How scores are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreForm {
    /// `7`
    #[default]
    Number,
    /// `"7"`
    Text,
    /// `"7.0"`
    Decimal,
}

/// Score fields of cycle 1, 2 and 3, in the order of [`Cycle`].
const SCORES: [[u32; 6]; 3] = [
    [155, 156, 157, 158, 159, 160],
    [161, 162, 163, 164, 165, 166],
    [167, 168, 169, 170, 171, 172],
];
/// Where the current cycle's scores are kept a second time.
const CURRENT_SCORES: [u32; 6] = [147, 148, 149, 150, 151, 152];
const RRC: [u32; 3] = [2302, 2303, 2304];
const GOAL: [u32; 3] = [2499, 2493, 2494];
/// Connections to staff, and the app's own settings, which the refresh does not use.
const STAFF_CONNECTIONS: [u32; 4] = [439, 145, 429, 2191];

impl Pupil {
    /// The `n`th pupil: an address and a name that no other number has, year 12, a first cycle, no completion date.
    pub fn new(n: u64) -> Self {
        Self {
            record_id: record_id(n),
            email: Some(format!("pupil{n}@students.example")),
            email_label: None,
            name: Name {
                first: "Pupil".to_owned(),
                last: format!("Number{n}"),
                ..Name::default()
            },
            year_group: Some("12".to_owned()),
            group: Some("12A".to_owned()),
            course: Some("A Level".to_owned()),
            faculty: Some("Sciences".to_owned()),
            gender: Some("Female".to_owned()),
            level: Some("Level 3".to_owned()),
            current_cycle: Some(1),
            scores: [
                Some([Some(7), Some(6), Some(5), Some(8), Some(7), Some(7)]),
                None,
                None,
            ],
            score_form: ScoreForm::default(),
            completed: None,
            completed_time: None,
            rrc: [const { None }; 3],
            goal: [const { None }; 3],
        }
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.email = Some(email.to_owned());
        self
    }

    /// Takes the e-mail address away.
    #[must_use]
    pub fn without_email(mut self) -> Self {
        self.email = None;
        self
    }

    /// Sets first and last name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        self.name = Name {
            first: first.to_owned(),
            last: last.to_owned(),
            ..Name::default()
        };
        self
    }

    /// Sets the completion date.
    #[must_use]
    pub fn completed(mut self, day: Date) -> Self {
        self.completed = Some(day);
        self
    }

    /// Sets the six scores of a cycle (1, 2 or 3) and makes it the current one.
    #[must_use]
    pub fn scored(mut self, cycle: u8, scores: [i64; 6]) -> Self {
        self.scores[index(cycle)] = Some(scores.map(Some));
        self.current_cycle = Some(cycle);
        self
    }

    /// Takes every score away.
    #[must_use]
    pub fn unscored(mut self) -> Self {
        self.scores = [None; 3];
        self.current_cycle = None;
        self
    }

    /// Sets the reflection on a cycle (1, 2 or 3).
    #[must_use]
    pub fn reflected(mut self, cycle: u8, html: &str) -> Self {
        self.rrc[index(cycle)] = Some(html.to_owned());
        self
    }

    /// Sets the goal of a cycle (1, 2 or 3).
    #[must_use]
    pub fn aimed(mut self, cycle: u8, html: &str) -> Self {
        self.goal[index(cycle)] = Some(html.to_owned());
        self
    }

    /// How many reflections and goals there are.
    pub fn comments(&self) -> usize {
        self.rrc.iter().chain(&self.goal).flatten().count()
    }

    /// The `object_10` record of this pupil in that school.
    pub fn to_record(&self, school: &School) -> Value {
        let mut record = Record::new(&self.record_id, school.blank);
        record.connection(133, &[(&school.knack_id, &school.name)]);
        match &self.email {
            Some(email) => {
                let raw = match &self.email_label {
                    Some(label) => json!({"email": email, "label": label}),
                    None => json!({"email": email}),
                };
                record.set(197, shapes::anchor(email, self.email_label.as_deref()), raw);
            }
            None => record.blank(197),
        }
        match self.name.full() {
            full if full.is_empty() => record.blank(187),
            full => record.set(187, full, shapes::name_raw(&self.name)),
        }
        for (field, text) in [
            (144, &self.year_group),
            (223, &self.group),
            (2299, &self.course),
            (782, &self.faculty),
            (143, &self.gender),
            (568, &self.level),
        ] {
            record.text(field, text.as_deref());
        }
        self.write_scores(&mut record);
        for (fields, comments) in [(RRC, &self.rrc), (GOAL, &self.goal)] {
            for (field, comment) in fields.into_iter().zip(comments) {
                record.text(field, comment.as_deref());
            }
        }
        match self.completed {
            Some(day) => {
                let shown = match self.completed_time {
                    Some(time) => format!(
                        "{} {:02}:{:02}",
                        shapes::display_date(day),
                        time.hour(),
                        time.minute()
                    ),
                    None => shapes::display_date(day),
                };
                let at = day.to_datetime(self.completed_time.unwrap_or(Time::midnight()));
                record.set(855, shown, shapes::date_raw(at));
            }
            None => record.blank(855),
        }
        for field in STAFF_CONNECTIONS {
            record.connection(field, &[]);
        }
        let australian = school.is_australian == Some(true);
        record.set(
            3511,
            if australian { "True" } else { "False" }.to_owned(),
            json!(australian),
        );
        record.blank(3478);
        record.text(
            1679,
            self.current_cycle.map(|cycle| cycle.to_string()).as_deref(),
        );
        record.blank(3850);
        record.finish()
    }

    fn write_scores(&self, record: &mut Record) {
        record.text(
            146,
            self.current_cycle.map(|cycle| cycle.to_string()).as_deref(),
        );
        let current = self
            .current_cycle
            .and_then(|cycle| self.scores.get(index(cycle)).copied().flatten());
        let cycles = SCORES
            .iter()
            .zip(&self.scores)
            .chain([(&CURRENT_SCORES, &current)]);
        for (fields, scores) in cycles {
            for (&field, score) in fields.iter().zip(scores.unwrap_or_default()) {
                match score.map(|score| self.score_form.write(score)) {
                    Some(score) => record.set_both(field, score),
                    None => record.blank(field),
                }
            }
        }
    }
}

impl Name {
    /// The name as Knack displays it.
    pub fn full(&self) -> String {
        let parts = [&self.title, &self.first, &self.middle, &self.last];
        parts
            .map(String::as_str)
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl ScoreForm {
    fn write(self, score: i64) -> Value {
        match self {
            Self::Number => json!(score),
            Self::Text => json!(score.to_string()),
            Self::Decimal => json!(format!("{score}.0")),
        }
    }
}

/// Where a cycle's values are in an array of three.
fn index(cycle: u8) -> usize {
    usize::from(cycle.clamp(1, 3) - 1)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::data::Blank;

    fn school() -> School {
        School::new("5f0000000000000000000001", "Alder Park School")
    }

    #[test]
    fn a_record_has_display_and_raw_forms() {
        let record = Pupil::new(1)
            .email("a.b@x.example")
            .named("Ada", "Byrne")
            .completed(date(2026, 9, 5));
        let record = record.to_record(&school());
        assert_eq!(
            record["field_197"],
            r#"<a href="mailto:a.b@x.example">a.b@x.example</a>"#
        );
        assert_eq!(record["field_197_raw"], json!({"email": "a.b@x.example"}));
        assert_eq!(
            record["field_187_raw"],
            json!({"first": "Ada", "last": "Byrne", "full": "Ada Byrne"})
        );
        assert_eq!(record["field_855"], "05/09/2026");
        assert_eq!(record["field_855_raw"]["date"], "09/05/2026");
        assert_eq!(record["field_155"], 7);
        assert_eq!(
            record["field_133"],
            r#"<span class="5f0000000000000000000001" data-kn="connection-value">Alder Park School</span>"#
        );
    }

    #[test]
    fn a_blank_field_has_no_raw_form_unless_it_is_a_connection() {
        let record = Pupil::new(1).without_email().to_record(&school());
        assert_eq!(record["field_197"], "");
        assert!(record.get("field_197_raw").is_none());
        assert_eq!(record["field_145_raw"], json!([]));
    }

    #[test]
    fn a_school_can_have_empty_text_as_its_blank_raw_form() {
        let school = School {
            blank: Blank::EmptyText,
            ..school()
        };
        let record = Pupil::new(1).to_record(&school);
        assert_eq!(
            (&record["field_855_raw"], &record["field_145_raw"]),
            (&json!(""), &json!(""))
        );
    }
}
