//! Pupils by the number, for tests that care for how many there are and not for who they are.

use std::ops::RangeInclusive;

use sandbox::data::{ANSWERS, Answers, Pupil, School};
use sandbox::proxy::{CANARY_EMAIL, CANARY_NAME, Fault, ProxyRule};
use serde_json::{Value, json};

use crate::Stage;

/// The group of [`Stage::bad_pupil`].
const BAD_GROUP: &str = "Refused";

/// `fault` for every write to `students` in which a [`Stage::bad_pupil`] is.
pub fn to_bad_pupils(fault: Fault) -> ProxyRule {
    let group = format!("\"group\":\"{BAD_GROUP}\"");
    ProxyRule::new(fault).on("POST", "students").body(&group)
}

/// An error of PostgREST's form, with what a test must never see again in its details.
pub fn postgrest_error(status: u16, code: &str, message: &str) -> Fault {
    let details = format!("Failing row contains ({CANARY_EMAIL}, {CANARY_NAME}).");
    Fault::Status {
        code: status,
        body: json!({"code": code, "message": message, "details": details, "hint": null}),
        headers: [].into(),
    }
}

/// The id of the nth pupil's record of question answers.
pub fn answers_id(n: u64) -> String {
    format!("{:024x}", 0xa5e5_0000_0000 + n)
}

impl Stage {
    /// A UK school with that many pupils; see [`Stage::admit`].
    pub async fn with_class(size: u64) -> Self {
        let stage = Self::with_pupils([]).await;
        stage.admit(1..=size);
        stage
    }

    /// Puts pupils into Knack; see [`Stage::pupil`].
    pub fn admit(&self, numbers: RangeInclusive<u64>) {
        for n in numbers {
            self.knack.put("object_10", self.record(self.pupil(n)));
        }
    }

    /// Puts the question answers of pupils into Knack.
    pub fn admit_answers(&self, numbers: RangeInclusive<u64>) {
        for n in numbers {
            self.knack.put(ANSWERS, self.answers_record(n));
        }
    }

    /// The question answers of the nth pupil, as Knack holds them.
    pub fn answers_record(&self, n: u64) -> Value {
        let mut pupil = self.pupil(n);
        pupil.email = Some(self.email(&format!("p{n:03}")));
        let school = School::new(&self.knack_id, "A School");
        Answers::of(&answers_id(n), &pupil).to_record(&school)
    }

    /// The nth pupil: e-mail `p001` and so on, cycle 1 completed on the year's first day.
    pub fn pupil(&self, n: u64) -> Pupil {
        Pupil::new(n)
            .email(&format!("p{n:03}"))
            .completed(self.year.first_day())
            .scored(1, [7, 6, 5, 4, 3, 5])
    }

    /// The nth pupil, in a group that tests have refused.
    pub fn bad_pupil(&self, n: u64) -> Pupil {
        Pupil {
            group: Some(BAD_GROUP.to_owned()),
            ..self.pupil(n)
        }
    }

    /// How many students, scores and comments of this school the database holds.
    pub async fn row_counts(&self) -> [usize; 3] {
        [
            self.students().await.len(),
            self.scores().await.len(),
            self.comments().await.len(),
        ]
    }
}
