//! The `object_10` record Knack would hold of a pupil.

use jiff::civil::Time;
use serde_json::{Value, json};

use super::{
    pupil::{Pupil, ScoreForm, index},
    record::Record,
    school::School,
    shapes,
};

/// Score fields of cycle 1, 2 and 3, in the order of [`Cycle`](super::Cycle).
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

impl School {
    /// Its `object_10` records, pupils first.
    pub fn pupil_records(&self) -> impl Iterator<Item = Value> {
        self.pupils
            .iter()
            .map(|pupil| pupil.to_record(self))
            .chain(self.odd_records.iter().cloned())
    }
}

impl ScoreForm {
    pub(super) fn write(self, score: i64) -> Value {
        match self {
            Self::Number => json!(score),
            Self::Text => json!(score.to_string()),
            Self::Decimal => json!(format!("{score}.0")),
        }
    }
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
