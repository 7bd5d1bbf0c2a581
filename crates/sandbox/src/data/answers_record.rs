//! The `object_29` record Knack would hold of a student's answers.

use serde_json::{Value, json};

use super::{Answers, QUESTIONS, pupil::index, record::Record, school::School, shapes};

impl Answers {
    /// The `object_29` record of these answers in that school.
    pub fn to_record(&self, school: &School) -> Value {
        let mut record = Record::new(&self.record_id, school.blank);
        record.connection(1821, &[(&school.knack_id, &school.name)]);
        match &self.email {
            Some(email) => record.set(2732, shapes::anchor(email, None), json!({ "email": email })),
            None => record.blank(2732),
        }
        let shown = self.email.as_deref().unwrap_or_default();
        match &self.student {
            Some(student) => record.connection(792, &[(student, shown)]),
            None => record.connection(792, &[]),
        }
        match self.name.full() {
            full if full.is_empty() => record.blank(1823),
            full => record.set(1823, full, shapes::name_raw(&self.name)),
        }
        record.text(1824, self.group.as_deref());
        record.text(1826, self.year_group.as_deref());
        let current = self.current_cycle.map(|cycle| cycle.to_string());
        record.text(863, current.as_deref());
        match self.completed {
            Some(day) => {
                let time = self.completed_time;
                let shown = format!(
                    "{} {:02}:{:02}",
                    shapes::display_date(day),
                    time.hour(),
                    time.minute()
                );
                record.set(856, shown, shapes::date_raw(day.to_datetime(time)));
            }
            None => record.blank(856),
        }
        record.blank(3479);
        self.write_answers(&mut record);
        record.finish()
    }

    fn write_answers(&self, record: &mut Record) {
        let current = self.current_cycle.map(index);
        for (n, question) in QUESTIONS.iter().enumerate() {
            let answers = self.cycles.map(|cycle| cycle.and_then(|cycle| cycle[n]));
            let now = current.and_then(|current| answers[current]);
            let fields = [question.current].into_iter().chain(question.cycles);
            for (field, answer) in fields.zip([now].into_iter().chain(answers)) {
                match answer {
                    Some(answer) => record.set_both(field, self.form.write(answer)),
                    None => record.blank(field),
                }
            }
        }
    }
}

impl School {
    /// Its `object_29` records, those of its pupils first.
    pub fn answer_records(&self) -> impl Iterator<Item = Value> {
        self.answers
            .iter()
            .map(|answers| answers.to_record(self))
            .chain(self.odd_answers.iter().cloned())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::data::Pupil;

    fn school() -> School {
        School::new("5f0000000000000000000001", "Alder Park School")
    }

    fn answers() -> Answers {
        let pupil = Pupil::new(1)
            .completed(date(2026, 9, 5))
            .scored(2, [8, 7, 6, 5, 4, 6]);
        Answers::of("5f00000000000000000000a1", &pupil)
    }

    #[test]
    fn an_answer_is_kept_in_the_field_of_its_cycle_and_that_of_the_current_one_twice() {
        let record = answers().answer(1, "q1", Some(2)).answer(2, "q1", Some(5));
        let record = record.to_record(&school());
        let fields = [1953, 1955, 1956, 794].map(|field| record[format!("field_{field}")].clone());
        assert_eq!(fields, [json!(2), json!(5), json!(""), json!(5)]);
        assert_eq!(record["field_1953_raw"], 2);
        assert_eq!(record["field_863"], "2");
    }

    #[test]
    fn its_date_is_shown_with_a_time() {
        let record = answers().to_record(&school());
        assert_eq!(record["field_856"], "05/09/2026 09:30");
        assert_eq!(
            record["field_856_raw"]["iso_timestamp"],
            "2026-09-05T09:30:00.000Z"
        );
    }

    #[test]
    fn a_record_may_be_connected_to_nobody() {
        let record = answers().without_email().unconnected().to_record(&school());
        assert_eq!(
            (&record["field_792"], &record["field_792_raw"]),
            (&json!(""), &json!([]))
        );
        assert_eq!(record["field_2732"], "");
    }
}
