//! Answers to the questionnaire: as they are stored, and as they must be by the records that Knack holds.
//!
//! The reader in here is apart from the code under test, and from the sandbox that writes the records: it has its own table of
//! fields, and its own reading of the rules (docs/knack-and-dashboard.md, "Question answers").

mod fields;
mod key;
mod record;
mod school;

use sandbox::data::{Answers, Pupil, School};
use serde_json::{Value, json};
use sync_protocol::AcademicYear;
use uuid::Uuid;

pub use fields::questions as answer_fields;
pub use key::{AllAnswers, AnswerKey};
pub use school::AnswersOf;

use crate::Stage;

impl Stage {
    /// Stores an answer of a student of this year.
    pub async fn store_answer(&self, student: Uuid, cycle: u8, question: &str, value: i64) -> Uuid {
        let row = json!({
            "student_id": student, "cycle": cycle, "academic_year": self.year, "question_id": question,
            "response_value": value,
        });
        self.db.insert("question_responses", &row).await
    }

    /// Puts a record of answers into Knack, or another state of it in its place. Its e-mail is made the test's own.
    pub fn put_answers(&self, answers: &Answers) {
        self.knack.put("object_29", self.sheet_record(answers));
    }

    /// The record of answers as Knack holds it, with its e-mail made the test's own.
    pub fn sheet_record(&self, answers: &Answers) -> Value {
        let local = |email: &String| email.split('@').next().unwrap_or(email).to_owned();
        let email = answers.email.as_ref();
        let own = Answers {
            email: email.map(|email| self.email(&local(email))),
            ..answers.clone()
        };
        own.to_record(&School::new(&self.knack_id, "School"))
    }

    /// Puts a pupil into Knack with ordinary answers in every cycle that they have scores of, and returns those.
    pub fn put_with_answers(&self, pupil: &Pupil) -> Answers {
        self.put(pupil);
        let answers = Answers::of(&sheet_id(pupil), pupil);
        self.put_answers(&answers);
        answers
    }

    /// The answers of this school and its current year.
    pub fn answers(&self) -> AnswersOf<'_> {
        self.answers_of(&self.knack_id, self.id, self.year)
    }

    /// The answers of any school and year in this world.
    pub fn answers_of(&self, knack_id: &str, id: Uuid, year: AcademicYear) -> AnswersOf<'_> {
        AnswersOf {
            stage: self,
            knack_id: knack_id.to_owned(),
            id,
            year,
        }
    }
}

/// The id of a pupil's record of answers.
pub fn sheet_id(pupil: &Pupil) -> String {
    sheet_of(&pupil.record_id)
}

/// The same, of the pupil with this record of results.
pub fn sheet_of(record_id: &str) -> String {
    let (first, rest) = record_id.split_at(8);
    let first = u32::from_str_radix(first, 16).expect("ids are hexadecimal");
    format!("{:08x}{rest}", first ^ 0x0f00_0000)
}
